"""Polygons in six domains, red, green or blue, filled or outlined, 32x32 color, generated; labels are domains.

The column "attributes" has float32 [N, 4], red, green, blue and outline, of which the first three exclude each other;
"domains" has the row's polygon in every domain, uint8 [N, 6, 32, 32, 3], in the order of the labels: what a translation
should be. `polygon_domains:N` has N rows to train on.
"""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.datasets import polygon_drawing
from compare_gan_tf2.datasets._polygon_columns import SIDE, PolygonColumns

_HUES = ("red", "green", "blue")
_STYLES = ("filled", "outline")


class _Domains(PolygonColumns):
    """Three hues times two styles, on white."""

    @property
    def rules(self) -> frozenset[str]:
        return frozenset({"domains"})

    @property
    def truth_of_labels(self) -> str:
        return "domains"

    @property
    def attribute_names(self) -> tuple[str, ...]:
        return (*_HUES, _STYLES[1])

    @property
    def exclusive_attributes(self) -> tuple[tuple[str, ...], ...]:
        return (_HUES,)

    def columns(self, count: int, seed: int) -> dict[str, np.ndarray]:
        polygons, _ = polygon_drawing.drawn(count, seed, SIDE)
        labels = np.random.default_rng([seed, 1]).integers(0, len(_HUES) * len(_STYLES), count)
        drawings = [draw(polygons, SIDE) for draw in (polygon_drawing.filled, polygon_drawing.outlined)]
        colors = [np.array(polygon_drawing.HUES[hue]) for hue in _HUES]
        domains = np.stack([polygon_drawing.painted(each, color) for color in colors for each in drawings], axis=1)
        hue, style = np.divmod(labels, len(_STYLES))
        attributes = np.concatenate([np.eye(len(_HUES))[hue], style[:, None]], axis=1)
        return {
            "images": domains[np.arange(count), labels], "domains": domains, "labels": labels.astype(np.int32),
            "attributes": attributes.astype(np.float32),
        }  # fmt: skip


DATASET = _Domains.of(
    "polygon_domains", "Polygons in six domains", channels=3,
    class_names=tuple(f"{hue} {style}" for hue in _HUES for style in _STYLES),
)  # fmt: skip


def named(argument: str) -> PolygonColumns:
    """The entry of polygon_domains:argument; UserError if that is no number of rows."""
    return _Domains.family(DATASET, argument)
