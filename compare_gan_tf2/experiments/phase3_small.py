"""compare_gan v1, phase 3, small: best tasks of phase1_gan8_small in $COMPARE_GAN_PHASE1_DIR, five seeds (40 tasks)."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _v1


def tasks(seed: int) -> list[dict[str, Any]]:
    """Seeds 0 to 4; 5 to 9 if `seed` is 1, and so on."""
    return _v1.phase3("phase1_gan8_small", seed, seeds=5)
