"""Inpainting, within the hole only: mean absolute and squared error, PSNR (Pathak et al. 2016)."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.paired_metrics import Batch, Measure, Setup

NEEDS = ("truths", "mask")
COLUMNS = ("mask",)
LOWER_IS_BETTER = {"hole_l1": True, "hole_l2": True, "hole_psnr": False}
PROTOCOL = "pixels in 0 to 1, within the mask"
# Of a hole filled without any difference: that of a difference of half a level in every pixel.
_MOST_DECIBELS = 20 * np.log10(255 / 0.5)


def holes(masks: np.ndarray) -> np.ndarray:
    """Which pixels of masks, uint8 [N, H, W, 1], are of the hole, as networks that fill holes see it: 128 to 255."""
    found: np.ndarray = masks > 127
    return found


def measure(setup: Setup) -> Measure:
    """{"hole_l1", "hole_l2": at least 0, "hole_psnr": decibels, at most 54.15}, over pixels of the mask and channels.

    An image whose mask is empty has none.
    """
    del setup

    def values(batch: Batch) -> dict[str, np.ndarray]:
        assert batch.truths is not None
        is_hole = holes(batch.beside["mask"])[..., 0]
        distances = [
            np.abs(output[hole].astype(np.float64) - truth[hole]) / 255.0
            for output, truth, hole in zip(batch.outputs, batch.truths, is_hole, strict=True)
            if hole.any()
        ]
        squares = np.array([np.square(each).mean() for each in distances])
        decibels = -10 * np.log10(np.maximum(squares, 10 ** (-_MOST_DECIBELS / 10)))
        return {"hole_l1": np.array([each.mean() for each in distances]), "hole_l2": squares, "hole_psnr": decibels}

    return Measure(values)
