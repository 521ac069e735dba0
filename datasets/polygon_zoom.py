"""Polygons at 64x64 and at 16x16 pixels, gray, generated: for super-resolution by a factor of four.

"images" is the large picture, "lr" the small one, uint8 [N, 16, 16, 1]: the mean of every 4x4 pixels, rounded; labels
count corners. `polygon_zoom:N` has N rows to train on.
"""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.datasets import polygon_drawing
from compare_gan_tf2.datasets._polygon_columns import PolygonColumns

_SIDE, _FACTOR = 64, 4


class _Zoom(PolygonColumns):
    """Black on white."""

    @property
    def visible_streams(self) -> tuple[str, ...]:
        return ("images", "lr")

    def column_shape(self, column: str) -> tuple[int, int, int]:
        return (_SIDE // _FACTOR, _SIDE // _FACTOR, 1) if column == "lr" else self.image_shape

    def columns(self, count: int, seed: int) -> dict[str, np.ndarray]:
        polygons, corners = polygon_drawing.drawn(count, seed, _SIDE)
        images = polygon_drawing.painted(polygon_drawing.filled(polygons, _SIDE), np.zeros(1, int))
        return {"images": images, "lr": block_means(images, _FACTOR), "labels": self.labels(corners)}


def block_means(images: np.ndarray, factor: int) -> np.ndarray:
    """Images uint8 [N, H, W, C] -> the means of every factor x factor pixels, rounded, uint8 [N, H/f, W/f, C]."""
    count, height, width, channels = images.shape
    blocks = images.reshape(count, height // factor, factor, width // factor, factor, channels)
    return np.rint(blocks.mean(axis=(2, 4), dtype=np.float32)).astype(np.uint8)


DATASET = _Zoom.of("polygon_zoom", "Polygons, large and small", channels=1, side=_SIDE)


def named(argument: str) -> PolygonColumns:
    """The entry of polygon_zoom:argument; UserError if that is no number of rows."""
    return _Zoom.family(DATASET, argument)
