"""The GAN Landscape's normalization with penalty, small: eleven configurations on triangles, 176 trainings."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _landscape

search = _landscape.SMALL_SEARCH
space = _landscape.small_space


def configurations() -> list[dict[str, Any]]:
    """Eleven, each with 16 trainings."""
    return _landscape.both_constraints()


def tasks(seed: int) -> list[dict[str, Any]]:
    """Settings from the literature; the seed makes no difference."""
    del seed
    return _landscape.from_literature(configurations(), _landscape.FEW)
