"""Random convex polygons, dark on white: the data set of «Are GANs Created Equal?» (Lucic et al. 2018).

https://arxiv.org/abs/1711.10337, section 5. Coordinates are (row, column) in pixels. Two oddities of the published
generator are kept, because results are compared on its distribution: polygons turn by at most 2 pi degrees rather
than by a full turn, and neighboring vertices can be half the minimum angle apart. `corrected=True` does without them;
it takes as many random numbers, so polygon i of a seed is made of the same draws either way.
"""

from __future__ import annotations

import numpy as np

NUM_VERTICES_MIN = 3
MIN_SEGMENT_ANGLE = 20.0
SCALE = 0.75
RASTER = 28
SUBPIXELS = 8
# The white subpixels of one pixel have to fit uint8.
_SUBPIXELS_MAX = 15
# A chunk's intervals and counts together stay within the second-level cache of common processors.
_CHUNK = 256


def draw_vertices(
    num_vertices: int,
    count: int,
    seed: int,
    min_segment_angle: float = MIN_SEGMENT_ANGLE,
    scale: float = SCALE,
    raster: int = RASTER,
    *,
    corrected: bool = False,
) -> np.ndarray:
    """Draws polygons as the published generator does, in the order of its draws, before its permutation.

    Args:
        num_vertices: vertices n of each polygon, at least 3.
        count: number of polygons N, at least 1.
        seed: seed of NumPy's legacy generator, 0 to 2**32 - 1.
        min_segment_angle: degrees m, 0 to 360 / n; seen from the center of their circle, neighboring vertices are at
            least m / 2 apart, or m if corrected.
        scale: diameter of the circle the vertices lie on, as a share of the raster, 0 to 1.
        raster: side of the image in pixels, at least 2.
        corrected: whether polygons turn by any angle below 360 degrees and keep the whole minimum angle, rather than
            turning by less than 2 pi degrees and keeping half of it.

    Returns:
        float64 [N, n, 2], (row, column) in pixels, each polygon convex, with the mean of its vertices in the center
        of the image and vertices in the order that makes the shoelace area in these coordinates positive.

    Raises:
        ValueError: an argument is out of its range.
    """
    vertices, _ = _draw(num_vertices, count, seed, min_segment_angle, scale, raster, corrected)
    return vertices


def generate(
    num_vertices: int,
    count: int,
    seed: int,
    min_segment_angle: float = MIN_SEGMENT_ANGLE,
    scale: float = SCALE,
    raster: int = RASTER,
    subpixels: int = SUBPIXELS,
    *,
    corrected: bool = False,
) -> np.ndarray:
    """Makes the images of the published generator, in its final, permuted order.

    Args:
        num_vertices: vertices of each polygon, at least 3.
        count: number of images N, at least 1.
        seed: seed of NumPy's legacy generator, 0 to 2**32 - 1.
        min_segment_angle: degrees, see `draw_vertices`.
        scale: diameter of the vertices' circle as a share of the raster, 0 to 1.
        raster: side D of the image in pixels, at least 2.
        subpixels: subpixels r per side of a pixel, 1 to 15.
        corrected: see `draw_vertices`.

    Returns:
        uint8 [N, D, D], the number of white subpixels, 0 to r * r; divided by r * r it is the image in [0, 1].

    Raises:
        ValueError: an argument is out of its range.
    """
    vertices, order = _draw(num_vertices, count, seed, min_segment_angle, scale, raster, corrected)
    return rasterise(vertices[order], raster, subpixels)


