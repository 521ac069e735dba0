"""Directions in the space of latents along which what is seen in images changes, by linear regression (TL-GAN)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Where labels end, so that the inverse of tanh is finite.
_MOST = float(np.tanh(3.0))
# Variance below which labels are all the same, but for rounding.
_LEAST = 1e-20


def slopes(z: np.ndarray, labels: np.ndarray, *, saturates: bool = True) -> np.ndarray:
    """Least squares of labels on latents, with an intercept.

    Args:
        z: latents [N, Z].
        labels: in [-1, 1], [N, K].
        saturates: whether they are outputs of tanh, whose inverse is regressed; they end at tanh(3).

    Returns:
        float64 [Z, K], without the intercepts.
    """
    found: np.ndarray = _solved(z, _targets(labels, saturates))[:-1]
    return found


def explained(z: np.ndarray, labels: np.ndarray, *, saturates: bool = True) -> np.ndarray:
    """R^2 float64 [K] of the regression, arguments as of `slopes`; 0 of labels that are all the same."""
    targets = _targets(labels, saturates)
    left = ((targets - _with_ones(z) @ _solved(z, targets)) ** 2).sum(axis=0)
    whole = ((targets - targets.mean(axis=0)) ** 2).sum(axis=0)
    return 1.0 - np.divide(left, whole, out=np.ones_like(left), where=whole > _LEAST * len(targets))


def unit(vectors: np.ndarray) -> np.ndarray:
    """Columns [Z, K] of length 1, in their directions; one of zeros stays as it is."""
    lengths = np.linalg.norm(vectors, axis=0)
    return vectors / np.where(lengths > 0, lengths, 1.0)


def apart_from(axes: np.ndarray, base: Sequence[int]) -> np.ndarray:
    """Axes [Z, K] of length 1 that are orthogonal to the base axes.

    Those are made orthogonal to each other in their order (Gram and Schmidt), all others to them, and not to each
    other. With all axes in the base, all are orthogonal.

    Args:
        axes: columns [Z, K].
        base: places of the base axes.
    """
    found = unit(np.asarray(axes, np.float64))
    span = np.zeros([len(found), 0])
    for place in base:
        found[:, place] = _without(span, found[:, place])
        span = np.column_stack([span, found[:, place]])
    for place in set(range(found.shape[1])) - set(base):
        found[:, place] = _without(span, found[:, place])
    return found


def going_together(labels: np.ndarray, least: float = 0.5) -> list[tuple[int, int, float]]:
    """Pairs of labels whose correlation r is so large or larger, with r, the largest first.

    Args:
        labels: float [N, K].
        least: of r.
    """
    offsets = unit(np.asarray(labels, np.float64) - np.mean(labels, axis=0, dtype=np.float64))
    r = offsets.T @ offsets
    pairs = [(one, other, float(r[one, other])) for one in range(len(r)) for other in range(one + 1, len(r))]
    return sorted((pair for pair in pairs if pair[2] >= least), key=lambda pair: -pair[2])


def _without(span: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """An axis [Z] without its part in the span of orthonormal columns [Z, n], of length 1."""
    return unit((axis - span @ (span.T @ axis))[:, None])[:, 0]


def _targets(labels: np.ndarray, saturates: bool) -> np.ndarray:
    found = np.asarray(labels, np.float64)
    return np.arctanh(np.clip(found, -_MOST, _MOST)) if saturates else found


def _with_ones(z: np.ndarray) -> np.ndarray:
    return np.column_stack([np.asarray(z, np.float64), np.ones(len(z))])


def _solved(z: np.ndarray, targets: np.ndarray) -> np.ndarray:
    return np.linalg.lstsq(_with_ones(z), targets, rcond=None)[0]
