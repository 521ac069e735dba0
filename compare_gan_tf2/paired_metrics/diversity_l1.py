"""Diversity of several outputs for one input: mean pairwise L1, of pixels in [0, 1]."""

from __future__ import annotations

from compare_gan_tf2.paired_metrics import Measure, Setup, _draws
from compare_gan_tf2.paired_metrics.l1 import distance

NEEDS = ("draws",)
LOWER_IS_BETTER = False
PROTOCOL = "pixels in 0 to 1, every two outputs of an input"


def measure(setup: Setup) -> Measure:
    """{"diversity_l1_K": in [0, 1]}, of K draws; 0 if an input's outputs are all the same. Noise is diverse, too."""
    return _draws.diversity(_draws.score_name("l1", setup.draws), distance)
