"""Virtual batch norm: an image depends on no other latents of its batch (Salimans et al. 2016, section 3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.latent_demos import Demo, Number

if TYPE_CHECKING:
    from benchmarks.trained import Trained


def _measure(trained: Trained) -> dict[str, float]:
    """The largest change of an image in training mode when the other latents of its batch are doubled."""
    import numpy as np
    import tensorflow as tf

    z = trained.gan.prior.draw(64, "virtual_batch_norm", seed=trained.seed, step=0)
    others = tf.concat([z[:1], 2.0 * z[1:]], 0)
    first, second = (trained.gan.generator(each, training=True)[0].numpy() for each in (z, others))
    return {"change": float(np.abs(first - second).max())}


DEMO = Demo(
    "virtual_batch_norm",
    "In training, too, an image is a function of its own latents alone.",
    options={
        "dataset": "mnist", "gan": "modular", "architecture": "infogan", "width": 0.25, "z_dim": 64,
        "g_normalization": "virtual_batch", "training_steps": 1_000, "save_every_steps": 1_000,
    },
    controls={"batch_norm": {"g_normalization": "batch"}},
    measure=_measure,
    numbers=(Number("change", control="batch_norm/change", expected="exactly 0", most=0.0),),
)  # fmt: skip
