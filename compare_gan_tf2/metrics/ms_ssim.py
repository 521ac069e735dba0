"""Multi-scale structural similarity among generated images; high means little variety (Odena et al. 2017)."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.metrics import Pair

DEFAULT = False
LOWER_IS_BETTER = True
NEEDS = ("images",)
LEAST_SAMPLES = 2

_BATCHES = 5
_BATCH = 64
PROTOCOL = f"{_BATCHES} batches of at most {_BATCH}"

# Wang et al. 2003, section 3.2; the constants for images in [0, 1].
_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_LUMINANCE = 0.01**2
_CONTRAST = 0.03**2
_WINDOW = 11
_SIGMA = 1.5
_LEAST_SIDE = 16

# Numbers in the arrays of pairs at once, which should stay in the cache.
_NUMBERS_AT_ONCE = 2**19


def metric(pair: Pair) -> dict[str, float]:
    """{"ms_ssim": mean over pairs of generated images}, in [0, 1]; 1 for equal images, lower is more diverse.

    The pairs are within batches of images chosen at random; classes are not told apart.
    """
    images = pair.generated.images
    number = min(len(images), _BATCHES * _BATCH)
    chosen = images[pair.generator("ms_ssim").choice(len(images), number, replace=False)]
    scores = [_mean_of_pairs(similarities(batch)) for batch in np.array_split(chosen, -(-number // _BATCH))]
    return {"ms_ssim": float(np.mean(scores))}


def similarities(images: np.ndarray, weights: tuple[float, ...] = _WEIGHTS) -> np.ndarray:
    """Multi-scale structural similarity of every two images, float64 [N, N] in [0, 1]; symmetric, 1 on the diagonal.

    Per channel the product over scales of the mean contrast-structure term, and of the mean whole term at the coarsest
    scale, each to the power of its weight and of 0 where it is below 0; averaged over channels (Wang et al. 2003,
    equation 7). Windows are Gaussian, 11 wide with sigma 1.5, or as wide as the image if that is narrower, and lie
    within the image. Scales are means of 2 x 2; the last row or column of an odd side is repeated for it.

    Args:
        images: [N, H, W, C] in [0, 1], both sides at least 16.
        weights: exponents from the finest scale to the coarsest.

    Raises:
        ValueError: for images that are too small or not finite.
    """
    if images.ndim != 4 or min(images.shape[1:3]) < _LEAST_SIDE:
        raise ValueError(f"images have shape {images.shape[1:]}; five scales need sides of at least {_LEAST_SIDE}")
    if not np.isfinite(images).all():
        raise ValueError("images are not finite")
    # Structure does not depend on the images' levels, and without them loses less to rounding.
    scaled = np.ascontiguousarray(np.moveaxis(np.asarray(images, np.float32), 3, 1))
    levels = scaled.mean(axis=(2, 3), keepdims=True)
    scaled = scaled - levels
    one, other = np.triu_indices(len(images), 1)
    values = np.ones((len(one), images.shape[3]))
    for scale, weight in enumerate(weights):
        if scale:
            scaled = _halved(scaled)
        terms = _terms(scaled, one, other, levels if scale == len(weights) - 1 else None)
        values *= np.maximum(terms, 0.0) ** weight
    found = np.eye(len(images))
    found[one, other] = found[other, one] = values.mean(axis=1)
    return found


def _mean_of_pairs(matrix: np.ndarray) -> float:
    """Mean over pairs of different images; 1 for a single image."""
    number = len(matrix)
    return float((matrix.sum() - number) / (number * (number - 1))) if number > 1 else 1.0


def _terms(images: np.ndarray, one: np.ndarray, other: np.ndarray, levels: np.ndarray | None) -> np.ndarray:
    """Mean contrast-structure term of pairs of images, float64 [pairs, C]; times luminance if levels are given.

    Args:
        images: float32 [N, C, H, W].
        one: indices [pairs].
        other: indices [pairs].
        levels: float32 [N, C, 1, 1], what is missing from the images.
    """
    blur = _Blur(images.shape[2:])
    means = blur(images)
    variances = blur(images * images) - means * means + np.float32(_CONTRAST / 2.0)
    at_once = max(_NUMBERS_AT_ONCE // images[0].size, 1)
    scores = np.empty((len(one), images.shape[1]))
    for start in range(0, len(one), at_once):
        pairs = slice(start, start + at_once)
        x, y = one[pairs], other[pairs]
        terms = blur(images[x] * images[y])
        terms -= means[x] * means[y]
        terms += np.float32(_CONTRAST / 2.0)
        terms *= np.float32(2.0)
        terms /= variances[x] + variances[y]
        if levels is not None:
            bright_x, bright_y = means[x] + levels[x], means[y] + levels[y]
            terms *= 2.0 * bright_x * bright_y + np.float32(_LUMINANCE)
            terms /= bright_x**2 + bright_y**2 + np.float32(_LUMINANCE)
        scores[pairs] = terms.mean(axis=(2, 3))
    return scores


class _Blur:
    """Means in Gaussian windows within images [..., H, W], as a product with one matrix per side."""

    def __init__(self, sides: tuple[int, ...]):
        window = min(_WINDOW, *sides)
        weights = np.exp(-((np.arange(window) - (window - 1) / 2.0) ** 2) / (2.0 * _SIGMA**2))
        weights /= weights.sum()
        self._rows, self._columns = (_band(side, weights) for side in sides)

    def __call__(self, images: np.ndarray) -> np.ndarray:
        across = images.reshape(-1, images.shape[-1]) @ self._columns.T
        return self._rows @ across.reshape(*images.shape[:-1], -1)


def _band(side: int, weights: np.ndarray) -> np.ndarray:
    """float32 [side - window + 1, side]: the weights at every place."""
    places = np.arange(side - len(weights) + 1)[:, None]
    matrix = np.zeros((len(places), side), np.float32)
    matrix[places, places + np.arange(len(weights))] = weights
    return matrix


def _halved(images: np.ndarray) -> np.ndarray:
    """[N, C, H, W] -> [N, C, ceil(H / 2), ceil(W / 2)], means of 2 x 2."""
    height, width = images.shape[2:]
    even = np.pad(images, [(0, 0), (0, 0), (0, height % 2), (0, width % 2)], mode="symmetric")
    return even.reshape(*images.shape[:2], (height + 1) // 2, 2, (width + 1) // 2, 2).mean(axis=(3, 5))
