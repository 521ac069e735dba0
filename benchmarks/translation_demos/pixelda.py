"""PixelDA from polygons on black to polygons on textures, whose corners it counts without a label of theirs."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from benchmarks.translation_demos import Demo, Number

if TYPE_CHECKING:
    from benchmarks.trained import Trained


def measure(trained: Trained) -> dict[str, float]:
    """Accuracies in [0, 1] on test images of the target: of the model, and of its classifier trained on one domain."""
    import numpy as np

    from compare_gan_tf2.datasets import pipeline

    target = trained.dataset.part("b")
    images, labels = pipeline.read(target, target.evaluation_split, trained.places)
    floats = pipeline.to_float(images, target)
    seen = {"accuracy_b": trained.call(trained.abilities["classify"].call, floats)}
    for domain, name in (("a", "accuracy_b_source_only"), ("b", "accuracy_b_target_only")):
        tower = functools.partial(_trained_alone(trained, domain), of_source=True)
        seen[name] = trained.call(tower, floats)
    return {name: float(np.mean(each.argmax(axis=1) == labels)) for name, each in seen.items()}


def _trained_alone(trained: Trained, domain: str) -> Any:
    """The classifier's network after as many steps on labeled images of one domain, and on nothing else."""
    import keras
    import numpy as np
    import tensorflow as tf

    from compare_gan_tf2.datasets import pipeline
    from compare_gan_tf2.gans.base import build

    options, part = trained.options, trained.dataset.part(domain)
    images, labels = pipeline.read(part, part.train_split, trained.places)
    tower = build(options).players["classifier"].network
    # The first layer of the other domain is not reached.
    moved = [each for each in tower.trainable_variables if "of_target" not in each.path]
    optimizer = keras.optimizers.Adam(options.d_learning_rate, options.beta1, options.beta2)
    optimizer.build(moved)

    @tf.function(autograph=False)
    def step(batch: tf.Tensor, truth: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            logits = tower(batch, of_source=True, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(truth, logits))
        optimizer.apply_gradients(zip(tape.gradient(loss, moved), moved, strict=True))

    rng = np.random.default_rng(trained.seed)
    for _ in range(trained.step):
        rows = rng.integers(len(images), size=options.batch_size)
        step(tf.constant(pipeline.to_float(images[rows], part)), tf.constant(labels[rows]))
    return tower


DEMO = Demo(
    "pixelda",
    "Labels of polygons on black tell the corners of polygons on textures, of which no label is read.",
    options={
        "batch_size": 32,
        "dataset": "polygon_on_photo",
        "gan": "pixelda",
        "training_steps": 4_000,
        "translator_blocks": 2,
        "width": 0.5,
    },
    numbers=(
        Number(
            "accuracy_b",
            control="accuracy_b_source_only",
            published="MNIST to MNIST-M .982, source only .636, target only .964",
            expected="a few percentage points above the same classifier trained on the source alone",
            least_more=0.02,
        ),
        Number("accuracy_b_target_only"),
    ),
    measure=measure,
    minutes=40,
)
