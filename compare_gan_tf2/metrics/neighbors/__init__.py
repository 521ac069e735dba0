"""Exact nearest neighbors within and between sets of features: what metrics on neighborhoods share.

All distances are squared Euclidean ones. The distance of two rows is *defined* as the sum of the squares of their
differences in float64, so it is symmetric, and exactly 0 for equal rows. Products of float32 tiles only say between
which bounds a distance lies; whatever the bounds leave open is decided by the distance itself. Results are therefore
those of a brute-force computation in float64, ties and repeated samples included, in any order of the samples.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from compare_gan_tf2.metrics import Pair, Samples
from compare_gan_tf2.metrics.neighbors._products import (
    Rows,
    TooCloseError,
    candidates,
    checked,
    distances,
    prepared,
    tiles,
)

# The most neighbors that `of_samples` keeps.
KEPT = 5

# More open pairs per sample than this and float64 tiles are cheaper, or the open ones are settled in between.
_OPEN_PAIRS = 32


def of_samples(samples: Samples) -> np.ndarray:
    """Squared distances of every sample to its KEPT nearest others, float64 [N, KEPT], ascending; computed once a set.

    Raises:
        ValueError: as `nearest_within`.
    """
    name = f"neighbours_{KEPT}"
    return samples.derived(name, lambda: {"squared": nearest_within(samples.features, KEPT)})["squared"]


def of_pair(pair: Pair) -> Between:
    """What the sets of a pair say of each other, computed once: closed balls have k=3, open ones k=5.

    Raises:
        ValueError: as `nearest_within`.
    """

    def compute() -> Between:
        real, generated = of_samples(pair.real), of_samples(pair.generated)
        return between(pair.real.features, pair.generated.features, real[:, 2], generated[:, 2], real[:, 4])

    return pair.derived("neighbors", compute)


def nearest_within(features: np.ndarray, neighbors: int) -> np.ndarray:
    """Squared distances of every row to its nearest other rows, float64 [N, neighbors], ascending.

    A row is excluded by its place: the distance to an equal row elsewhere counts, and is 0.

    Args:
        features: [N, F]; float32, or taken as float64.
        neighbors: k, at least 1 and below N.

    Raises:
        ValueError: for too few rows, or numbers that are not finite.
    """
    rows = checked(features)
    if not 1 <= neighbors < len(rows):
        raise ValueError(f"{len(rows)} samples are too few for k={neighbors}")
    try:
        return _nearest_within(rows, neighbors, np.float32)
    except TooCloseError:
        return _nearest_within(rows, neighbors, np.float64)


@dataclasses.dataclass(frozen=True, eq=False)
class Between:
    """What two sets of rows say of each other; N real and M generated.

    Attributes:
        in_closed_real: bool [M]; whether a generated row is in any closed ball around a real one.
        in_closed_generated: bool [N]; whether a real row is in any closed ball around a generated one.
        open_balls: int64 [M]; how many open balls around real rows a generated one is in.
        open_reached: bool [N]; whether the open ball around a real row holds any generated one.
        to_generated: float64 [N]; squared distance of every real row to its nearest generated one.
        to_real: float64 [M]; squared distance of every generated row to its nearest real one.
        nearest_real: int64 [M]; place of that real one.
    """

    in_closed_real: np.ndarray
    in_closed_generated: np.ndarray
    open_balls: np.ndarray
    open_reached: np.ndarray
    to_generated: np.ndarray
    to_real: np.ndarray
    nearest_real: np.ndarray


def between(
    real: np.ndarray,
    generated: np.ndarray,
    closed_real: np.ndarray | None = None,
    closed_generated: np.ndarray | None = None,
    open_real: np.ndarray | None = None,
    prefer: np.ndarray | None = None,
) -> Between:
    """One pass over all pairs of a real and a generated row; equal rows of a set need equal radii.

    Args:
        real: features [N, F].
        generated: features [M, F].
        closed_real: squared radii [N] of closed balls around the real rows; None for no balls.
        closed_generated: squared radii [M] of closed balls around the generated rows; None for no balls.
        open_real: squared radii [N] of open balls around the real rows; None for no balls.
        prefer: [N]; among equally near real rows the nearest is one with the largest of these.

    Raises:
        ValueError: for a set without rows, numbers that are not finite, or different numbers of features.
    """
    x, y = checked(real), checked(generated)
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"real samples have {x.shape[1]} features and generated ones {y.shape[1]}")
    given = (closed_real, closed_generated, open_real, prefer)
    try:
        return _Between(x, y, given, np.float32).result()
    except TooCloseError:
        return _Between(x, y, given, np.float64).result()


def _nearest_within(rows: np.ndarray, neighbors: int, dtype: type) -> np.ndarray:
    (x,), unit = prepared([rows], dtype)
    # The least exact distances, and upper bounds of the least ones; a repeated row has its copies at distance 0.
    nearest = np.where(np.arange(1, neighbors + 1) < x.repeats[:, None], 0.0, np.inf)
    bounds = nearest.copy()
    limits = bounds[:, -1].copy()
    pairs: list[tuple[np.ndarray, ...]] = []

    def still_open() -> tuple[np.ndarray, ...]:
        i, j, low = (np.concatenate(each) for each in zip(*pairs, strict=True))
        keep = low <= np.maximum(limits[i], limits[j])
        return i[keep], j[keep], low[keep]

    def settle() -> None:
        i, j, _ = still_open()
        squares = distances(x, x, i, j) * unit
        ends, others = np.concatenate([i, j]), np.concatenate([j, i])
        times = np.minimum(x.repeats[others], neighbors)
        _keep_least(nearest, np.repeat(ends, times), np.repeat(np.concatenate([squares, squares]), times))
        pairs.clear()

    for block, columns, tile in tiles(x, x, upper=True):
        if block.start == columns.start:
            np.fill_diagonal(tile, -np.inf)
        if block.start == 0:
            limits[columns] = np.minimum(limits[columns], _first_limits(x, block, columns, tile, neighbors))
        if block.start == columns.start:
            height = len(tile)
            tile[:, :height][np.tri(height, k=-1, dtype=bool)] = -np.inf
        i, j, low, high = candidates(x, x, block, columns, tile, limits[block], limits[columns])
        _keep_least(bounds, np.concatenate([i, j]), np.concatenate([high, high]))
        np.minimum(limits, bounds[:, -1], out=limits)
        pairs.append((i, j, low))
        if sum(len(each[0]) for each in pairs) > _OPEN_PAIRS * len(rows):
            pairs[:] = [still_open()]
            if len(pairs[0][0]) > _OPEN_PAIRS * len(rows):
                if dtype == np.float32:
                    raise TooCloseError
                settle()
    if pairs:
        settle()
    return (nearest / unit)[x.inverse]


def _first_limits(x: Rows, block: slice, columns: slice, tile: np.ndarray, neighbors: int) -> np.ndarray:
    """Upper bounds [columns] of the distance to the k-th nearest row of a block: of the nearest in groups of rows."""
    groups = min(64, len(tile))
    if groups < neighbors:
        return np.full(tile.shape[1], np.inf)
    size = len(tile) // groups
    top = tile[: groups * size].reshape(groups, size, -1).max(axis=1)
    least = np.partition(top, groups - neighbors, axis=0)[groups - neighbors].astype(np.float64)
    return -2.0 * least + 2.0 * (x.slack[block].max() + x.slack[columns])


def _keep_least(table: np.ndarray, index: np.ndarray, values: np.ndarray) -> None:
    """Puts values [P] into the rows index [P] of a table [U, k] that keeps the k least of a row, ascending."""
    better = values < table[index, -1]
    index, values = index[better], values[better]
    if not len(index):
        return
    order = np.lexsort((values, index))
    index, values = index[order], values[order]
    rows, starts, counts = np.unique(index, return_index=True, return_counts=True)
    rank = np.arange(len(index)) - np.repeat(starts, counts)
    keep = rank < table.shape[1]
    added = np.full((len(rows), table.shape[1]), np.inf)
    added[np.repeat(np.arange(len(rows)), counts)[keep], rank[keep]] = values[keep]
    table[rows] = np.sort(np.concatenate([table[rows], added], axis=1), axis=1)[:, : table.shape[1]]


class _Between:
    """The pass over all pairs of distinct real rows x and generated rows y."""

    def __init__(self, real: np.ndarray, generated: np.ndarray, given: Sequence[np.ndarray | None], dtype: type):
        (self.x, self.y), self.unit = prepared([real, generated], dtype)
        x, y = self.x, self.y
        closed_real, closed_generated, open_real, prefer = given
        self.closed_x, self.closed_y = self._radii(x, closed_real), self._radii(y, closed_generated)
        self.open_x = self._radii(x, open_real)
        self.prefer = np.zeros(len(x.places)) if prefer is None else prefer[x.places]
        self.in_closed_x, self.in_closed_y = np.zeros(len(y.places), bool), np.zeros(len(x.places), bool)
        self.open_balls, self.open_reached = np.zeros(len(y.places), np.int64), np.zeros(len(x.places), bool)
        # Upper bounds of the least distances, then these distances.
        self.limit_x, self.limit_y = np.full(len(x.places), np.inf), np.full(len(y.places), np.inf)
        self.to_y, self.to_x = self.limit_x.copy(), self.limit_y.copy()
        self.nearest_x = np.zeros(len(y.places), np.int64)
        self.pairs: list[tuple[np.ndarray, ...]] = []
        most = _OPEN_PAIRS * (len(real) + len(generated))
        for tile in tiles(x, y, upper=False):
            self._look_at(*tile)
            if sum(len(each[0]) for each in self.pairs) > most:
                self.pairs = [self._still_open()]
                if len(self.pairs[0][0]) > most:
                    if dtype == np.float32:
                        raise TooCloseError
                    self._settle()
        if self.pairs:
            self._settle()

    def result(self) -> Between:
        """What was found, of all rows in the order they were given."""
        x, y = self.x.inverse, self.y.inverse
        return Between(
            self.in_closed_x[y],
            self.in_closed_y[x],
            self.open_balls[y],
            self.open_reached[x],
            self.to_y[x] / self.unit,
            self.to_x[y] / self.unit,
            self.x.places[self.nearest_x[y]],
        )

    def _radii(self, rows: Rows, given: np.ndarray | None) -> np.ndarray:
        return np.full(len(rows.places), -np.inf) if given is None else given[rows.places] * self.unit

    def _look_at(self, rows: slice, columns: slice, tile: np.ndarray) -> None:
        x, y = self.x, self.y
        of_rows = -2.0 * tile.max(axis=1).astype(np.float64) + 2.0 * (x.slack[rows] + y.slack[columns].max())
        of_columns = -2.0 * tile.max(axis=0).astype(np.float64) + 2.0 * (x.slack[rows].max() + y.slack[columns])
        self.limit_x[rows] = np.minimum(self.limit_x[rows], of_rows)
        self.limit_y[columns] = np.minimum(self.limit_y[columns], of_columns)
        row_limits = np.maximum(np.maximum(self.closed_x, self.open_x)[rows], self.limit_x[rows])
        column_limits = np.maximum(self.closed_y[columns], self.limit_y[columns])
        i, j, low, high = candidates(x, y, rows, columns, tile, row_limits, column_limits)
        np.minimum.at(self.limit_x, i, high)
        np.minimum.at(self.limit_y, j, high)
        undecided = np.zeros(len(i), bool)
        for radius, closed in ((self.open_x[i], False), (self.closed_x[i], True), (self.closed_y[j], True)):
            undecided |= (low <= radius) & ((high > radius) if closed else (high >= radius))
        self._count(i[~undecided], j[~undecided], high[~undecided])
        keep = undecided | (low <= self.limit_x[i]) | (low <= self.limit_y[j])
        self.pairs.append((i[keep], j[keep], low[keep], undecided[keep]))

    def _count(self, i: np.ndarray, j: np.ndarray, squares: np.ndarray) -> None:
        """Enters pairs into the balls that they are in."""
        inside = squares < self.open_x[i]
        weights = self.x.repeats[i[inside]]
        self.open_balls += np.bincount(j[inside], weights, len(self.open_balls)).astype(np.int64)
        self.open_reached[i[inside]] = True
        self.in_closed_x[j[squares <= self.closed_x[i]]] = True
        self.in_closed_y[i[squares <= self.closed_y[j]]] = True

    def _still_open(self) -> tuple[np.ndarray, ...]:
        i, j, low, undecided = (np.concatenate(each) for each in zip(*self.pairs, strict=True))
        keep = undecided | (low <= self.limit_x[i]) | (low <= self.limit_y[j])
        return i[keep], j[keep], low[keep], undecided[keep]

    def _settle(self) -> None:
        i, j, _, undecided = self._still_open()
        squares = distances(self.x, self.y, i, j) * self.unit
        self._count(i[undecided], j[undecided], squares[undecided])
        np.minimum.at(self.to_y, i, squares)
        order = np.lexsort((-self.prefer[i], squares, j))
        columns, first = np.unique(j[order], return_index=True)
        places, least = i[order][first], squares[order][first]
        now, prefer = self.to_x[columns], self.prefer[self.nearest_x[columns]]
        better = (least < now) | ((least == now) & (self.prefer[places] > prefer))
        self.to_x[columns[better]], self.nearest_x[columns[better]] = least[better], places[better]
        self.pairs = []
