"""Exact nearest neighbours within and between sets of features: what metrics on neighbourhoods share.

All distances are squared Euclidean ones. The distance of two rows is *defined* as the sum of the squares of their
differences in float64, so it is symmetric, and exactly 0 for equal rows. Products of float32 tiles only say between
which bounds a distance lies; whatever the bounds leave open is decided by the distance itself. Results are therefore
those of a brute-force computation in float64, ties and repeated samples included, in any order of the samples.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import math
import os
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from compare_gan_tf2.samples import Pair, Samples

# The most neighbours that `of_samples` keeps.
KEPT = 5

_TILE_ROWS, _TILE_COLUMNS = 1024, 4096
_PAIRS_AT_ONCE = 64
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

    return pair.derived("neighbours", compute)


def nearest_within(features: np.ndarray, neighbours: int) -> np.ndarray:
    """Squared distances of every row to its nearest other rows, float64 [N, neighbours], ascending.

    A row is excluded by its place: the distance to an equal row elsewhere counts, and is 0.

    Args:
        features: [N, F]; float32, or taken as float64.
        neighbours: k, at least 1 and below N.

    Raises:
        ValueError: for too few rows, or numbers that are not finite.
    """
    rows = _checked(features)
    if not 1 <= neighbours < len(rows):
        raise ValueError(f"{len(rows)} samples are too few for k={neighbours}")
    try:
        return _nearest_within(rows, neighbours, np.float32)
    except _TooCloseError:
        return _nearest_within(rows, neighbours, np.float64)


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
    x, y = _checked(real), _checked(generated)
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"real samples have {x.shape[1]} features and generated ones {y.shape[1]}")
    given = (closed_real, closed_generated, open_real, prefer)
    try:
        return _Between(x, y, given, np.float32).result()
    except _TooCloseError:
        return _Between(x, y, given, np.float64).result()


class _TooCloseError(Exception):
    """Float32 leaves too many pairs open."""


def _checked(features: np.ndarray) -> np.ndarray:
    rows = np.ascontiguousarray(features)
    if rows.dtype != np.float32:
        rows = rows.astype(np.float64)
    if rows.ndim != 2 or not rows.size:
        raise ValueError(f"features have to be [N, F] with N and F above 0, and are {list(rows.shape)}")
    if not np.isfinite(rows).all():
        raise ValueError("features are not finite")
    return rows


@dataclasses.dataclass(frozen=True, eq=False)
class _Rows:
    """The U distinct rows of a set in the order of their norm, ready for products.

    Attributes:
        given: [N, F], all rows as they were given.
        places: int64 [U], where in `given` each is.
        inverse: int64 [N], which of them a given row is.
        repeats: int64 [U], how often each was given.
        products: [U, F + 2]; centred and scaled, then 1, then minus half of the squared norm less its slack.
        slack: float64 [U]; see `_bound`.
    """

    given: np.ndarray
    places: np.ndarray
    inverse: np.ndarray
    repeats: np.ndarray
    products: np.ndarray
    slack: np.ndarray

    def against(self, rows: slice) -> np.ndarray:
        """The left side of a product: with the `products` of another set it gives -1/2 of the distance's bound."""
        left = self.products[rows].copy()
        left[:, -2:] = left[:, :-3:-1]
        return left


