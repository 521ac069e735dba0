"""What is said of a regular polygon, the picture of it, and the words that a picture deserves.

Words are numbers in the order of `WORDS`: size, hue, shape, place. A picture is judged by rule: its hue by the color
where it is darkest, its size by the area that it covers, its place by its center, and its shape by which polygon of
that center and area, turned, is most like it.
"""

from __future__ import annotations

import functools

import numpy as np

from compare_gan_tf2.datasets import polygon_drawing

SIDE = 32
HUES = tuple(polygon_drawing.HUES)
SHAPES = ("triangle", "square", "pentagon", "hexagon")
WORDS = {
    "size": ("small", "medium", "large"),
    "hue": HUES,
    "shape": SHAPES,
    "place": (
        "top left", "top", "top right", "left", "center", "right", "bottom left", "bottom", "bottom right",
    ),
}  # fmt: skip
# Pixels that polygons of a size cover, and where one size ends and the next begins.
_AREAS = ((24.0, 30.0), (44.0, 54.0), (72.0, 82.0))
_BOUNDS = (37.0, 63.0)
# Centers of places along each axis, how far off a polygon may be, and where one place ends and the next begins.
_CENTERS, _JITTER = (8.3, 15.6, 22.9), 0.5
_EDGES = (11.95, 19.25)
_TURNS = 16


def caption(words: np.ndarray) -> str:
    """What is said of a polygon, whole numbers [4]."""
    size, hue, shape, place = (said[number] for said, number in zip(WORDS.values(), words, strict=True))
    return f"a {size} {hue} {shape}, {place}"


def drawn(words: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pictures uint8 [N, 32, 32, 3] of words int [N, 4]; area, center and turn are drawn within them."""
    low, high = np.array(_AREAS)[words[:, 0]].T
    areas, turns = rng.uniform(low, high), rng.random(len(words))
    place = np.stack([words[:, 3] // 3, words[:, 3] % 3], axis=1)
    centers = np.array(_CENTERS)[place] + rng.uniform(-_JITTER, _JITTER, (len(words), 2))
    coverages = polygon_drawing.filled(regular(words[:, 2] + 3, areas, turns, centers), SIDE)
    return polygon_drawing.painted(coverages, np.array(list(polygon_drawing.HUES.values()))[words[:, 1]])


def regular(corners: np.ndarray, areas: np.ndarray, turns: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Regular polygons float64 [N, 6, 2].

    Args:
        corners: [N], from 3 to 6.
        areas: [N], in pixels.
        turns: [N] in [0, 1), of the angle between two corners.
        centers: [N, 2], (row, column) of the centroids.
    """
    angle = 2 * np.pi / corners
    radius = np.sqrt(2 * areas / (corners * np.sin(angle)))
    number = np.minimum(np.arange(6), corners[:, None] - 1)
    angles = (number + turns[:, None]) * angle[:, None]
    return centers[:, None] + radius[:, None, None] * np.stack([np.sin(angles), np.cos(angles)], axis=-1)


def read(images: np.ndarray) -> np.ndarray:
    """The words int32 [N, 4] that pictures uint8 [N, 32, 32, 3] deserve; -1 for all four where nothing is seen."""
    hue, shares = polygon_drawing.seen(images)
    areas = shares.sum(axis=(1, 2))
    # A pixel is the mean of its subpixels, whose middle this is.
    along = np.arange(SIDE) + 1 / 16
    safe = np.maximum(areas, 1e-9)
    centers = np.stack([(shares.sum(2) @ along) / safe, (shares.sum(1) @ along) / safe], axis=1)
    rows, columns = np.searchsorted(_EDGES, centers.T)
    words = np.stack(
        [np.searchsorted(_BOUNDS, areas), hue, _shapes(shares, areas, centers), 3 * rows + columns], axis=1
    )
    return np.where(areas[:, None] < polygon_drawing.LEAST_INK, -1, words).astype(np.int32)


def _shapes(shares: np.ndarray, areas: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Numbers of the shapes int [N] that are most like shares of pixels [N, 32, 32], each in its best turn."""
    found = np.empty(len(shares), np.int64)
    for row, (share, area, center) in enumerate(zip(shares, areas, centers, strict=True)):
        corners, turns = _candidates()
        count = len(corners)
        made = regular(
            corners, np.full(count, max(area, polygon_drawing.LEAST_INK)), turns, np.broadcast_to(center, (count, 2))
        )
        distances = np.square(polygon_drawing.filled(made, SIDE) / polygon_drawing.WHOLE - share).sum(axis=(1, 2))
        found[row] = corners[distances.argmin()] - 3
    return found


@functools.cache
def _candidates() -> tuple[np.ndarray, np.ndarray]:
    """Every shape in every turn: corners and turns [N]."""
    corners = np.repeat(np.arange(len(SHAPES)) + 3, _TURNS)
    return corners, np.tile(np.arange(_TURNS) / _TURNS, len(SHAPES))
