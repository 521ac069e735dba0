"""Domain accuracy for polygon_domains, by rule: share of outputs with the requested hue and style."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.datasets import polygon_drawing
from compare_gan_tf2.paired_metrics import Batch, Measure, Setup

NEEDS = ("labels", "domains")
LOWER_IS_BETTER = {"domain_accuracy": False, "domain_hue_accuracy": False, "domain_style_accuracy": False}
CHANNELS = (3,)
PROTOCOL = "nearest hue of what is not white, filled from 0.9 of what lies between the ends of rows"
_HUES = ("red", "green", "blue")
_FILLED_FROM = 0.9


def measure(setup: Setup) -> Measure:
    """{"domain_accuracy", "domain_hue_accuracy", "domain_style_accuracy": in [0, 1]}, in the order of the set's labels.

    Of real pictures the rule finds 98 % of the domains: very thin polygons look filled when they are outlines.
    """
    del setup

    def values(batch: Batch) -> dict[str, np.ndarray]:
        assert batch.labels is not None
        hues, is_outline, is_shown = read(batch.outputs)
        hue, style = np.divmod(batch.labels, 2)
        is_hue, is_style = (hues == hue) & is_shown, (is_outline == (style == 1)) & is_shown
        found = {"domain_accuracy": is_hue & is_style, "domain_hue_accuracy": is_hue, "domain_style_accuracy": is_style}
        return {name: each.astype(np.float64) for name, each in found.items()}

    return Measure(values)


def read(images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hues int64 [N], whether they are outlines bool [N], and whether anything is shown bool [N], of uint8 pictures."""
    hues, shares = polygon_drawing.seen(images, _HUES)
    is_shown = shares.sum(axis=(1, 2)) >= polygon_drawing.LEAST_INK
    return hues, polygon_drawing.filled_share(shares) < _FILLED_FROM, is_shown