def _prepared(sets: Sequence[np.ndarray], dtype: type) -> tuple[list[_Rows], float]:
    """Rows of sets with a common centre and scale, and the factor from their squared distances to the scaled ones."""
    largest = max(max(abs(float(rows.max())), abs(float(rows.min()))) for rows in sets)
    features = sets[0].shape[1]
    # A power of two, so that scaling is exact; norms are then at most 1 and products neither overflow nor vanish.
    scale = 2.0 ** -math.ceil(math.log2(2.0 * math.sqrt(features) * largest)) if largest else 1.0
    # Any centre is right, and one that outliers do not move makes the norms of most rows small.
    centre = np.median(np.concatenate([rows[:: len(rows) // 200 + 1] for rows in sets]), axis=0).astype(np.float64)
    return [_prepared_set(rows, centre, scale, dtype) for rows in sets], scale * scale


def _prepared_set(rows: np.ndarray, centre: np.ndarray, scale: float, dtype: type) -> _Rows:
    places, inverse = _distinct(rows)
    features = rows.shape[1]
    products = np.empty((len(places), features + 2), dtype)
    norms = np.empty(len(places))

    def fill(part: slice) -> None:
        block = rows[places[part]].astype(np.float64)
        block -= centre
        block *= scale
        norms[part] = np.einsum("ij,ij->i", block, block)
        products[part, :features] = block

    _in_parallel(fill, len(places))
    slack = _bound(features, dtype) * (norms + float(np.finfo(dtype).tiny) ** 0.6)
    products[:, features], products[:, features + 1] = 1.0, (slack - norms) / 2.0
    # In this order a tile's largest slack is not far above its others, and the first tiles hold many near neighbours.
    order = np.argsort(norms, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    inverse = rank[inverse]
    return _Rows(rows, places[order], inverse, np.bincount(inverse), products[order], slack[order])


def _bound(features: int, dtype: type) -> float:
    """A such that products give the squared distance of rows x and y within A (|x|^2 + |y|^2), on either side.

    With u the unit roundoff, n = F + 2 terms and g = n u / (1 - n u), whatever the order of summation:
        2 g   for the product, whose terms have absolute values that sum to at most |x|^2 + |y|^2;
        12 u  for rounding centred rows (8 u: in float64 twice), their norms in the product (3 u) and second orders;
        4 (F + 5) 2^-53  for norms and the distance itself, which are rounded in float64.
    What underflows is far below the constant that is added to the norms.
    """
    unit = float(np.finfo(dtype).eps) / 2.0
    terms = (features + 2) * unit
    return 2.0 * terms / (1.0 - terms) + 12.0 * unit + 4.0 * (features + 5) * 2.0**-53


def _distinct(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places [U] of the distinct rows, and which of them every row [N] is."""
    # Equal rows have equal sums, and other rows hardly ever.
    with np.errstate(over="ignore", invalid="ignore"):
        sums = rows.sum(axis=1, dtype=rows.dtype)
    _, group, sizes = np.unique(sums, return_inverse=True, return_counts=True)
    inverse = np.arange(len(rows))
    first: dict[bytes, int] = {}
    for place in np.flatnonzero(sizes[group] > 1).tolist():
        # Adding 0 makes -0 equal to 0.
        inverse[place] = first.setdefault((rows[place] + 0).tobytes(), place)
    return np.unique(inverse, return_inverse=True)


def _in_parallel(function: Callable[[slice], None], count: int) -> None:
    """Calls the function with slices of a few rows that together are all rows, on all cores."""
    parts = [slice(start, start + _PAIRS_AT_ONCE) for start in range(0, count, _PAIRS_AT_ONCE)]
    if len(parts) < 4:
        for part in parts:
            function(part)
        return
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(function, parts):
            pass


def _distances(x: _Rows, y: _Rows, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """The squared distances of pairs of distinct rows, as this module defines them, float64 [P]."""
    left, right, squares = x.places[i], y.places[j], np.empty(len(i))

    def fill(part: slice) -> None:
        difference = x.given[left[part]].astype(np.float64)
        difference -= y.given[right[part]]
        difference *= difference
        squares[part] = difference.sum(axis=1)

    _in_parallel(fill, len(i))
    return squares


def _tiles(x: _Rows, y: _Rows, upper: bool) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """Places of rows and columns with -1/2 of the lower bounds of their distances; upper: from the diagonal on."""
    memory = np.empty(_TILE_ROWS * _TILE_COLUMNS, x.products.dtype)
    for top in range(0, len(x.places), _TILE_ROWS):
        rows = slice(top, min(top + _TILE_ROWS, len(x.places)))
        left = x.against(rows)
        for start in range(top if upper else 0, len(y.places), _TILE_COLUMNS):
            columns = slice(start, min(start + _TILE_COLUMNS, len(y.places)))
            shape = (rows.stop - rows.start, columns.stop - columns.start)
            tile = memory[: shape[0] * shape[1]].reshape(shape)
            np.matmul(left, y.products[columns].T, out=tile)
            yield rows, columns, tile


def _candidates(
    x: _Rows, y: _Rows, rows: slice, columns: slice, tile: np.ndarray, row_limits: np.ndarray, column_limits: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pairs [P] that may be as near as the limit of their row or column, with both bounds of their distances."""

    def least(limits: np.ndarray) -> np.ndarray:
        # No scaled distance is above 4. Rounded downwards, so that no pair is lost.
        return np.nextafter((np.minimum(limits, 8.0) / -2.0).astype(tile.dtype), tile.dtype.type(-np.inf))

    near = tile >= least(row_limits)[:, None]
    near |= tile >= least(column_limits)
    flat = np.flatnonzero(near)
    i, j = np.divmod(flat, tile.shape[1])
    low = -2.0 * tile.reshape(-1)[flat].astype(np.float64)
    i, j = i + rows.start, j + columns.start
    return i, j, low, low + 2.0 * (x.slack[i] + y.slack[j])


def _nearest_within(rows: np.ndarray, neighbours: int, dtype: type) -> np.ndarray:
    (x,), unit = _prepared([rows], dtype)
    # The least exact distances, and upper bounds of the least ones; a repeated row has its copies at distance 0.
    nearest = np.where(np.arange(1, neighbours + 1) < x.repeats[:, None], 0.0, np.inf)
    bounds = nearest.copy()
    limits = bounds[:, -1].copy()
    pairs: list[tuple[np.ndarray, ...]] = []

    def still_open() -> tuple[np.ndarray, ...]:
        i, j, low = (np.concatenate(each) for each in zip(*pairs, strict=True))
        keep = low <= np.maximum(limits[i], limits[j])
        return i[keep], j[keep], low[keep]

    def settle() -> None:
        i, j, _ = still_open()
        squares = _distances(x, x, i, j) * unit
        ends, others = np.concatenate([i, j]), np.concatenate([j, i])
        times = np.minimum(x.repeats[others], neighbours)
        _keep_least(nearest, np.repeat(ends, times), np.repeat(np.concatenate([squares, squares]), times))
        pairs.clear()

    for block, columns, tile in _tiles(x, x, upper=True):
        if block.start == columns.start:
            np.fill_diagonal(tile, -np.inf)
        if block.start == 0:
            limits[columns] = np.minimum(limits[columns], _first_limits(x, block, columns, tile, neighbours))
        if block.start == columns.start:
            height = len(tile)
            tile[:, :height][np.tri(height, k=-1, dtype=bool)] = -np.inf
        i, j, low, high = _candidates(x, x, block, columns, tile, limits[block], limits[columns])
        _keep_least(bounds, np.concatenate([i, j]), np.concatenate([high, high]))
        np.minimum(limits, bounds[:, -1], out=limits)
        pairs.append((i, j, low))
        if sum(len(each[0]) for each in pairs) > _OPEN_PAIRS * len(rows):
            pairs[:] = [still_open()]
            if len(pairs[0][0]) > _OPEN_PAIRS * len(rows):
                if dtype == np.float32:
                    raise _TooCloseError
                settle()
    if pairs:
        settle()
    return (nearest / unit)[x.inverse]


def _first_limits(x: _Rows, block: slice, columns: slice, tile: np.ndarray, neighbours: int) -> np.ndarray:
    """Upper bounds [columns] of the distance to the k-th nearest row of a block: of the nearest in groups of rows."""
    groups = min(64, len(tile))
    if groups < neighbours:
        return np.full(tile.shape[1], np.inf)
    size = len(tile) // groups
    top = tile[: groups * size].reshape(groups, size, -1).max(axis=1)
    least = np.partition(top, groups - neighbours, axis=0)[groups - neighbours].astype(np.float64)
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
        (self.x, self.y), self.unit = _prepared([real, generated], dtype)
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
        for tile in _tiles(x, y, upper=False):
            self._look_at(*tile)
            if sum(len(each[0]) for each in self.pairs) > most:
                self.pairs = [self._still_open()]
                if len(self.pairs[0][0]) > most:
                    if dtype == np.float32:
                        raise _TooCloseError
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

    def _radii(self, rows: _Rows, given: np.ndarray | None) -> np.ndarray:
        return np.full(len(rows.places), -np.inf) if given is None else given[rows.places] * self.unit

    def _look_at(self, rows: slice, columns: slice, tile: np.ndarray) -> None:
        x, y = self.x, self.y
        of_rows = -2.0 * tile.max(axis=1).astype(np.float64) + 2.0 * (x.slack[rows] + y.slack[columns].max())
        of_columns = -2.0 * tile.max(axis=0).astype(np.float64) + 2.0 * (x.slack[rows].max() + y.slack[columns])
        self.limit_x[rows] = np.minimum(self.limit_x[rows], of_rows)
        self.limit_y[columns] = np.minimum(self.limit_y[columns], of_columns)
        row_limits = np.maximum(np.maximum(self.closed_x, self.open_x)[rows], self.limit_x[rows])
        column_limits = np.maximum(self.closed_y[columns], self.limit_y[columns])
        i, j, low, high = _candidates(x, y, rows, columns, tile, row_limits, column_limits)
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
        squares = _distances(self.x, self.y, i, j) * self.unit
        self._count(i[undecided], j[undecided], squares[undecided])
        np.minimum.at(self.to_y, i, squares)
        order = np.lexsort((-self.prefer[i], squares, j))
        columns, first = np.unique(j[order], return_index=True)
        places, least = i[order][first], squares[order][first]
        now, prefer = self.to_x[columns], self.prefer[self.nearest_x[columns]]
        better = (least < now) | ((least == now) & (self.prefer[places] > prefer))
        self.to_x[columns[better]], self.nearest_x[columns[better]] = least[better], places[better]
        self.pairs = []
