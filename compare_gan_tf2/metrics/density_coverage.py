"""Density and coverage: neighbourhoods of real images that generated ones fall into (Naeem et al. 2020, section 3)."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.samples import Samples

DEFAULT = False

_NEIGHBOURS = 5
PROTOCOL = f"k={_NEIGHBOURS}"

_ROWS_AT_ONCE = 1000


def metric(real: Samples, generated: Samples) -> dict[str, float]:
    """{"density", "coverage"}; density is 0 or more and about 1 for equal distributions, coverage is in [0, 1]."""
    density, coverage = density_and_coverage(real.features, generated.features)
    return {"density": density, "coverage": coverage}


def density_and_coverage(real: np.ndarray, generated: np.ndarray, neighbours: int = _NEIGHBOURS) -> tuple[float, float]:
    """Equations 2 and 3 of the paper, distances in float64.

    Around every real sample lies a ball that reaches to its k-th nearest other real sample. Density is the number of
    balls a generated sample is strictly inside of, divided by k, on average; coverage is the share of balls with at
    least one generated sample strictly inside.

    Args:
        real: features [N, F].
        generated: features [M, F].
        neighbours: k, at least 1 and below N.

    Raises:
        ValueError: for too few samples, or numbers that are not finite.
    """
    real, generated = np.asarray(real, np.float64), np.asarray(generated, np.float64)
    if not 1 <= neighbours < len(real) or not len(generated):
        raise ValueError(f"{len(real)} real and {len(generated)} generated samples are too few for k={neighbours}")
    if not (np.isfinite(real).all() and np.isfinite(generated).all()):
        raise ValueError("features are not finite")
    inside, covered = 0, 0
    for start in range(0, len(real), _ROWS_AT_ONCE):
        rows = real[start : start + _ROWS_AT_ONCE]
        among = _squared_distances(rows, real)
        # A sample is its own nearest one, also where rounding would make it another.
        among[np.arange(len(rows)), start + np.arange(len(rows))] = -1.0
        radii = np.partition(among, neighbours, axis=1)[:, neighbours]
        hits = (_squared_distances(rows, generated) < radii[:, None]).sum(axis=1)
        inside, covered = inside + int(hits.sum()), covered + int((hits > 0).sum())
    return inside / (neighbours * len(generated)), covered / len(real)


def _squared_distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """[N, F], [M, F] -> [N, M], never below 0."""
    squares = (x * x).sum(axis=1)[:, None] + (y * y).sum(axis=1)[None, :] - 2.0 * (x @ y.T)
    return np.maximum(squares, 0.0)
