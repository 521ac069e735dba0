"""compare_gan v2, test of normalizations: two GANs with batch norm or spectral norm for an epoch of MNIST (4 tasks)."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _v2


def tasks(seed: int) -> list[dict[str, Any]]:
    """Normalizations vary slowest; `seed` is added to the original 42."""
    fixed = {"z_dim": 64, "seed": 42 + seed}
    return [
        _v2.task(
            gan, "mnist", "infogan", (937, 10000), **_v2.default(gan) | fixed | {"discriminator_normalization": norm}
        )
        for norm in ("batch_norm", "spectral_norm")
        for gan in ("GAN_PENALTY", "WGAN_PENALTY")
    ]
