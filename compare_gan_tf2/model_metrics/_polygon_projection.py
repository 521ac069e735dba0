"""Projection of images on the manifold of convex polygons (Lucic et al. 2018, https://arxiv.org/abs/1711.10337).

The manifold has free vertices: every convex polygon inside the image whose area is at least `AREA_MIN`. Without that
floor an all-white image would be a polygon. Each image starts from its nearest neighbor in a bank of polygons and
then follows Levenberg-Marquardt steps on a smooth model of the raster; the raster itself, a step function of the
vertices, judges the result.
"""

from __future__ import annotations

import functools

import numpy as np

from compare_gan_tf2.datasets import polygon_geometry

BANK_SIZE = 20_000
STEPS = 12
# Squared pixels.
AREA_MIN = 5.0
# Pixels a vertex may move in one step.
STEP_MAX = 2.0
DAMPING_START = 1e-2
# After a success and after a failure.
DAMPING_FACTORS = (0.2, 5.0)
# Keeps the equations solvable where a vertex has no influence on the image.
DIAGONAL_MIN = 1e-3

_SIDE = polygon_geometry.RASTER
_PIXELS = _SIDE * _SIDE
# One chunk's working set stays within the second-level cache of common processors.
_CHUNK = 32
_BANK_CHUNK = 2_000
# Pixel i of the raster averages subpixels 8 i - 3 to 8 i + 4, so its center lies at i + 1/16; the model samples a
# 2 x 2 grid around it, and an edge fades over the width of one of the four cells.
_CENTRES = np.arange(_SIDE, dtype=np.float32) + np.float32(0.5 / polygon_geometry.SUBPIXELS)
_CELL = np.float32(0.5)
_CELL_OFFSETS = [(rows, columns) for rows in (-_CELL / 2, _CELL / 2) for columns in (-_CELL / 2, _CELL / 2)]


def distances(images: np.ndarray, num_vertices: int, seed: int, *, turned: bool = False) -> np.ndarray:
    """Squared L2 distances of images to the manifold of convex polygons.

    An upper bound, as of every local search; exact rasters of random polygons come out below 0.05.

    Args:
        images: float [N, 28, 28] or [N, 28, 28, 1] in [0, 1], dark polygons on white.
        num_vertices: vertices n of the manifold's polygons, at least 3.
        seed: seed of the bank of starts, 0 to 2**32 - 1.
        turned: whether the bank has polygons turned all round, for images of such; the published data hardly turn, and
            a descent does not turn a polygon far.

    Returns:
        float64 [N], at least 0; measured on the exact raster and never above that of the nearest polygon in the bank.
        NaN for images that hold one.

    Raises:
        ValueError: images has another shape, or num_vertices is below 3.
    """
    images = np.asarray(images, np.float32)
    if images.shape[1:] not in ((_SIDE, _SIDE), (_SIDE, _SIDE, 1)):
        raise ValueError(
            f"images must have the shape [N, {_SIDE}, {_SIDE}] or [N, {_SIDE}, {_SIDE}, 1], not {images.shape}"
        )
    darkness = 1 - images.reshape(-1, _PIXELS)
    starts = _nearest_in_bank(darkness, num_vertices, seed, turned)
    ends = np.empty_like(starts)
    for first in range(0, len(images), _CHUNK):
        rows = slice(first, first + _CHUNK)
        ends[rows] = _descend(starts[rows], darkness[rows])
    return np.minimum(_raster_distances(starts, darkness), _raster_distances(ends, darkness))


def _raster_distances(vertices: np.ndarray, darkness: np.ndarray) -> np.ndarray:
    """Squared distances between exact rasters and images, float64 [N]."""
    difference = _raster_darkness(vertices).astype(np.float64) - darkness
    return np.sum(difference**2, axis=1)


def _raster_darkness(vertices: np.ndarray) -> np.ndarray:
    """The exact raster as float32 [N, 784], 1 where it is dark."""
    return _darkness(polygon_geometry.rasterise(vertices))


