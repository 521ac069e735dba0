"""Ranks with ties, and with trainings that ended without a score after all others."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np


def mean_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks of values, float64 like them, 1 the least; equal ones share the mean of their ranks."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[places]


def of_keys(keys: Sequence[Hashable]) -> list[float]:
    """Ranks of any keys that can be ordered, such as tuples."""
    place = {key: i for i, key in enumerate(sorted(set(keys)))}  # type: ignore[type-var]
    return [float(rank) for rank in mean_ranks(np.asarray([place[key] for key in keys], dtype=np.float64))]
