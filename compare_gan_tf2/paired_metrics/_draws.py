"""Mean distance of every two outputs for one input."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from compare_gan_tf2.paired_metrics import Batch, Measure


def score_name(distance: str, draws: int) -> str:
    """The name of a diversity: the distance, and how many outputs an input has: "diversity_l1_5"."""
    return f"diversity_{distance}_{draws}"


def diversity(score: str, distance: Callable[[np.ndarray, np.ndarray], float]) -> Measure:
    """The measure of a distance of two images uint8 [H, W, C]: its mean over the pairs of an input's draws."""

    def values(batch: Batch) -> dict[str, np.ndarray]:
        assert batch.draws is not None
        return {score: np.array([mean_of_pairs(draws, distance) for draws in batch.draws], np.float64)}

    return Measure(values)


def mean_of_pairs(draws: np.ndarray, distance: Callable[[np.ndarray, np.ndarray], float]) -> float:
    """Mean distance of every two of K >= 2 draws; its expectation does not depend on K."""
    return float(np.mean([distance(one, other) for one, other in itertools.combinations(draws, 2)]))
