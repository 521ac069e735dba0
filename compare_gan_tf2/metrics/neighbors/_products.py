"""Rows of features, and between which bounds the distances of all their pairs lie, by products of tiles of them."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import math
import os
from collections.abc import Callable, Iterator, Sequence

import numpy as np

_TILE_ROWS, _TILE_COLUMNS = 1024, 4096
_PAIRS_AT_ONCE = 64


class TooCloseError(Exception):
    """Float32 leaves too many pairs open."""


def checked(features: np.ndarray) -> np.ndarray:
    """Features [N, F], float32 as they are or else float64; ValueError if there are none or they are not finite."""
    rows = np.ascontiguousarray(features)
    if rows.dtype != np.float32:
        rows = rows.astype(np.float64)
    if rows.ndim != 2 or not rows.size:
        raise ValueError(f"features have to be [N, F] with N and F above 0, and are {list(rows.shape)}")
    if not np.isfinite(rows).all():
        raise ValueError("features are not finite")
    return rows


@dataclasses.dataclass(frozen=True, eq=False)
class Rows:
    """The U distinct rows of a set in the order of their norm, ready for products.

    Attributes:
        given: [N, F], all rows as they were given.
        places: int64 [U], where in `given` each is.
        inverse: int64 [N], which of them a given row is.
        repeats: int64 [U], how often each was given.
        products: [U, F + 2]; centered and scaled, then 1, then minus half of the squared norm less its slack.
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


def prepared(sets: Sequence[np.ndarray], dtype: type) -> tuple[list[Rows], float]:
    """Rows of sets with a common center and scale, and the factor from their squared distances to the scaled ones."""
    largest = max(max(abs(float(rows.max())), abs(float(rows.min()))) for rows in sets)
    features = sets[0].shape[1]
    # A power of two, so that scaling is exact; norms are then at most 1 and products neither overflow nor vanish.
    scale = 2.0 ** -math.ceil(math.log2(2.0 * math.sqrt(features) * largest)) if largest else 1.0
    # Any center is right, and one that outliers do not move makes the norms of most rows small.
    center = np.median(np.concatenate([rows[:: len(rows) // 200 + 1] for rows in sets]), axis=0).astype(np.float64)
    return [_prepared_set(rows, center, scale, dtype) for rows in sets], scale * scale


def _prepared_set(rows: np.ndarray, center: np.ndarray, scale: float, dtype: type) -> Rows:
    places, inverse = _distinct(rows)
    features = rows.shape[1]
    products = np.empty((len(places), features + 2), dtype)
    norms = np.empty(len(places))

    def fill(part: slice) -> None:
        block = rows[places[part]].astype(np.float64)
        block -= center
        block *= scale
        norms[part] = np.einsum("ij,ij->i", block, block)
        products[part, :features] = block

    _in_parallel(fill, len(places))
    slack = _bound(features, dtype) * (norms + float(np.finfo(dtype).tiny) ** 0.6)
    products[:, features], products[:, features + 1] = 1.0, (slack - norms) / 2.0
    # In this order a tile's largest slack is not far above its others, and the first tiles hold many near neighbors.
    order = np.argsort(norms, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    inverse = rank[inverse]
    return Rows(rows, places[order], inverse, np.bincount(inverse), products[order], slack[order])


def _bound(features: int, dtype: type) -> float:
    """A such that products give the squared distance of rows x and y within A (|x|^2 + |y|^2), on either side.

    With u the unit roundoff, n = F + 2 terms and g = n u / (1 - n u), whatever the order of summation:
        2 g   for the product, whose terms have absolute values that sum to at most |x|^2 + |y|^2;
        12 u  for rounding centered rows (8 u: in float64 twice), their norms in the product (3 u) and second orders;
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


def distances(x: Rows, y: Rows, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """The squared distances of pairs of distinct rows, as the package defines them, float64 [P]."""
    left, right, squares = x.places[i], y.places[j], np.empty(len(i))

    def fill(part: slice) -> None:
        difference = x.given[left[part]].astype(np.float64)
        difference -= y.given[right[part]]
        difference *= difference
        squares[part] = difference.sum(axis=1)

    _in_parallel(fill, len(i))
    return squares


def tiles(x: Rows, y: Rows, upper: bool) -> Iterator[tuple[slice, slice, np.ndarray]]:
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


def candidates(
    x: Rows, y: Rows, rows: slice, columns: slice, tile: np.ndarray, row_limits: np.ndarray, column_limits: np.ndarray
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
