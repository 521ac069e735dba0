"""The GAN Landscape's normalizations and penalties, small: seven configurations on triangles, 112 trainings."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _landscape

search = _landscape.SMALL_SEARCH
space = _landscape.small_space


def configurations() -> list[dict[str, Any]]:
    """Seven, each with 16 trainings."""
    return _landscape.constraints()


def tasks(seed: int) -> list[dict[str, Any]]:
    """Settings from the literature; the seed makes no difference."""
    del seed
    return _landscape.from_literature(configurations(), _landscape.FEW)
