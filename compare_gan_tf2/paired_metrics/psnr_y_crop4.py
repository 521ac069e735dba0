"""Peak signal-to-noise ratio of luma without a border of four pixels, in dB: the convention of super-resolution."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.paired_metrics import Measure, Setup, by_image
from compare_gan_tf2.paired_metrics._pixels import cropped_luma, psnr

NEEDS = ("truths",)
LOWER_IS_BETTER = False
LEAST_SIDE = 9
CHANNELS = (1, 3)
PROTOCOL = "BT.601 luma 16 to 235 not rounded, peak 255, mean of the images' decibels, at most 100 each"


def measure(setup: Setup) -> Measure:
    """{"psnr_y_crop4": in (0, 100]}, as BasicSR computes it with crop_border=4 and test_y_channel.

    Gray images are their own luma, of the range 0 to 255.
    """
    del setup

    def value(output: np.ndarray, truth: np.ndarray) -> float:
        return psnr(cropped_luma(output), cropped_luma(truth))

    return by_image("psnr_y_crop4", value)