def rasterise(vertices: np.ndarray, raster: int = RASTER, subpixels: int = SUBPIXELS) -> np.ndarray:
    """Counts the white subpixels of every pixel, exactly.

    Subpixel (a, b) is the point (a / r, b / r) and is dark inside the polygon. As in the published generator, pixel i
    sums the subpixels r * i - (r - 1) // 2 to r * i + r // 2 of each axis; those with a negative index are white.

    Args:
        vertices: float [N, n, 2], (row, column) in pixels; convex, in either orientation. Polygons may leave the
            image. Others than convex ones give the intersection of their edges' half-planes.
        raster: side D of the image in pixels, at least 2.
        subpixels: subpixels r per side of a pixel, 1 to 15.

    Returns:
        uint8 [N, D, D], 0 (dark) to r * r (white).

    Raises:
        ValueError: an argument is out of its range or vertices has another shape.
    """
    vertices = np.asarray(vertices, np.float64)
    if vertices.ndim != 3 or vertices.shape[1] < NUM_VERTICES_MIN or vertices.shape[2] != 2:
        raise ValueError(f"vertices must have the shape [N, n >= {NUM_VERTICES_MIN}, 2], not {vertices.shape}")
    _check_raster(raster)
    if not 1 <= subpixels <= _SUBPIXELS_MAX:
        raise ValueError(f"subpixels must be in [1, {_SUBPIXELS_MAX}], not {subpixels}")
    counts = np.empty((len(vertices), raster, raster), np.uint8)
    for start in range(0, len(vertices), _CHUNK):
        rows = slice(start, start + _CHUNK)
        counts[rows] = subpixels**2 - _dark_subpixels(vertices[rows] * subpixels, raster, subpixels)
    return counts


def rasterise_union(polygons: np.ndarray, raster: int = RASTER, subpixels: int = SUBPIXELS) -> np.ndarray:
    """Counts the white subpixels of every pixel as `rasterise` does, where an image has several polygons.

    Args:
        polygons: float [N, P, n, 2], (row, column) in pixels; each convex, with an area that is not 0. A subpixel that
            lies in more than one is dark once.
        raster: side D of the image in pixels, at least 2.
        subpixels: subpixels r per side of a pixel, 1 to 15.

    Returns:
        uint8 [N, D, D], 0 (dark) to r * r (white).
    """
    counts = np.empty((len(polygons), raster, raster), np.uint8)
    rows = _subpixel_rows(raster, subpixels)
    for start in range(0, len(polygons), _CHUNK):
        part = polygons[start : start + _CHUNK].astype(np.float64) * subpixels
        ends = [_dark_columns(part[:, number], rows, raster * subpixels) for number in range(part.shape[1])]
        left, right = np.stack([each for each, _ in ends]), np.stack([each for _, each in ends])
        order = np.argsort(left, axis=0, kind="stable")
        left, right = np.take_along_axis(left, order, 0), np.take_along_axis(right, order, 0)
        # What is left of each interval beyond those that begin before it.
        reached = np.maximum.accumulate(right, axis=0)
        left[1:] = np.maximum(left[1:], reached[:-1])
        right = np.maximum(right, left)
        dark = sum(_within_pixels(*each, raster, subpixels) for each in zip(left, right, strict=True))
        counts[start : start + _CHUNK] = subpixels**2 - dark
    return counts


def signed_area(vertices: np.ndarray) -> np.ndarray:
    """The shoelace area of polygons.

    Args:
        vertices: float [..., n, 2], (row, column).

    Returns:
        float [...], in squared units of the vertices; positive where the vertices turn from rows towards columns.
    """
    following = np.roll(vertices, -1, axis=-2)
    return 0.5 * np.sum(vertices[..., 0] * following[..., 1] - vertices[..., 1] * following[..., 0], axis=-1)


