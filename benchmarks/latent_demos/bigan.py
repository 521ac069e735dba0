"""BiGAN: encodings of real images that a generator turns back into nearly these images, without a loss of pixels.

The published neighbors are those of the encoder's outputs before the sigmoid that makes codes of them, which saturates:
neighbors of codes are right less often, and ever less the longer the training. Reconstructions with the moving
statistics take codes of images for draws from the prior, which they are not yet; with the batch's own statistics they
are nearer to the images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.latent_demos import Demo, Number

if TYPE_CHECKING:
    import tensorflow as tf

    from benchmarks.trained import Trained

_STORED = 50_000


def measure(trained: Trained) -> dict[str, float]:
    """1-NN accuracy of the encoder's outputs, trained and not; and the ratio of errors with statistics of batches."""
    import numpy as np

    from compare_gan_tf2.model_metrics import encoding_probes, reconstruction_ratio

    (images, labels), (stored, known) = trained.real(), trained.real("train", _STORED)
    gan, found = trained.gan, {}
    for end, each in (("", gan), ("_untrained", trained.untrained)):
        encoder = each.evaluated()["encoder"]
        rows = (trained.call(encoder, stored), known, trained.call(encoder, images), labels)
        scores = encoding_probes.scores(*rows, gan.dataset.num_classes)
        found[f"outputs_nn_accuracy{end}"] = scores["encoding_nn_accuracy"]
    nets = gan.evaluated()

    def copies(images: tf.Tensor) -> tf.Tensor:
        return nets["generator"](gan.code(nets["encoder"](images, training=True)), training=True)

    errors = reconstruction_ratio.scores(images, trained.call(copies, images), np.roll(np.arange(len(images)), 1))
    return found | {"reconstruction_ratio_of_batches": errors["reconstruction_ratio"]}


DEMO = Demo(
    "bigan",
    "An encoder that never saw a reconstruction undoes the generator.",
    options={
        "architecture": "bigan_mlp",
        "batch_size": 128,
        "d_normalization": "plain_batch",
        "dataset": "mnist",
        "evaluation_samples": 1_000,
        "g_normalization": "plain_batch",
        "gan": "bigan",
        "save_every_steps": 20_000,
        "training_steps": 20_000,
        "width": 0.5,
    },
    metrics="encoding_probes,reconstruction_ratio",
    measure=measure,
    numbers=(
        Number(
            "reconstruction_ratio",
            control="reconstruction_ratio_untrained",
            published=".77 after 25 epochs, .61 after 200, at twice the width",
            expected="at most .77, in 43 epochs of half the width",
            most=0.77,
        ),
        Number(
            "reconstruction_ratio_of_batches",
            control="reconstruction_ratio_untrained",
            expected="at most .72; an independent trial had .732 after 1,707 steps",
            most=0.72,
        ),
        Number(
            "outputs_nn_accuracy",
            control="outputs_nn_accuracy_untrained",
            published=".954 after 25 epochs, .959 after 200, .921 after 400",
            expected="at least .94",
            least=0.94,
        ),
        Number("encoding_nn_accuracy", control="encoding_nn_accuracy_untrained"),
    ),
)