def _darkness(white: np.ndarray) -> np.ndarray:
    """Darkness float32 [N, 784] of rasters [N, 28, 28] that count white subpixels."""
    return 1 - white.reshape(len(white), _PIXELS).astype(np.float32) / polygon_geometry.SUBPIXELS**2


@functools.lru_cache(maxsize=2)
def _bank(count: int, num_vertices: int, seed: int, turned: bool) -> tuple[np.ndarray, np.ndarray]:
    """Random polygons, float64 [count, n, 2], and their exact rasters, kept from one checkpoint to the next."""
    segment_angle = min(polygon_geometry.MIN_SEGMENT_ANGLE, 360.0 / max(num_vertices, 1))
    bank = polygon_geometry.draw_vertices(num_vertices, count, seed, segment_angle, corrected=turned)
    parts = [bank[first : first + _BANK_CHUNK] for first in range(0, count, _BANK_CHUNK)]
    return bank, np.concatenate([polygon_geometry.rasterise(part) for part in parts])


def _nearest_in_bank(darkness: np.ndarray, num_vertices: int, seed: int, turned: bool = False) -> np.ndarray:
    """For each image the vertices of the nearest of `BANK_SIZE` random polygons, float64 [N, n, 2]."""
    bank, rasters = _bank(BANK_SIZE, num_vertices, seed, turned)
    nearest = np.zeros(len(darkness), np.int64)
    best = np.full(len(darkness), np.inf, np.float32)
    for first in range(0, BANK_SIZE, _BANK_CHUNK):
        candidates = _darkness(rasters[first : first + _BANK_CHUNK])
        # The image's own norm is the same for every candidate.
        scores = np.sum(candidates**2, axis=1) - 2 * darkness @ candidates.T
        winners = np.argmin(scores, axis=1)
        scores = np.take_along_axis(scores, winners[:, None], axis=1)[:, 0]
        better = scores < best
        nearest[better] = first + winners[better]
        best[better] = scores[better]
    return bank[nearest]


def _descend(vertices: np.ndarray, darkness: np.ndarray) -> np.ndarray:
    """Levenberg-Marquardt (Marquardt 1963) from valid vertices, float64 [B, n, 2], to valid ones no worse."""
    count, corners, _ = vertices.shape
    unknowns = 2 * corners
    identity = np.eye(unknowns)
    damping = np.full(count, DAMPING_START)
    current = vertices.copy()
    cost, gradient, curvature = _normal_equations(current, darkness)
    for _ in range(STEPS):
        scale = (curvature + DIAGONAL_MIN) * identity
        step = np.linalg.solve(curvature + damping[:, None, None] * scale, -gradient[..., None])
        step = step.reshape(count, corners, 2)
        longest = np.sqrt(np.max(np.sum(step**2, axis=-1), axis=1))
        step *= np.minimum(1, STEP_MAX / np.maximum(longest, STEP_MAX))[:, None, None]
        candidate = np.clip(current + step, 0, _SIDE)
        candidate_cost, candidate_gradient, candidate_curvature = _normal_equations(candidate, darkness)
        better = _valid(candidate) & (candidate_cost < cost)
        current[better], cost[better] = candidate[better], candidate_cost[better]
        gradient[better], curvature[better] = candidate_gradient[better], candidate_curvature[better]
        damping *= np.where(better, *DAMPING_FACTORS)
    return current


def _valid(vertices: np.ndarray) -> np.ndarray:
    """Whether polygons are convex, positively oriented and large enough, bool [B]."""
    edges = np.roll(vertices, -1, axis=1) - vertices
    following = np.roll(edges, -1, axis=1)
    turns = edges[..., 0] * following[..., 1] - edges[..., 1] * following[..., 0]
    return np.all(turns > 0, axis=1) & (polygon_geometry.signed_area(vertices) >= AREA_MIN)


