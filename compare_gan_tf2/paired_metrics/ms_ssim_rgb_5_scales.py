"""Multi-scale structural similarity to the ground truth over five scales, mean over channels (Wang et al. 2003)."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.paired_metrics import Measure, Setup, by_image
from compare_gan_tf2.paired_metrics._structure import multi_scale

NEEDS = ("truths",)
# Metric `ms_ssim` is another: similarity among generated images, where less is more diverse.
LOWER_IS_BETTER = False
LEAST_SIDE = 16
CHANNELS = (1, 3)
PROTOCOL = "Gaussian 11 and sigma 1.5, narrower where a scale is, K 0.01 and 0.03, peak 255, windows within the image"


def measure(setup: Setup) -> Measure:
    """{"ms_ssim_rgb_5_scales": in [0, 1]}; 1 for equal images.

    As `tf.image.ssim_multiscale` computes it where that can (both sides from 176 up), and compare_gan for less.
    """
    del setup

    def value(output: np.ndarray, truth: np.ndarray) -> float:
        channels = range(output.shape[2])
        return float(np.mean([multi_scale(output[..., channel], truth[..., channel]) for channel in channels]))

    return by_image("ms_ssim_rgb_5_scales", value)
