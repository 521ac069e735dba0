"""Kernel distance: unbiased squared MMD with a cubic kernel on the features, in blocks (Binkowski et al. 2018)."""

from __future__ import annotations

import math

import numpy as np

from compare_gan_tf2.metrics import Pair

DEFAULT = True
LOWER_IS_BETTER = {"kid": True, "kid_standard_error": None}
NEEDS = ("features",)
LEAST_SAMPLES = 2

_LARGEST_BLOCK = 1024
PROTOCOL = f"blocks of at most {_LARGEST_BLOCK}"

_ROWS_AT_ONCE = 256
# |mean|^2 over the variance, beyond which float32 would lose digits of the kernel's differences.
_LARGEST_OFFSET = 30.0


def metric(pair: Pair) -> dict[str, float]:
    """{"kid": mean over blocks, "kid_standard_error": of that mean}; lower is better.

    The standard error of a single block is NaN, and an empty cell in the row.
    """
    estimates = block_estimates(pair.real.features, pair.generated.features)
    spread = estimates.std(ddof=1) / math.sqrt(len(estimates)) if len(estimates) > 1 else math.nan
    return {"kid": float(estimates.mean()), "kid_standard_error": float(spread)}


def block_estimates(real: np.ndarray, generated: np.ndarray, largest_block: int = _LARGEST_BLOCK) -> np.ndarray:
    """One unbiased estimate per block, float64 [blocks].

    Each set is cut into the same number of near-equal consecutive blocks, larger ones last, as few as keep all blocks
    at largest_block or below; samples must be in no particular order.

    Args:
        real: features [N, F].
        generated: features [M, F].
        largest_block: at least 2.

    Raises:
        ValueError: for fewer than two samples in a block, or numbers that are not finite.
    """
    x, y = scaled(real, generated)
    blocks = -(-max(len(x), len(y)) // largest_block)
    return np.array([_squared_mmd(*pair) for pair in zip(_split(x, blocks), _split(y, blocks), strict=True)])


def scaled(real: np.ndarray, generated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Features [N, F] and [M, F] over the root of F, so that the kernel is (x . y + 1)^3.

    They are float32, whose products are exact enough unless the mean is far larger than what varies around it; then
    float64.

    Raises:
        ValueError: for numbers that are not finite.
    """
    sets = [np.asarray(features, np.float32) for features in (real, generated)]
    dtype: type = np.float32
    for features in sets:
        mean = features.mean(axis=0, dtype=np.float64)
        if not np.isfinite(mean).all():
            raise ValueError("features are not finite")
        # In parts: the squares in float64 would take twice the features' own memory.
        squares = sum(
            float(np.square(features[start : start + _ROWS_AT_ONCE] - mean).sum())
            for start in range(0, len(features), _ROWS_AT_ONCE)
        )
        if mean @ mean > _LARGEST_OFFSET * squares / len(features):
            dtype = np.float64
    x, y = (features.astype(dtype) / dtype(math.sqrt(features.shape[1])) for features in sets)
    return x, y


def kernel_less_one(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(x . y + 1)^3 - 1 = g (g (g + 3) + 3) of all pairs, [N, M].

    Constants drop out of the squared MMD; without this one single precision holds more of the rest.
    """
    products = x @ y.T
    # In parts that stay in the cache.
    for start in range(0, len(x), _ROWS_AT_ONCE):
        part = products[start : start + _ROWS_AT_ONCE]
        kernel = part + products.dtype.type(3.0)
        kernel *= part
        kernel += products.dtype.type(3.0)
        part *= kernel
    return products


def _split(rows: np.ndarray, blocks: int) -> list[np.ndarray]:
    size, larger = divmod(len(rows), blocks)
    sizes = [size] * (blocks - larger) + [size + 1] * larger
    return np.split(rows, np.cumsum(sizes)[:-1])


def _squared_mmd(x: np.ndarray, y: np.ndarray) -> float:
    if min(len(x), len(y)) < 2:
        raise ValueError("a block needs at least 2 samples of each set")

    def within(a: np.ndarray) -> float:
        gram = kernel_less_one(a, a)
        return (gram.sum(dtype=np.float64) - np.trace(gram, dtype=np.float64)) / (len(a) * (len(a) - 1))

    return within(x) + within(y) - 2.0 * float(kernel_less_one(x, y).mean(dtype=np.float64))
