"""compare_gan v2, test of penalties with DCGAN, small: two GANs, with and without penalty, CIFAR-10 (4 tasks)."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _v2


def tasks(seed: int) -> list[dict[str, Any]]:
    """Narrow networks; the Wasserstein GANs update the discriminator five times."""
    return _v2.small(_v2.penalties(("cifar10",), "dcgan", seed))
