"""LPIPS to the ground truth with VGG16 (Zhang et al. 2018), version 0.1; you have to get the weights yourself."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.paired_metrics import Batch, Measure, Setup, _lpips

NEEDS = ("truths",)
LOWER_IS_BETTER = True
LEAST_SIDE = 16
CHANNELS = (1, 3)
READS_FILE = True
PROTOCOL = "version 0.1, images in their own size"


def measure(setup: Setup) -> Measure:
    """{"lpips_vgg": at least 0}; 0 for equal images. Raises UserError if there are no weights for it."""
    distances, digits = _lpips.load("vgg", setup)

    def values(batch: Batch) -> dict[str, np.ndarray]:
        assert batch.truths is not None
        return {"lpips_vgg": distances(batch.outputs, batch.truths)}

    return Measure(values, details=f"weights {digits}")
