"""Polygons whose middle 16x16 of 32x32 pixels is missing, gray, generated: for inpainting.

"images" is the whole picture, "mask" uint8 [N, 32, 32, 1], 255 where pixels are to be filled in, and "is_unique" uint8
[N], whether all corners lie outside of the hole, so that one answer alone is right. The labels count corners, 3 to 6.
`polygon_hole:N` has N rows to train on.
"""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.datasets import polygon_drawing
from compare_gan_tf2.datasets._polygon_columns import SIDE, PolygonColumns

_FROM, _TO = SIDE // 4, SIDE - SIDE // 4


class _Hole(PolygonColumns):
    """Black on white."""

    @property
    def visible_streams(self) -> tuple[str, ...]:
        return ("images", "mask")

    def columns(self, count: int, seed: int) -> dict[str, np.ndarray]:
        polygons, corners = polygon_drawing.drawn(count, seed, SIDE)
        inside = np.logical_and(polygons >= _FROM, polygons < _TO).all(axis=2)
        mask = np.zeros((count, SIDE, SIDE, 1), np.uint8)
        mask[:, _FROM:_TO, _FROM:_TO] = 255
        return {
            "images": polygon_drawing.painted(polygon_drawing.filled(polygons, SIDE), np.zeros(1, int)),
            "mask": mask, "is_unique": (~inside.any(axis=1)).astype(np.uint8), "labels": self.labels(corners),
        }  # fmt: skip


DATASET = _Hole.of("polygon_hole", "Polygons with a hole", channels=1)


def named(argument: str) -> PolygonColumns:
    """The entry of polygon_hole:argument; UserError if that is no number of rows."""
    return _Hole.family(DATASET, argument)
