"""Kernel distance: unbiased squared MMD with a cubic kernel on the features, in blocks (Binkowski et al. 2018)."""

from __future__ import annotations

import math

import numpy as np

from compare_gan_tf2.samples import Samples

DEFAULT = True

_LARGEST_BLOCK = 1024
PROTOCOL = f"blocks of at most {_LARGEST_BLOCK}"


def metric(real: Samples, generated: Samples) -> dict[str, float]:
    """{"kid": mean over blocks, "kid_standard_error": of that mean}; lower is better.

    The standard error of a single block is NaN, and an empty cell in the row.
    """
    estimates = block_estimates(real.features, generated.features)
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
    real, generated = np.asarray(real, np.float64), np.asarray(generated, np.float64)
    if not (np.isfinite(real).all() and np.isfinite(generated).all()):
        raise ValueError("features are not finite")
    blocks = -(-max(len(real), len(generated)) // largest_block)
    pairs = zip(_split(real, blocks), _split(generated, blocks), strict=True)
    return np.array([_squared_mmd(x, y) for x, y in pairs])


def _split(rows: np.ndarray, blocks: int) -> list[np.ndarray]:
    size, larger = divmod(len(rows), blocks)
    sizes = [size] * (blocks - larger) + [size + 1] * larger
    return np.split(rows, np.cumsum(sizes)[:-1])


def _squared_mmd(x: np.ndarray, y: np.ndarray) -> float:
    if min(len(x), len(y)) < 2:
        raise ValueError("a block needs at least 2 samples of each set")

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (a @ b.T / x.shape[1] + 1.0) ** 3

    def within(a: np.ndarray) -> float:
        gram = kernel(a, a)
        return (gram.sum() - np.trace(gram)) / (len(a) * (len(a) - 1))

    return within(x) + within(y) - 2.0 * kernel(x, y).mean()
