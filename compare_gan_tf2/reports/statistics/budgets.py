"""The best score to expect of so many trainings (Dodge et al. 2019; the Landscape paper's minimum under a budget)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_MOST_AMOUNTS = 40
_MOST_RESAMPLES, _FEWEST_RESAMPLES, _MOST_DRAWN = 1000, 200, 2_000_000
_BAND = (0.025, 0.975)


def amounts(count: int) -> list[int]:
    """Budgets to look at, from one training to all: each of them, or fewer and fewer where there are many."""
    if count <= _MOST_AMOUNTS:
        return list(range(1, count + 1))
    return sorted({int(round(k)) for k in np.geomspace(1, count, _MOST_AMOUNTS)})


def weights(count: int, trainings: Sequence[int]) -> np.ndarray:
    """How likely each of sorted values is the best of k that are drawn without replacement.

    The i-th of n values is if it is drawn and the other k - 1 are among the n - i behind it: with the probability
    C(n - i, k - 1) / C(n, k).

    Args:
        count: n.
        trainings: the k, from 1 to n.

    Returns:
        float64 [trainings, values]; each row sums to 1.
    """
    found = np.zeros((len(trainings), count))
    for row, k in zip(found, trainings, strict=True):
        # C(n - 1, k - 1) / C(n, k) = k / n, and from one value to the next by a factor.
        places = np.arange(1, count - k + 1)
        row[: count - k + 1] = (
            k / count * np.cumprod(np.concatenate([[1.0], (count - places - k + 1) / (count - places)]))
        )
    return found


def expected_best(scores: np.ndarray, trainings: Sequence[int], lower_is_better: bool) -> np.ndarray:
    """The expected best score of k trainings out of those that were done, float64 [trainings].

    Args:
        scores: finite, float64 [values]; more dimensions before it give more before the result's.
        trainings: the k, from 1 to the number of scores.
        lower_is_better: of the score.
    """
    sign = 1.0 if lower_is_better else -1.0
    ordered = np.sort(sign * np.asarray(scores, dtype=np.float64), axis=-1)
    return sign * (ordered @ weights(ordered.shape[-1], trainings).T)


def band(
    scores: np.ndarray, trainings: Sequence[int], lower_is_better: bool, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the 95 % band of the same, by resampling the scores with replacement; float64 [trainings] each.

    Where k comes near the number of scores the band is too narrow: no resample is better than the best score.
    """
    values = np.sort(np.asarray(scores, dtype=np.float64))
    times = max(_FEWEST_RESAMPLES, min(_MOST_RESAMPLES, _MOST_DRAWN // len(values)))
    drawn = values[np.random.default_rng(seed).integers(len(values), size=(times, len(values)))]
    low, high = np.quantile(expected_best(drawn, trainings, lower_is_better), _BAND, axis=0)
    return low, high
