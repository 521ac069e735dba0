"""Outlines of random convex polygons, and the filled polygons, 32x32 gray, generated: pairs, or unpaired sets.

Pairs are the columns "input" (outline) and "target" (filled). The parts a (outlines) and b (filled polygons) have no
polygon in common in training, and show the same ones, in the same order, in the test split. Polygons have 3 to 6
corners, which are the labels. `polygon_outline:N` has N rows to train on.
"""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.datasets import polygon_drawing
from compare_gan_tf2.datasets._polygon_columns import SIDE, PolygonColumns


class _Outlines(PolygonColumns):
    """Black on white."""

    def columns(self, count: int, seed: int) -> dict[str, np.ndarray]:
        polygons, corners = polygon_drawing.drawn(count, seed, SIDE)
        outlines, filled = (
            polygon_drawing.painted(draw(polygons, SIDE), np.zeros(1, int))
            for draw in (polygon_drawing.outlined, polygon_drawing.filled)
        )
        labels = self.labels(corners)
        return {"images": filled, "input": outlines, "target": filled, "a": outlines, "b": filled, "labels": labels}


DATASET = _Outlines.of(
    "polygon_outline", "Outlines and filled polygons", channels=1, has_pairs=True, domains=("outlines", "filled")
)


def named(argument: str) -> PolygonColumns:
    """The entry of polygon_outline:argument; UserError if that is no number of rows."""
    return _Outlines.family(DATASET, argument)
