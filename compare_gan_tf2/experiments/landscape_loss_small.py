"""The GAN Landscape's losses, small: six configurations on triangles, 96 trainings of a narrow InfoGAN."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _landscape

search = _landscape.SMALL_SEARCH
space = _landscape.small_space


def configurations() -> list[dict[str, Any]]:
    """Six, each with 16 trainings."""
    return _landscape.losses()


def tasks(seed: int) -> list[dict[str, Any]]:
    """Settings from the literature; the seed makes no difference."""
    del seed
    return _landscape.from_literature(configurations(), _landscape.FEW)
