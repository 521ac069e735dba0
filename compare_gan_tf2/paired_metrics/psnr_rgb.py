"""Peak signal-to-noise ratio to the ground truth over all channels and pixels, in dB."""

from __future__ import annotations

from compare_gan_tf2.paired_metrics import Measure, Setup, _pixels, by_image

NEEDS = ("truths",)
LOWER_IS_BETTER = False
CHANNELS = (1, 3)
PROTOCOL = "peak 255, mean of the images' decibels, at most 100 each"


def measure(setup: Setup) -> Measure:
    """{"psnr_rgb": in (0, 100]}: the mean over images of 10 log10(255^2 / mean squared difference of all channels)."""
    del setup
    return by_image("psnr_rgb", _pixels.psnr)
