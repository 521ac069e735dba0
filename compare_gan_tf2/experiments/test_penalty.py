"""compare_gan v2, test of penalties: two GANs with and without gradient penalty for an epoch of MNIST (4 tasks)."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _v2


def tasks(seed: int) -> list[dict[str, Any]]:
    """GANs vary slowest; `seed` is added to the original 42."""
    fixed = {"z_dim": 64, "seed": 42 + seed}
    return [
        _v2.task(gan, "mnist", "infogan", (937, 10000), **_v2.default(gan) | fixed | {"penalty_type": penalty})
        for gan in ("GAN_PENALTY", "WGAN_PENALTY")
        for penalty in ("no_penalty", "wgangp_penalty")
    ]
