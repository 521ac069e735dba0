"""Attribute accuracy: share of requested attributes that a classifier trained on real images sees in the output."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.paired_metrics import ATTRIBUTES, Batch, Measure, Setup

NEEDS = ("attributes",)
LOWER_IS_BETTER = {"attribute_accuracy": False, "attribute_accuracy_all": False}
PROTOCOL = "yes or no of each attribute"


def measure(setup: Setup) -> Measure:
    """{"attribute_accuracy", "attribute_accuracy_all": in [0, 1]}: of one attribute in the mean, and of all at once.

    Read beside how often the judge is right about real images, attribute by attribute, which its description says.
    """
    assert setup.judge is not None
    judge = setup.judge()

    def values(batch: Batch) -> dict[str, np.ndarray]:
        is_right = judge.tells(batch.outputs) == (batch.beside[ATTRIBUTES] > 0.5)
        found = {"attribute_accuracy": is_right.mean(axis=1), "attribute_accuracy_all": is_right.all(axis=1)}
        return {name: each.astype(np.float64) for name, each in found.items()}

    return Measure(values, details=judge.description, extractor_id=judge.id)
