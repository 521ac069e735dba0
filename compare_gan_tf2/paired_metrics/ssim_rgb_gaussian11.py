"""Structural similarity to the ground truth, mean over channels, Gaussian windows of 11 pixels (Wang et al. 2004)."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.paired_metrics import Measure, Setup, by_image
from compare_gan_tf2.paired_metrics._structure import similarity

NEEDS = ("truths",)
LOWER_IS_BETTER = False
LEAST_SIDE = 11
CHANNELS = (1, 3)
PROTOCOL = "sigma 1.5, K 0.01 and 0.03, peak 255, windows within the image"


def measure(setup: Setup) -> Measure:
    """{"ssim_rgb_gaussian11": in [-1, 1]}; 1 for equal images, as `tf.image.ssim` computes it by default."""
    del setup

    def value(output: np.ndarray, truth: np.ndarray) -> float:
        channels = range(output.shape[2])
        return float(np.mean([similarity(output[..., channel], truth[..., channel]) for channel in channels]))

    return by_image("ssim_rgb_gaussian11", value)
