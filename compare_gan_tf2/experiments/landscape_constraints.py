"""The GAN Landscape, section 3.2: none, three normalizations, three penalties, two sets of 128x128 (1,848 tasks)."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _landscape

search = _landscape.SEARCH
space = _landscape.space


def configurations() -> list[dict[str, Any]]:
    """Fourteen, each with 132 trainings."""
    return _landscape.crossed(_landscape.DATA, _landscape.constraints())


def tasks(seed: int) -> list[dict[str, Any]]:
    """Settings from the literature; the seed makes no difference."""
    del seed
    return _landscape.from_literature(configurations())
