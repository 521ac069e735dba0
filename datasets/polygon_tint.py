"""Outlines of polygons, and the polygons filled with one of six hues, 32x32 color, generated: many right answers.

Pairs are the columns "input" (black outline) and "target" (filled); the hue, drawn uniformly, is the label. The parts a
(outlines) and b (filled polygons) have no polygon in common in training, and the same ones in the test split.
`polygon_tint:N` has N rows to train on.
"""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.datasets import polygon_drawing
from compare_gan_tf2.datasets._polygon_columns import SIDE, PolygonColumns
from compare_gan_tf2.datasets.polygon_drawing import HUES


class _Tints(PolygonColumns):
    """Outlines in black, filled polygons in a hue, on white."""

    @property
    def rules(self) -> frozenset[str]:
        return frozenset({"hues"})

    def columns(self, count: int, seed: int) -> dict[str, np.ndarray]:
        polygons, _ = polygon_drawing.drawn(count, seed, SIDE)
        hues = np.random.default_rng([seed, 1]).integers(0, len(HUES), count)
        outlines = polygon_drawing.painted(polygon_drawing.outlined(polygons, SIDE), np.zeros(3, int))
        coverages, colors = polygon_drawing.filled(polygons, SIDE), np.array(list(HUES.values()))
        filled = polygon_drawing.painted(coverages, colors[hues])
        return {
            "images": filled, "input": outlines, "target": filled, "a": outlines, "b": filled,
            "labels": hues.astype(np.int32),
        }  # fmt: skip


DATASET = _Tints.of(
    "polygon_tint", "Polygons in one of six hues", channels=3, class_names=tuple(HUES), has_pairs=True,
    domains=("outlines", "tinted"), labeled_parts=("b",),
)  # fmt: skip


def named(argument: str) -> PolygonColumns:
    """The entry of polygon_tint:argument; UserError if that is no number of rows."""
    return _Tints.family(DATASET, argument)