def _draw(
    num_vertices: int, count: int, seed: int, min_segment_angle: float, scale: float, raster: int, corrected: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices in the order of the draws, float64 [N, n, 2], and the permutation that follows them, int [N]."""
    if num_vertices < NUM_VERTICES_MIN:
        raise ValueError(f"num_vertices must be at least {NUM_VERTICES_MIN}, not {num_vertices}")
    if count < 1:
        raise ValueError(f"count must be at least 1, not {count}")
    segment = 360.0 / num_vertices
    if not 0.0 <= min_segment_angle <= segment:
        raise ValueError(
            f"min_segment_angle must be in [0, {segment:g}] for {num_vertices} vertices, not {min_segment_angle}"
        )
    if not 0.0 <= scale <= 1.0:
        raise ValueError(f"scale must be in [0, 1], not {scale}")
    _check_raster(raster)

    rng = np.random.RandomState(seed)
    # Row by row this is the published loop's stream: n offsets and one rotation for each polygon.
    uniform = rng.random_sample((count, num_vertices + 1))
    # The published generator leaves half the minimum angle at the beginning of each segment only.
    free = segment - (min_segment_angle if corrected else min_segment_angle / 2)
    offsets = min_segment_angle / 2 + uniform[:, :-1] * free
    angles = np.radians(segment * np.arange(num_vertices) + offsets)
    unit_box = (np.stack([np.cos(angles), np.sin(angles)], axis=-1) + 1) / 2
    # 2 pi degrees: the published generator converts to radians what is in radians already.
    turn = uniform[:, -1] * 2 * np.pi if corrected else np.radians(uniform[:, -1] * 2 * np.pi)
    cos, sin = np.cos(turn), np.sin(turn)
    rotation = np.stack([np.stack([cos, -sin], axis=-1), np.stack([sin, cos], axis=-1)], axis=-2)
    vertices = unit_box @ rotation * (raster * scale)
    vertices += raster / 2 - vertices.mean(axis=1, keepdims=True)
    return vertices, rng.permutation(count)


def _check_raster(raster: int) -> None:
    if raster <= 1:
        raise ValueError(f"raster must be greater than 1, not {raster}")


def _dark_subpixels(vertices: np.ndarray, raster: int, subpixels: int) -> np.ndarray:
    """Dark subpixels of each pixel, int16 [N, raster, raster]; the vertices are in units of subpixels."""
    left, right = _dark_columns(vertices, _subpixel_rows(raster, subpixels), raster * subpixels)
    return _within_pixels(left, right, raster, subpixels)


def _subpixel_rows(raster: int, subpixels: int) -> np.ndarray:
    """Numbers of the rows of subpixels of an image, int [raster * subpixels]."""
    first = -((subpixels - 1) // 2)
    return np.arange(first, first + raster * subpixels)


def _within_pixels(left: np.ndarray, right: np.ndarray, raster: int, subpixels: int) -> np.ndarray:
    """Dark subpixels of each pixel, int16 [N, raster, raster], of intervals as `_dark_columns` gives them."""
    column_starts = _subpixel_rows(raster, subpixels)[::subpixels].astype(np.int16)
    total = np.zeros((len(left), raster, raster), np.int16)
    for line in range(subpixels):
        # The part of [left, right) within each pixel's subpixels is a difference of two clipped distances.
        total += np.clip(right[:, line::subpixels, None] - column_starts, 0, subpixels)
        total -= np.clip(left[:, line::subpixels, None] - column_starts, 0, subpixels)
    return total


def _dark_columns(vertices: np.ndarray, rows: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """The half-open interval of dark columns in every row, two arrays int16 [N, rows], empty ones with equal ends."""
    orientation = np.sign(signed_area(vertices))
    low = np.zeros((len(vertices), len(rows)))
    high = np.full_like(low, side - 1)
    low[:, rows < 0] = side
    following = np.roll(vertices, -1, axis=1)
    for corner in range(vertices.shape[1]):
        start, edge = vertices[:, corner], following[:, corner] - vertices[:, corner]
        rise, run = (orientation[:, None] * edge).T[:, :, None]
        above = rows - start[:, :1]
        # Inside means rise * (column - start) >= run * above.
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = start[:, 1:] + run * above / rise
        level = rise == 0
        np.maximum(low, crossing, out=low, where=rise > 0)
        np.minimum(high, crossing, out=high, where=rise < 0)
        np.copyto(low, side, where=level & (run * above > 0))
    left = np.ceil(low)
    right = np.maximum(np.floor(high) + 1, left)
    return np.clip(left, 0, side).astype(np.int16), np.clip(right, 0, side).astype(np.int16)
