"""Polygons of several numbers of corners in one array, drawn filled, as outlines, and in colors.

Polygons are float64 [N, 6, 2], (row, column) in pixels: one of fewer corners repeats its last one, which leaves its
shape as it is. Coverages are uint8 [N, D, D], dark subpixels of a pixel's 64; pictures are uint8, 255 is white.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from compare_gan_tf2.datasets import polygon_geometry

CORNERS = (3, 4, 5, 6)
WHOLE = polygon_geometry.SUBPIXELS**2
LINE_WIDTH = 1.5
# Names of the colors that polygons are drawn in, and what is stored of each.
HUES = {
    "red": (220, 40, 40),
    "yellow": (220, 200, 40),
    "green": (40, 180, 60),
    "cyan": (40, 190, 200),
    "blue": (50, 70, 220),
    "magenta": (200, 50, 190),
}
WHITE = 255
_MOST = max(CORNERS)
# A picture with less ink, in pixels, shows nothing.
LEAST_INK = 6.0


def drawn(count: int, seed: int, raster: int) -> tuple[np.ndarray, np.ndarray]:
    """Random convex polygons of 3 to 6 corners in equal shares, as the published generator draws them, shuffled.

    Returns:
        Polygons float64 [count, 6, 2], and their numbers of corners int32 [count].
    """
    share = -(-count // len(CORNERS))
    parts = [
        padded(polygon_geometry.draw_vertices(corners, share, seed=len(CORNERS) * seed + number, raster=raster))
        for number, corners in enumerate(CORNERS)
    ]
    order = np.random.default_rng(seed).permutation(share * len(CORNERS))[:count]
    return np.concatenate(parts)[order], np.repeat(np.asarray(CORNERS, np.int32), share)[order]


def padded(vertices: np.ndarray) -> np.ndarray:
    """Polygons [N, n, 2] of up to 6 corners -> [N, 6, 2]."""
    missing = _MOST - vertices.shape[1]
    return np.concatenate([vertices, np.repeat(vertices[:, -1:], missing, axis=1)], axis=1)


def filled(polygons: np.ndarray, raster: int) -> np.ndarray:
    """Coverages of polygons."""
    return WHOLE - polygon_geometry.rasterise(polygons, raster)


def outlined(polygons: np.ndarray, raster: int, width: float = LINE_WIDTH) -> np.ndarray:
    """Coverages of polygons' edges, so many pixels thick, with square ends, so that corners are closed."""
    edge = np.roll(polygons, -1, axis=1) - polygons
    length = np.linalg.norm(edge, axis=2, keepdims=True)
    # An edge between two equal corners is replaced by the first one, which every polygon has.
    start = np.where(length > 0, polygons, polygons[:, :1])
    edge = np.where(length > 0, edge, edge[:, :1])
    along = edge / np.linalg.norm(edge, axis=2, keepdims=True) * (width / 2)
    across = along[..., ::-1] * (1, -1)
    ends = start - along, start + edge + along
    rectangles = np.stack([ends[0] - across, ends[0] + across, ends[1] + across, ends[1] - across], axis=2)
    return WHOLE - polygon_geometry.rasterise_union(rectangles, raster)


def painted(coverages: np.ndarray, colors: np.ndarray, ground: np.ndarray | int = WHITE) -> np.ndarray:
    """Pictures uint8 [N, D, D, C] of coverages in one color each, laid on a ground.

    Args:
        coverages: uint8 [N, D, D].
        colors: whole numbers [N, C] or [C].
        ground: one gray, a color of each [N, 1, 1, C], or pictures [N, D, D, C].
    """
    share = coverages[..., None].astype(np.float32) / WHOLE
    color = np.broadcast_to(colors, (len(coverages), np.shape(colors)[-1])).astype(np.float32)[:, None, None]
    return np.rint(color * share + np.asarray(ground, np.float32) * (1 - share)).astype(np.uint8)


def seen(images: np.ndarray, hues: Sequence[str] = tuple(HUES)) -> tuple[np.ndarray, np.ndarray]:
    """What pictures on white show, by rule: the nearest of some hues, and how much of it is in every pixel.

    Args:
        images: uint8 [N, D, D, 3].
        hues: names, of `HUES`.

    Returns:
        Numbers of the hues int64 [N], whose color is nearest to the mean of what is not white, weighted with the square
        of how dark it is, and shares float64 [N, D, D] in [0, 1], of a pixel in that hue.
    """
    ink = WHITE - images.astype(np.float64)
    colors = WHITE - np.array([HUES[hue] for hue in hues], np.float64)
    flat = ink.reshape(len(ink), -1, 3)
    weight = np.square(flat.sum(-1, keepdims=True))
    mean = (flat * weight).sum(1) / np.maximum(weight.sum(1), 1e-9)
    found = np.square(mean[:, None] - colors).sum(-1).argmin(1)
    full = colors[found]
    shares = (ink * full[:, None, None]).sum(-1) / np.square(full).sum(-1)[:, None, None]
    return found, np.clip(shares, 0.0, 1.0)


def filled_share(shares: np.ndarray) -> np.ndarray:
    """How much of what lies between the first and the last pixel of a color, row by row, has it: float64 [N] in [0, 1].

    Near 1 of filled convex polygons and less of outlines, but for those so thin that their edges touch.

    Args:
        shares: [N, D, D] in [0, 1].
    """
    is_ink = shares > 0.5
    spans = np.maximum.accumulate(is_ink, axis=2) & np.maximum.accumulate(is_ink[..., ::-1], axis=2)[..., ::-1]
    inside: np.ndarray = (shares * spans).sum(axis=(1, 2)) / np.maximum(spans.sum(axis=(1, 2)), 1)
    return inside
