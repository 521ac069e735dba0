"""Structural similarity of luma without a border of four pixels, Gaussian windows of 11: for super-resolution."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.paired_metrics import Measure, Setup, by_image
from compare_gan_tf2.paired_metrics._pixels import cropped_luma
from compare_gan_tf2.paired_metrics._structure import similarity

NEEDS = ("truths",)
LOWER_IS_BETTER = False
LEAST_SIDE = 19
CHANNELS = (1, 3)
PROTOCOL = "BT.601 luma 16 to 235 not rounded, sigma 1.5, K 0.01 and 0.03, peak 255, windows within the image"


def measure(setup: Setup) -> Measure:
    """{"ssim_y_crop4_gaussian11": in [-1, 1]}, as BasicSR computes it with crop_border=4 and test_y_channel."""
    del setup

    def value(output: np.ndarray, truth: np.ndarray) -> float:
        return similarity(cropped_luma(output), cropped_luma(truth))

    return by_image("ssim_y_crop4_gaussian11", value)
