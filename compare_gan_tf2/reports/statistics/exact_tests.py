"""Two-sided tests without assumptions on distributions: sign flips of pairs, and permutations of two samples.

If a and b are equal in distribution, each difference of a pair is as likely with the other sign, and each division of
the pooled values into two samples is as likely as any other (Fisher 1935; Pitman 1937). p is the share of these
arrangements whose difference is at least as far from zero as the one that is seen. Arrangements are counted
one by one, so zeros and ties need no correction; where there are too many, some are drawn, which the method says.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
from collections.abc import Hashable, Iterator, Sequence
from typing import TypeVar

import numpy as np

Key = TypeVar("Key", bound=Hashable)
# Up to so many arrangements all are looked at; above, so many are drawn at random.
MOST_ARRANGEMENTS = 200_000
# The signs of so many pairs are counted exactly: sums of both halves are put together, without listing all of them.
MOST_PAIRS = 30
# Numbers that are drawn at most, but for few arrangements of many values; and that are in memory at once.
_MOST_DRAWN, _BLOCK = 20_000_000, 2_000_000
_FEWEST_ARRANGEMENTS = 10_000
# Sets of values whose sums are in memory at once.
_SETS = 128
# Of the sum of all absolute values: sums that differ by less are equal but for rounding.
_ROUNDING = 1e-9


@dataclasses.dataclass(frozen=True)
class Result:
    """What a test says.

    Attributes:
        p: two-sided.
        floor: the least p that so many values can give, ties and zeros among them counted as they are.
        method: for people.
    """

    p: float
    floor: float
    method: str


def pairs_floor(pairs: int) -> float:
    """The least p of so many pairs, none of them zero: 3 pairs .25, 5 pairs .0625, 6 pairs .031."""
    return min(1.0, 2.0 ** (1 - pairs))


def samples_floor(a: int, b: int) -> float:
    """The least p of so many values against so many: 3 against 3 .10, 4 against 4 .029, 5 against 5 .0079."""
    return min(1.0, 2 / math.comb(a + b, a))


def of_pairs(many: Sequence[np.ndarray], seed: int = 0) -> list[Result]:
    """Whether differences of pairs are around zero, for each of many arrays of at least one difference."""
    moved = [_by_size(each[each != 0]) for each in many]
    found: dict[int, Result] = {}
    for count, places in _places([len(each) for each in moved]).items():
        sizes = np.stack([np.abs(moved[i]) for i in places], axis=1)
        seen = np.asarray([abs(moved[i].sum()) for i in places])
        if count <= MOST_PAIRS:
            p_values, floor, how = [_flips(sizes[:, k], seen[k]) for k in range(len(places))], 0.0, "exact"
        else:
            drawn = _drawn_count(count)
            p_values, floor, how = _drawn_flips(sizes, seen, drawn, seed), 1 / (1 + drawn), f"{drawn:,} drawn"
        for i, p in zip(places, p_values, strict=True):
            method = f"sign flips of {len(many[i])} pairs, {how}"
            found[i] = Result(min(1.0, p), max(floor, pairs_floor(count)), method)
    return [found[i] for i in range(len(many))]


def _by_size(values: np.ndarray) -> np.ndarray:
    """In an order that negating all of them does not change."""
    return values[np.argsort(np.abs(values), kind="stable")]


def _places(keys: Sequence[Key]) -> dict[Key, list[int]]:
    """Where each key stands."""
    found: dict[Key, list[int]] = {}
    for i, key in enumerate(keys):
        found.setdefault(key, []).append(i)
    return found


def _flips(sizes: np.ndarray, seen: float) -> float:
    """The share of all signs of these sizes whose sum is at least as far from zero as the one that is seen."""
    least = seen - _ROUNDING * sizes.sum()
    if least <= 0:
        return 1.0
    half = len(sizes) // 2
    left, right = np.sort(_signed_sums(sizes[:half])), np.sort(_signed_sums(sizes[half:]))
    above = len(left) * len(right) - int(np.searchsorted(right, least - left).sum())
    return 2 * above / 2 ** len(sizes)


def _signed_sums(sizes: np.ndarray) -> np.ndarray:
    """The sums with all combinations of signs."""
    found = np.zeros(1)
    for size in sizes:
        found = np.concatenate([found - size, found + size])
    return found


def _drawn_flips(sizes: np.ndarray, seen: np.ndarray, drawn: int, seed: int) -> list[float]:
    """The same for several sets of equally many sizes, by so many signs that are drawn at random."""
    total = sizes.sum(axis=0)
    least, counts = seen - _ROUNDING * total, np.zeros(len(seen), dtype=np.int64)
    generator = np.random.default_rng(seed)
    for rows in _blocks(drawn, len(sizes)):
        shape = rows.stop - rows.start, len(sizes)
        signs = generator.integers(0, 2, size=shape, dtype=np.int8).astype(np.float64)
        counts += (np.abs(2 * signs @ sizes - total) >= least).sum(axis=0)
    return [float(p) for p in (1 + counts) / (1 + drawn)]


def _drawn_count(values: int) -> int:
    return max(_FEWEST_ARRANGEMENTS, min(MOST_ARRANGEMENTS, _MOST_DRAWN // values))


def _blocks(rows: int, width: int) -> Iterator[slice]:
    """Ranges that make up so many rows, of so many values each."""
    size = max(1, _BLOCK // width)
    yield from (slice(start, min(rows, start + size)) for start in range(0, rows, size))


def of_samples(many: Sequence[tuple[np.ndarray, np.ndarray]], seed: int = 0) -> list[Result]:
    """Whether the means of two samples differ, for each of many pairs of samples of at least one value each.

    The smaller tail of the distribution of differences is doubled, which matters for samples of unlike sizes.
    """
    found: dict[int, Result] = {}
    sizes = [(min(len(a), len(b)), len(a) + len(b)) for a, b in many]
    for (size, total), places in _places(sizes).items():
        pooled = np.stack([np.sort(np.concatenate(many[i])) for i in places], axis=1)
        shift = pooled.mean(axis=0)
        seen = np.asarray([np.sort(min(many[i], key=len) - shift[k]).sum() for k, i in enumerate(places)])
        divisions = _divisions(total, size, seed)
        # Of samples of one size, each division has its mirror image, also among those that happened not to be drawn.
        p_values = _tails(divisions, pooled - shift, seen, is_symmetric=2 * size == total)
        for k, i in enumerate(places):
            floor = max(_floor(pooled[:, k], size), 0.0 if divisions.is_all else 2 / (1 + len(divisions.chosen)))
            how = "exact" if divisions.is_all else f"{len(divisions.chosen):,} drawn"
            counts = f"{len(many[i][0])} against {len(many[i][1])} values"
            found[i] = Result(p_values[k], floor, f"permutations of {counts}, {how}")
    return [found[i] for i in range(len(many))]


@dataclasses.dataclass(frozen=True)
class _Divisions:
    """Divisions of values into two samples.

    Attributes:
        chosen: whether a value is in the smaller sample, bool [divisions, values].
        is_all: whether these are all divisions there are.
    """

    chosen: np.ndarray
    is_all: bool


def _tails(divisions: _Divisions, values: np.ndarray, seen: np.ndarray, is_symmetric: bool) -> list[float]:
    """p of several sets of values [values, sets] around zero, whose smaller samples have these sums."""
    below, above = (-np.abs(seen), np.abs(seen)) if is_symmetric else (seen, seen)
    rounding = _ROUNDING * np.abs(values).sum(axis=0)
    low, high = np.zeros(len(seen), dtype=np.int64), np.zeros(len(seen), dtype=np.int64)
    for block in _blocks(len(divisions.chosen), max(_SETS, len(values))):
        rows = divisions.chosen[block].astype(np.float64)
        for first in range(0, len(seen), _SETS):
            these = slice(first, first + _SETS)
            sums = rows @ values[:, these]
            low[these] += (sums <= below[these] + rounding[these]).sum(axis=0)
            high[these] += (sums >= above[these] - rounding[these]).sum(axis=0)
    # The division that is seen is one of all, and is added to those that are drawn.
    seen_too = 0 if divisions.is_all else 1
    extreme = low + high if is_symmetric else 2 * np.minimum(low, high) + seen_too
    p_values = (seen_too + extreme) / (seen_too + len(divisions.chosen))
    return [min(1.0, float(p)) for p in p_values]


@functools.lru_cache(maxsize=4)
def _divisions(total: int, size: int, seed: int) -> _Divisions:
    """Divisions of so many values in total, all of them or drawn at random."""
    count = math.comb(total, size)
    is_all = count <= MOST_ARRANGEMENTS
    if is_all:
        flat = itertools.chain.from_iterable(itertools.combinations(range(total), size))
        places = np.fromiter(flat, dtype=np.int64, count=count * size).reshape(count, size)
    else:
        generator, blocks = np.random.default_rng(seed), []
        for rows in _blocks(_drawn_count(total), total):
            keys = generator.random((rows.stop - rows.start, total), dtype=np.float32)
            blocks.append(np.argpartition(keys, size, axis=1)[:, :size])
        places = np.concatenate(blocks)
    chosen = np.zeros((len(places), total), dtype=np.bool_)
    np.put_along_axis(chosen, places, True, axis=1)
    return _Divisions(chosen, is_all)


def _floor(pooled: np.ndarray, size: int) -> float:
    """The least p of sorted values: how many divisions are as extreme as the least or the greatest values together."""
    counts = []
    for chosen, edge in ((pooled[:size], pooled[size - 1]), (pooled[-size:], pooled[-size])):
        counts.append(math.comb(int((pooled == edge).sum()), int((chosen == edge).sum())))
    return min(1.0, 2 * min(counts) / math.comb(len(pooled), size))
