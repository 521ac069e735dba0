"""Fractal (correlation) dimension of generated images: how the number of neighbors grows with the radius.

Compare Grassberger & Procaccia (1983), whose correlation sum is estimated here from randomly chosen centers.
"""

from __future__ import annotations

import math

import numpy as np

from compare_gan_tf2.metrics import Pair

DEFAULT = False
LOWER_IS_BETTER = False
NEEDS = ("images",)
LEAST_SAMPLES = 10

_CENTRES = 100
_RADII = 1000
# Share of the logarithmic range of counts, to both sides of its middle, that the line is fitted to.
_HALF_WIDTH = 0.1
PROTOCOL = f"{_CENTRES} centres among the first 1,024 images"


def metric(pair: Pair) -> dict[str, float]:
    """{"fractal_dimension": of the first images at most 1,024}; more is more diverse, NaN if the images are all equal.

    Grows with the number of images; only values of equal numbers can be compared.
    """
    points = pair.generated.images.reshape(len(pair.generated.images), -1)
    centers = pair.generator("fractal_dimension").integers(len(points), size=_CENTRES)
    return {"fractal_dimension": fractal_dimension(points, centers)}


def fractal_dimension(points: np.ndarray, centers: np.ndarray) -> float:
    """Slope of ln(pairs closer than r) against ln r, fitted around the middle of the counts; distances in float64.

    Args:
        points: [N, D], of any scale.
        centers: indices into points [K]; may repeat.

    Raises:
        ValueError: for no points or centers, or numbers that are not finite.
    """
    points = np.array(points, np.float64)
    if not points.size or not len(centers):
        raise ValueError("there are no points")
    if not np.isfinite(points).all():
        raise ValueError("points are not finite")
    # Near the origin less of the distances is lost to rounding.
    points -= points[centers[0]]
    distances = np.sort(_distances(points, points[centers]), axis=None)
    apart = distances[distances > 0.0]
    if not len(apart):
        return math.nan
    radii = np.logspace(math.log(apart[0]), math.log(apart[-1]), _RADII, base=math.e)[1:]
    x, y = np.log(radii), np.log(np.searchsorted(distances, radii, side="left"))
    low, high = math.log(len(centers)), math.log(distances.size)
    middle, reach = (low + high) / 2.0, _HALF_WIDTH * (high - low)
    fitted = slice(np.argmax(y > middle - reach), np.argmax(y > middle + reach))
    x, y = x[fitted], y[fitted]
    if len(x) < 2 or x[0] == x[-1]:
        return math.nan
    x = x - x.mean()
    return float(x @ y / (x @ x))


def _distances(points: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Euclidean distances [N, K]; of equal vectors exactly 0."""
    of_points, of_centres = (np.einsum("nd,nd->n", rows, rows) for rows in (points, centers))
    scale = of_points[:, None] + of_centres
    squares = scale - 2.0 * (points @ centers.T)
    # The difference of near-equal numbers is mostly rounding, and the least distance matters.
    for point, center in np.argwhere(squares < 1e-6 * scale):
        difference = points[point] - centers[center]
        squares[point, center] = difference @ difference
    return np.sqrt(np.maximum(squares, 0.0))
