"""Kernel distance as in most other packages: mean over 100 random subsets of 1,000 (Binkowski et al. 2018)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from compare_gan_tf2.metrics import Arrays, Pair
from compare_gan_tf2.metrics.kid import kernel_less_one, scaled

DEFAULT = False
LOWER_IS_BETTER = {"kid_subsets": True, "kid_subsets_standard_deviation": None}
NEEDS = ("features",)
LEAST_SAMPLES = 2

_SUBSETS = 100
_SIZE = 1000
PROTOCOL = f"{_SUBSETS} subsets of at most {_SIZE}"

_ROWS_AT_ONCE = 1024


def metric(pair: Pair) -> dict[str, float]:
    """{"kid_subsets": mean over subsets, "kid_subsets_standard_deviation": over subsets}; lower is better.

    The deviation is the population's. Every subset of a set of 1,000 or fewer is the whole, and then says less.
    """
    size = min(_SIZE, len(pair.real.features), len(pair.generated.features))

    def keep(compute: Callable[[], Arrays]) -> Arrays:
        return pair.real.derived(f"kid_subsets_{_SUBSETS}_{size}_{pair.seed}", compute)

    generator = pair.generator("kid_subsets")
    estimates = subset_estimates(pair.real.features, pair.generated.features, generator, _SUBSETS, size, keep)
    return {"kid_subsets": float(estimates.mean()), "kid_subsets_standard_deviation": float(estimates.std())}


def subset_estimates(
    real: np.ndarray,
    generated: np.ndarray,
    generator: np.random.Generator,
    subsets: int = _SUBSETS,
    size: int = _SIZE,
    keep: Callable[[Callable[[], Arrays]], Arrays] = lambda compute: compute(),
) -> np.ndarray:
    """One unbiased estimate of the squared MMD per pair of subsets, float64 [subsets].

    Args:
        real: features [N, F].
        generated: features [M, F].
        generator: chooses the subsets, without replacement within each; the real ones first.
        subsets: how many.
        size: of each; of a smaller set, all of it.
        keep: gives what follows from the real subsets alone, by calling the function it gets or from an earlier call.

    Raises:
        ValueError: for fewer than two samples in a subset, or numbers that are not finite.
    """
    size = min(size, len(real), len(generated))
    if size < 2:
        raise ValueError("a subset needs at least 2 samples of each set")
    x, y = scaled(real, generated)
    of_x, of_y = (np.stack([generator.choice(len(a), size, replace=False) for _ in range(subsets)]) for a in (x, y))
    pairs = size * (size - 1)
    within_x = keep(lambda: {"mean": _sums(x, x, of_x, of_x) / pairs})["mean"]
    return within_x + _sums(y, y, of_y, of_y) / pairs - 2.0 * _sums(x, y, of_x, of_y) / size**2


def _sums(x: np.ndarray, y: np.ndarray, of_x: np.ndarray, of_y: np.ndarray) -> np.ndarray:
    """Sum of the kernel less 1 over all pairs of each two subsets, float64 [subsets]; x is y leaves out equal pairs."""
    within = x is y
    if len(x) * len(y) > of_x.size * of_x.shape[1]:
        chosen = ((x[i], y[j]) for i, j in zip(of_x, of_y, strict=True))
        return np.array([_sum(kernel_less_one(a, a if within else b), within) for a, b in chosen])
    # Of few samples every pair is in many subsets: each kernel value is computed once, and summed by membership.
    in_x, in_y = _membership(of_x, len(x), x.dtype), _membership(of_y, len(y), x.dtype)
    sums = np.zeros(len(of_x))
    for start in range(0, len(x), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        first = start if within else 0
        kernel = kernel_less_one(x[rows], y[first:])
        # Single precision loses next to nothing of sums of what is about 0.
        middles = kernel.mean(axis=1, dtype=np.float64).astype(kernel.dtype)
        kernel -= middles[:, None]
        weights = in_y[first:]
        if within:
            np.fill_diagonal(kernel, -middles)
            weights = weights.copy()
            weights[len(kernel) :] *= 2.0
        here = in_x[rows].astype(np.float64)
        sums += (here * (kernel @ weights)).sum(axis=0)
        sums += (middles @ here) * weights.sum(axis=0, dtype=np.float64)
    return sums


def _sum(kernel: np.ndarray, within: bool) -> float:
    return float(kernel.sum(dtype=np.float64) - (np.trace(kernel, dtype=np.float64) if within else 0.0))


def _membership(subsets: np.ndarray, number: int, dtype: np.dtype) -> np.ndarray:
    """[number, subsets]: 1 where a sample is in a subset."""
    found = np.zeros((number, len(subsets)), dtype)
    found[subsets.T, np.arange(len(subsets))] = 1.0
    return found
