"""k-means clusterings of one set of vectors, several at once (Lloyd 1982, k-means++ of Arthur & Vassilvitskii 2007)."""

from __future__ import annotations

import math

import numpy as np

_SUBSAMPLE = 4096
_ROUNDS_ON_SUBSAMPLE = 30
_ROUNDS = 5


def assignments(rows: np.ndarray, clusters: int, runs: int, generator: np.random.Generator) -> np.ndarray:
    """The cluster of every row in every run, int64 [runs, N] in 0..clusters-1.

    Runs start from their own greedy k-means++ centers. Lloyd's rounds are made on a random subsample first, where they
    are cheap and bring the centers near their places, then on all rows. All runs share their products with the rows.

    Args:
        rows: float32 [N, F], finite.
        clusters: at least 1. Of fewer distinct rows than that some clusters are empty.
        runs: at least 1.
        generator: of the subsample and the first centers.
    """
    rows = rows - rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    few = rows[generator.choice(len(rows), min(_SUBSAMPLE, len(rows)), replace=False)]
    distances = np.maximum(_squares(few)[:, None] + _squares(few) - 2.0 * (few @ few.T), 0.0)
    centers = few[np.stack([_plus_plus(distances, clusters, generator) for _ in range(runs)])]
    for vectors, rounds in ((few, _ROUNDS_ON_SUBSAMPLE), (rows, _ROUNDS)):
        squares = _squares(vectors)
        of_each, scores = _nearest(vectors, centers)
        for _ in range(rounds):
            centers = _means(vectors, of_each, np.maximum(squares - 2.0 * scores, 0.0), centers)
            before = of_each
            of_each, scores = _nearest(vectors, centers)
            if (of_each == before).all():
                break
    return of_each


def _squares(rows: np.ndarray) -> np.ndarray:
    return np.einsum("nf,nf->n", rows, rows)


def _plus_plus(distances: np.ndarray, clusters: int, generator: np.random.Generator) -> np.ndarray:
    """Indices [clusters] of first centers: each the best of a few drawn in proportion to the squared distance."""
    chosen = [int(generator.integers(len(distances)))]
    nearest = distances[chosen[0]]
    for _ in range(clusters - 1):
        cumulated = np.cumsum(nearest, dtype=np.float64)
        places = generator.random(2 + int(math.log(clusters))) * cumulated[-1]
        candidates = np.minimum(np.searchsorted(cumulated, places, side="right"), len(distances) - 1)
        remaining = np.minimum(nearest, distances[candidates])
        best = int(remaining.sum(axis=1, dtype=np.float64).argmin())
        nearest = remaining[best]
        chosen.append(int(candidates[best]))
    return np.array(chosen)


def _nearest(rows: np.ndarray, centers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each run's nearest center of every row [runs, N], and x . c - |c|^2 / 2 of it."""
    runs, clusters, features = centers.shape
    flat = centers.reshape(-1, features)
    scores = (rows @ flat.T - _squares(flat) / 2.0).reshape(-1, runs, clusters)
    of_each = scores.argmax(axis=2)
    return of_each.T, np.take_along_axis(scores, of_each[:, :, None], axis=2)[:, :, 0].T


def _means(rows: np.ndarray, of_each: np.ndarray, distances: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """The clusters' means; an empty one gets the row that is farthest from its own center."""
    runs, clusters, features = centers.shape
    columns = of_each + clusters * np.arange(runs)[:, None]
    members = np.zeros((len(rows), runs * clusters), np.float32)
    members[np.arange(len(rows)), columns] = 1.0
    counts = np.bincount(columns.ravel(), minlength=runs * clusters)
    means = members.T @ rows / np.maximum(counts, 1)[:, None].astype(np.float32)
    means = means.reshape(runs, clusters, features)
    counts = counts.reshape(runs, clusters)
    for run in np.flatnonzero((counts == 0).any(axis=1)):
        empty = np.flatnonzero(counts[run] == 0)
        farthest = np.argsort(distances[run])[::-1][: len(empty)]
        means[run, empty[: len(farthest)]] = rows[farthest]
    return means
