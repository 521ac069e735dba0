"""PixelDA from polygons on black to polygons on textures, whose corners it counts without a label of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.translation_demos import Demo, Number

if TYPE_CHECKING:
    from benchmarks.trained import Trained


def measure(trained: Trained) -> dict[str, float]:
    """Accuracies in [0, 1] on test images of the target: of the model, and of classifiers of either domain's labels."""
    import numpy as np

    from compare_gan_tf2.datasets import pipeline
    from compare_gan_tf2.extractors import Request, classifier

    places, target = trained.places, trained.dataset.part("b")
    images, labels = pipeline.read(target, target.evaluation_split, places)
    floats = pipeline.to_float(images, target)
    seen = {"accuracy_b": trained.call(trained.abilities["classify"].call, floats)}
    for domain, name in (("a", "accuracy_b_source_only"), ("b", "accuracy_b_target_only")):
        judge = classifier.load(Request(trained.dataset.part(domain), places.dataset_root, places.cache_dir))
        seen[name] = judge.extract(floats)[1]
    return {name: float(np.mean(each.argmax(axis=1) == labels)) for name, each in seen.items()}


DEMO = Demo(
    "pixelda",
    "Labels of polygons on black tell the corners of polygons on textures, of which no label is read.",
    options={
        "batch_size": 32,
        "dataset": "polygon_on_photo",
        "gan": "pixelda",
        "training_steps": 2_000,
        "translator_blocks": 2,
        "width": 0.25,
    },
    numbers=(
        Number(
            "accuracy_b",
            control="accuracy_b_source_only",
            published="MNIST to MNIST-M .982, source only .636, target only .964",
            expected="some points above a classifier of the source alone",
            least_more=0.02,
        ),
        Number("accuracy_b_target_only"),
    ),
    measure=measure,
    minutes=40,
)
