"""Regular polygons with captions, 32x32 color, generated: "a small red triangle, top left".

A caption names one of three sizes, six hues, four shapes and nine places, all drawn uniformly, and every word can be
checked on the picture (`polygon_words`). "captions" are bytes [N], "caption" uint8 [N, 48], their characters, then
zeros, and "words" int32 [N, 4] the numbers of the words. The labels are hue and shape. `polygon_caption:N` has N
rows to train on.
"""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.datasets import polygon_words
from compare_gan_tf2.datasets._captions import characters
from compare_gan_tf2.datasets._polygon_columns import PolygonColumns
from compare_gan_tf2.datasets.polygon_words import HUES, SHAPES, WORDS

_LENGTH = 48


class _Captions(PolygonColumns):
    """In one color on white."""

    @property
    def rules(self) -> frozenset[str]:
        return frozenset({"words"})

    @property
    def visible_streams(self) -> tuple[str, ...]:
        return ("images", "caption")

    @property
    def caption_length(self) -> int:
        return _LENGTH

    @property
    def side(self) -> str:
        return "left"

    def columns(self, count: int, seed: int) -> dict[str, np.ndarray]:
        rng = np.random.default_rng([seed, 1])
        words = np.stack([rng.integers(0, len(each), count) for each in WORDS.values()], axis=1).astype(np.int32)
        images = polygon_words.drawn(words, rng)
        captions = np.array([polygon_words.caption(each).encode() for each in words], f"S{_LENGTH}")
        return {
            "images": images, "captions": captions, "caption": characters(captions, _LENGTH), "words": words,
            "labels": (words[:, 1] * len(SHAPES) + words[:, 2]).astype(np.int32),
        }  # fmt: skip


DATASET = _Captions.of(
    "polygon_caption", "Polygons with captions", channels=3,
    class_names=tuple(f"{hue} {shape}" for hue in HUES for shape in SHAPES),
)  # fmt: skip


def named(argument: str) -> PolygonColumns:
    """The entry of polygon_caption:argument; UserError if that is no number of rows."""
    return _Captions.family(DATASET, argument)
