"""How well labels can be read off vectors: nearest neighbor and logistic regression, in float64."""

from __future__ import annotations

import numpy as np

# Distances of one part, as many float64 numbers as are held at a time.
_MOST_DISTANCES = 2**24
_ROUNDS = 200
# Weights of the squared parameters among which the validation rows choose, and the share of rows that is for it.
_PENALTIES = (1e-4, 1e-3, 1e-2)
_VALIDATION = 0.2


def nearest(stored: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Index int64 [M] of the nearest stored vector, Euclidean, of each that is asked for; the first of equal ones.

    Args:
        stored: float [N, F].
        asked: float [M, F].

    Raises:
        ValueError: if a number is not finite.
    """
    stored, asked = np.asarray(stored, np.float64), np.asarray(asked, np.float64)
    if not (np.isfinite(stored).all() and np.isfinite(asked).all()):
        raise ValueError("vectors are not finite")
    center = stored.mean(axis=0)
    stored, asked = stored - center, asked - center
    squares = np.einsum("nf,nf->n", stored, stored)
    size = max(1, _MOST_DISTANCES // len(stored))
    # The square of the asked vector's own length is the same for all.
    parts = [
        (squares - 2.0 * (asked[start : start + size] @ stored.T)).argmin(axis=1)
        for start in range(0, len(asked), size)
    ]
    return np.concatenate(parts)


def nn_accuracy(stored: np.ndarray, labels: np.ndarray, asked: np.ndarray, truth: np.ndarray) -> float:
    """Share in [0, 1] of asked vectors [M, F] whose nearest stored one [N, F] has their label."""
    return float(np.mean(labels[nearest(stored, asked)] == truth))


def linear_accuracy(
    stored: np.ndarray, labels: np.ndarray, asked: np.ndarray, truth: np.ndarray, num_classes: int
) -> float:
    """Share in [0, 1] of asked vectors that a logistic regression on stored ones gives their label.

    Vectors are standardized by the stored ones' means and deviations. The last fifth of the stored rows chooses the
    weight of the squared parameters; then all of them are learned from.

    Args:
        stored: float [N, F].
        labels: whole numbers [N] from 0.
        asked: float [M, F].
        truth: whole numbers [M].
        num_classes: K.
    """
    stored, asked = standardized(stored, asked)
    held = max(1, int(len(stored) * _VALIDATION))

    def right(penalty: float) -> float:
        weights = fit(stored[:-held], labels[:-held], num_classes, penalty)
        return float(np.mean(predicted(weights, stored[-held:]) == labels[-held:]))

    best = max(_PENALTIES, key=right)
    return float(np.mean(predicted(fit(stored, labels, num_classes, best), asked) == truth))


def standardized(stored: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both by the means and deviations of the stored columns; a column that is constant there becomes zeros."""
    stored, asked = np.asarray(stored, np.float64), np.asarray(asked, np.float64)
    mean, deviation = stored.mean(axis=0), stored.std(axis=0)
    # A constant column's deviation may be a rounding error.
    varies = deviation > 1e-12 * np.maximum(1.0, np.abs(mean))
    scale = np.where(varies, 1.0 / np.where(varies, deviation, 1.0), 0.0)
    return (stored - mean) * scale, (asked - mean) * scale


def fit(rows: np.ndarray, labels: np.ndarray, num_classes: int, penalty: float) -> np.ndarray:
    """Multinomial logistic regression: weights float64 [F + 1, K], the last row for the constant.

    The mean cross-entropy plus penalty / 2 times the squared weights, by 200 accelerated gradient steps (Nesterov
    1983) as long as the curvature allows.
    """
    rows = np.concatenate([rows, np.ones([len(rows), 1])], axis=1)
    targets = np.eye(num_classes)[labels]
    count = len(rows)
    # The cross-entropy curves at most half as much as the squares do.
    step = 1.0 / (0.5 * _largest_eigenvalue(rows) / count + penalty)
    decayed = np.ones([rows.shape[1], 1])
    decayed[-1] = 0.0
    weights = before = np.zeros([rows.shape[1], num_classes])
    for number in range(_ROUNDS):
        ahead = weights + number / (number + 3.0) * (weights - before)
        scores = rows @ ahead
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(axis=1, keepdims=True)
        before, weights = weights, ahead - step * (rows.T @ (shares - targets) / count + penalty * decayed * ahead)
    return weights


def predicted(weights: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The class int64 [N] that weights of `fit` give rows [N, F]."""
    return np.asarray((rows @ weights[:-1] + weights[-1]).argmax(axis=1))


def _largest_eigenvalue(rows: np.ndarray) -> float:
    """Of rows^T rows, by power iteration, and a little more."""
    vector = np.random.default_rng(0).normal(size=rows.shape[1])
    length = 0.0
    for _ in range(50):
        vector = rows.T @ (rows @ (vector / np.linalg.norm(vector)))
        length = float(np.linalg.norm(vector))
    return 1.05 * length
