"""Structural similarity of two arrays by Wang et al. 2004, and over scales by Wang et al. 2003, in float64."""

from __future__ import annotations

import functools

import numpy as np

WINDOW = 11
_SIGMA = 1.5
# Of pixels in [0, 255].
_LUMINANCE = (0.01 * 255.0) ** 2
_CONTRAST = (0.03 * 255.0) ** 2
# Wang et al. 2003, section 3.2, from the finest scale to the coarsest.
SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def similarity(one: np.ndarray, other: np.ndarray) -> float:
    """Mean structural similarity of two planes [H, W] in [0, 255], both sides at least 11; 1 for equal ones."""
    return _terms(_plane(one), _plane(other))[0]


def multi_scale(one: np.ndarray, other: np.ndarray) -> float:
    """Similarity of two planes [H, W] in [0, 255] over five scales, in [0, 1]; both sides at least 16.

    The product over scales of the mean contrast-structure term, and of the mean whole term at the coarsest one, each to
    the power of its weight and of 0 where it is below 0. Scales are means of 2 x 2; the last row or column of an odd
    side is repeated for it. Windows are as wide as the plane where that is narrower than 11.
    """
    one, other = _plane(one), _plane(other)
    product = 1.0
    for scale, weight in enumerate(SCALES):
        if scale:
            one, other = _halved(one), _halved(other)
        whole, contrast = _terms(one, other)
        product *= max(whole if scale == len(SCALES) - 1 else contrast, 0.0) ** weight
    return product


def _plane(values: np.ndarray) -> np.ndarray:
    # In one order of memory, by which products of matrices choose how they round.
    return np.ascontiguousarray(values, np.float64)


def _terms(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Means over windows of the whole similarity, and of its contrast-structure term."""
    rows, columns = map(_windows, one.shape)

    def blurred(plane: np.ndarray) -> np.ndarray:
        return rows @ plane @ columns.T

    mean_one, mean_other = blurred(one), blurred(other)
    variances = blurred(one * one) - mean_one**2 + (blurred(other * other) - mean_other**2)
    covariance = blurred(one * other) - mean_one * mean_other
    contrast = (2.0 * covariance + _CONTRAST) / (variances + _CONTRAST)
    luminance = (2.0 * mean_one * mean_other + _LUMINANCE) / (mean_one**2 + mean_other**2 + _LUMINANCE)
    return float((luminance * contrast).mean()), float(contrast.mean())


@functools.lru_cache(maxsize=64)
def _windows(side: int) -> np.ndarray:
    """float64 [side - window + 1, side]: the Gaussian's weights at every place where it lies within the side."""
    window = min(WINDOW, side)
    weights = np.exp(-((np.arange(window) - (window - 1) / 2.0) ** 2) / (2.0 * _SIGMA**2))
    places = np.arange(side - window + 1)[:, None]
    matrix = np.zeros((len(places), side))
    matrix[places, places + np.arange(window)] = weights / weights.sum()
    return matrix


def _halved(plane: np.ndarray) -> np.ndarray:
    """[H, W] -> [ceil(H / 2), ceil(W / 2)], means of 2 x 2."""
    height, width = plane.shape
    even = np.pad(plane, [(0, height % 2), (0, width % 2)], mode="edge")
    return (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4.0