def _normal_equations(vertices: np.ndarray, darkness: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Half the squared error, float64 [B], its gradient [B, 2 n] and Gauss-Newton matrix [B, 2 n, 2 n]."""
    model, jacobian = smooth_raster(vertices)
    residual = model - darkness
    cost = 0.5 * np.einsum("bp,bp->b", residual, residual)
    gradient = (jacobian @ residual[..., None])[..., 0]
    curvature = jacobian @ jacobian.transpose(0, 2, 1)
    return cost.astype(np.float64), gradient.astype(np.float64), curvature.astype(np.float64)


def smooth_raster(vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A raster that is differentiable in the vertices: the product of the edges' anti-aliased half-planes.

    Args:
        vertices: float [B, n, 2], (row, column), positively oriented.

    Returns:
        The darkness, float32 [B, 784] in [0, 1], and its derivatives by the flattened vertices, float32 [B, 2 n, 784].
    """
    count, corners, _ = vertices.shape
    edges = np.roll(vertices, -1, axis=1) - vertices
    lengths = np.maximum(np.linalg.norm(edges, axis=-1, keepdims=True), 1e-6)
    tangents = edges / lengths
    # Inward, because the orientation is positive.
    normals = np.stack([-tangents[..., 1], tangents[..., 0]], axis=-1)
    # Distance from each edge's line, in cells, and position along the edge, 0 at its first vertex and 1 at its second.
    depth, depth_slopes = _affine(normals / _CELL, vertices)
    along, along_slopes = _affine(tangents / lengths, vertices)
    depth += 0.5

    model = np.zeros((count, _PIXELS), np.float32)
    # Derivatives of the darkness by each edge's depth, and the same weighted by the position along the edge.
    pull = np.zeros((corners, count, _PIXELS), np.float32)
    pull_along = np.zeros_like(pull)
    for offset in _CELL_OFFSETS:
        raw = depth + depth_slopes @ offset
        halves = np.clip(raw, 0, 1)
        position = along + along_slopes @ offset
        others = _products_of_others(halves)
        model += others[0] * halves[0]
        others *= halves == raw
        pull += others
        others *= position
        pull_along += others
    model /= len(_CELL_OFFSETS)

    jacobian = np.empty((count, corners, 2, _PIXELS), np.float32)
    # A vertex moves its edge's line by the share of the way from the edge's other end.
    by_first, by_second = pull_along - pull, np.roll(-pull_along, 1, axis=0)
    gains = (normals / (_CELL * len(_CELL_OFFSETS))).astype(np.float32)
    for corner in range(corners):
        for axis in range(2):
            jacobian[:, corner, axis] = by_first[corner] * gains[:, corner, axis, None]
            jacobian[:, corner, axis] += by_second[corner] * gains[:, corner - 1, axis, None]
    return model, jacobian.reshape(count, 2 * corners, _PIXELS)


def _affine(directions: np.ndarray, origins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """direction . (pixel - origin) of each edge at pixels' centers, float32 [n, B, 784]; its slopes [n, B, 1, 2]."""
    slopes = directions.astype(np.float32).transpose(1, 0, 2)[:, :, None]
    constants = -np.sum(directions * origins, axis=-1).astype(np.float32).T
    rows = slopes[..., 0] * _CENTRES + constants[..., None]
    columns = slopes[..., 1] * _CENTRES
    return (rows[..., :, None] + columns[..., None, :]).reshape(*constants.shape, _PIXELS), slopes


def _products_of_others(factors: np.ndarray) -> np.ndarray:
    """For each of the n factors on the first axis the product of all others, without dividing."""
    products = np.ones_like(factors)
    before, after = np.ones_like(factors[0]), np.ones_like(factors[0])
    for index in range(1, len(factors)):
        before *= factors[index - 1]
        products[index] *= before
        after *= factors[-index]
        products[-1 - index] *= after
    return products
