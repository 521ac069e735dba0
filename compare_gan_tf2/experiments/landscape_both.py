"""The GAN Landscape, section 3.2: normalizations with penalties, and each alone, two sets of 128x128 (2,904 tasks)."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _landscape

search = _landscape.SEARCH
space = _landscape.space


def configurations() -> list[dict[str, Any]]:
    """Twenty-two, each with 132 trainings."""
    return _landscape.crossed(_landscape.DATA, _landscape.both_constraints())


def tasks(seed: int) -> list[dict[str, Any]]:
    """Settings from the literature; the seed makes no difference."""
    del seed
    return _landscape.from_literature(configurations())
