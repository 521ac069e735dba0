"""Authenticity: share of generated samples that are not near-copies of training samples (Alaa et al. 2022)."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.metrics import Pair, neighbors

DEFAULT = False
LOWER_IS_BETTER = False
NEEDS = ("features", "training")
LEAST_SAMPLES = 6  # One more than neighbors.KEPT.
PROTOCOL = "against the training split"


def metric(pair: Pair) -> dict[str, float]:
    """{"authenticity"}, in [0, 1]; higher is better, a copy of training samples gives 0."""
    own = neighbors.of_samples(pair.training)[:, 0]
    return {"authenticity": _share(pair.training.features, pair.generated.features, own)}


def authenticity(training: np.ndarray, generated: np.ndarray) -> float:
    """The share of generated samples with A_j = 1 in the paper's section 4, as exact as distances in float64.

    A generated sample is authentic if it is farther from its nearest training sample than that sample is from its own
    nearest other training sample. Among several nearest training samples the one with the farthest neighbor counts.
    An exact copy is at distance 0 and never authentic, however often the training set repeats the sample.

    Args:
        training: features [N, F], N at least 2.
        generated: features [M, F], M at least 1.

    Raises:
        ValueError: for too few samples, or numbers that are not finite.
    """
    return _share(training, generated, neighbors.nearest_within(training, 1)[:, 0])


def _share(training: np.ndarray, generated: np.ndarray, own: np.ndarray) -> float:
    between = neighbors.between(training, generated, prefer=own)
    return float((between.to_real > own[between.nearest_real]).mean())
