"""Diversity of several outputs for one input: mean pairwise distance in an extractor's features."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.paired_metrics import Batch, Measure, Setup, _draws

NEEDS = ("draws", "features")
LOWER_IS_BETTER = False
PROTOCOL = "Euclidean distance of features, every two outputs of an input"


def measure(setup: Setup) -> Measure:
    """{"diversity_features_K": at least 0}, of K draws, in the unit of the extractor; its id ends the column's name."""
    extractor = setup.extractor
    assert extractor is not None
    score = _draws.score_name("features", setup.draws)

    def values(batch: Batch) -> dict[str, np.ndarray]:
        draws = batch.draws
        assert draws is not None
        images = draws.reshape(-1, *draws.shape[2:]) / np.float32(255.0)
        features = extractor.extract(images)[0].astype(np.float64).reshape(*draws.shape[:2], -1)
        return {score: np.array([_draws.mean_of_pairs(each, _distance) for each in features])}

    return Measure(values, details=extractor.description, extractor_id=extractor.id)


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.sqrt(np.square(one - other).sum()))
