"""L1: mean absolute difference from the ground truth, of pixels in [0, 1]."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.paired_metrics import Measure, Setup, by_image

NEEDS = ("truths",)
LOWER_IS_BETTER = True
# Losses of image translation are of pixels in [-1, 1]: theirs are twice this.
PROTOCOL = "pixels in 0 to 1"


def measure(setup: Setup) -> Measure:
    """{"l1": in [0, 1]}; 0 for equal images, the mean over pixels and channels of |output - truth| / 255."""
    del setup
    return by_image("l1", distance)


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Mean absolute difference of two images uint8 [H, W, C], in [0, 1]; the sum is of whole numbers."""
    return int(np.abs(one.astype(np.int16) - other).sum(dtype=np.int64)) / (255 * one.size)
