"""The GAN Landscape, section 3.1: three losses, gradient penalty or spectral norm, two 128x128 sets (1,584 tasks)."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _landscape

search = _landscape.SEARCH
space = _landscape.space


def configurations() -> list[dict[str, Any]]:
    """Twelve, each with 132 trainings."""
    return _landscape.crossed(_landscape.DATA, _landscape.losses())


def tasks(seed: int) -> list[dict[str, Any]]:
    """Settings from the literature; the seed makes no difference."""
    del seed
    return _landscape.from_literature(configurations())
