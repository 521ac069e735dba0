"""Inpainting of polygons whose corners are all visible, so that only one answer is right: L1 in the hole."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.paired_metrics import Batch, Measure, Setup, hole

NEEDS = ("truths", "mask")
COLUMNS = ("is_unique", "mask")
LOWER_IS_BETTER = {"hole_l1_unique": True}
PROTOCOL = "pixels in 0 to 1, within the mask, images whose right answer is unique"


def measure(setup: Setup) -> Measure:
    """{"hole_l1_unique": at least 0}, of the images whose right answer is unique, data set polygon_hole."""
    del setup

    def values(batch: Batch) -> dict[str, np.ndarray]:
        assert batch.truths is not None
        is_hole, unique = hole.holes(batch.beside["mask"]), np.flatnonzero(batch.beside["is_unique"])
        distances = np.abs(batch.outputs[unique].astype(np.float64) - batch.truths[unique]) / 255.0
        inside = is_hole[unique]
        sums = (distances * inside).sum(axis=(1, 2, 3))
        return {"hole_l1_unique": sums / (inside.sum(axis=(1, 2, 3)) * distances.shape[3])}

    return Measure(values)
