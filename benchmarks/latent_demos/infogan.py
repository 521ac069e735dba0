"""InfoGAN: codes that came to mean digits and their slant or width, though nobody showed a label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.latent_demos import Demo, Number

if TYPE_CHECKING:
    from benchmarks.trained import Trained

_ROWS, _MOST = 500, 5000


def measure(trained: Trained) -> dict[str, float]:
    """The bound of the information about each code in generated images, in nats, and its ceiling log K of classes."""
    import math

    import numpy as np
    import tensorflow as tf

    gan, nets = trained.gan, trained.gan.evaluated()

    def bounds(z: tf.Tensor) -> dict[str, tf.Tensor]:
        _, features = nets["discriminator"](nets["generator"](z, None, training=False), training=False)
        return gan.bounds(z, nets["discriminator"].guesses(features))

    z = gan.prior.draw(_MOST, "information", seed=gan.options.evaluation_seed, step=0)
    parts = [bounds(z[start : start + _ROWS]) for start in range(0, _MOST, _ROWS)]
    found = {f"information_{name}": float(np.mean([part[name] for part in parts])) for name in parts[0]}
    ceilings = {code.name: math.log(code.size) for code in gan.codes if code.is_categorical}
    return found | {f"information_{name}_most": value for name, value in ceilings.items()}


DEMO = Demo(
    "infogan",
    "Codes found without labels match the digits.",
    options={
        "architecture": "infogan",
        "batch_size": 64,
        "dataset": "mnist",
        "gan": "infogan",
        "save_every_steps": 5000,
        "training_steps": 5000,
        "width": 0.5,
    },
    seeds=(0, 1, 2),
    controls={"no_information": {"information_weight": 0.0}},
    metrics="code_clusters,code_correlations",
    measure=measure,
    numbers=(
        Number(
            "cluster_accuracy",
            control="no_information/cluster_accuracy",
            published=".95 after 5,000 updates of 128, at twice the width",
            expected=".75 to .95",
            least=0.75,
        ),
        Number(
            "code_slant", control="no_information/code_slant", published="pictures",
            expected="at least .5 for slant or width",
        ),
        Number("code_width", control="no_information/code_width", published="pictures"),
        Number("information_categorical_1", control="information_categorical_1_most",
               expected="near its maximum, which proves little: in one training it was 2.21 of 2.30 nats, with an "
                        "accuracy of .31"),
    ),
)  # fmt: skip
