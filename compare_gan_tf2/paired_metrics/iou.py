"""Intersection over union with the ground truth, for bright and for dark pixels, of images with two colors."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.paired_metrics import Batch, Measure, Setup

NEEDS = ("truths",)
# Which of the two colors is the shape and which the ground is the reader's to know.
LOWER_IS_BETTER = {"iou_bright": False, "iou_dark": False}
CHANNELS = (1, 3)
PROTOCOL = "bright from 128 up by the mean of channels, mean over images that have such pixels"


def measure(setup: Setup) -> Measure:
    """{"iou_bright", "iou_dark": in [0, 1]}; 1 where output and truth have the same pixels of that kind.

    An image without such pixels in either has none, and counts for nothing; one without them in the truth alone has 0.
    So images that are not of a bright and a dark color have no score of one kind, and are refused when the mean is
    asked for.
    """
    del setup

    def values(batch: Batch) -> dict[str, np.ndarray]:
        assert batch.truths is not None
        outputs, truths = _bright(batch.outputs), _bright(batch.truths)
        return {"iou_bright": _ratios(outputs, truths), "iou_dark": _ratios(~outputs, ~truths)}

    return Measure(values)


def _bright(images: np.ndarray) -> np.ndarray:
    """bool [N, H, W]: whether a pixel's mean of channels is above 127.5."""
    return 2 * images.sum(axis=3, dtype=np.int32) > 255 * images.shape[3]


def _ratios(outputs: np.ndarray, truths: np.ndarray) -> np.ndarray:
    """float64 [M], of the M images with a pixel that is true in one or the other."""
    together = (outputs & truths).sum(axis=(1, 2))
    either = (outputs | truths).sum(axis=(1, 2))
    return together[either > 0] / either[either > 0]
