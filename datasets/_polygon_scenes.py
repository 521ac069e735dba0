"""Scenes of one to four triangles or squares on a gray ground, with a mask for each."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from compare_gan_tf2.datasets import polygon_drawing
from compare_gan_tf2.datasets._polygon_columns import PolygonColumns
from compare_gan_tf2.datasets.polygon_words import regular

MOST = 4
# The scene is a grid of 2 x 2 cells, each of which holds one polygon or none; what follows is a share of a cell's side.
_AREAS, _JITTER = (0.14, 0.24), 0.05
# One for all: instance norm behind the first convolution leaves nothing of a gray, so that no network that begins with
# it could give a scene a ground of its own back.
_GROUND, _DARK = 160, 0


class SceneColumns(PolygonColumns):
    """Black polygons of one kind on gray."""

    @property
    def rules(self) -> frozenset[str]:
        return frozenset({"scenes"})

    @property
    def mask_count(self) -> int:
        return MOST

    @classmethod
    def of(cls, name: str, title: str, *, side: int, **more: Any) -> Self:  # type: ignore[override]
        """An entry of so many pixels a side."""
        counts = tuple(f"{count} polygons" if count > 1 else "1 polygon" for count in range(1, MOST + 1))
        return super().of(
            name, title, channels=1, side=side, version=2, class_names=counts, domains=("triangles", "squares"), **more
        )

    def columns(self, count: int, seed: int) -> dict[str, np.ndarray]:
        side, cell = self.image_shape[0], self.image_shape[0] / 2
        rng = np.random.default_rng([seed, 1])
        numbers = rng.integers(1, MOST + 1, count)
        # Which cells are taken, in random order: the first ones of a permutation.
        cells = rng.permuted(np.tile(np.arange(MOST), (count, 1)), axis=1)
        areas = rng.uniform(*_AREAS, (count, MOST)) * cell**2
        corner = np.stack(np.divmod(cells, 2), axis=2) * cell
        centers = corner + cell / 2 + rng.uniform(-_JITTER, _JITTER, (count, MOST, 2)) * cell
        turns = rng.random((2, count, MOST))
        is_there = np.arange(MOST) < numbers[:, None]
        found: dict[str, np.ndarray] = {"labels": (numbers - 1).astype(np.int32)}
        for part, corners, turn in zip("ab", (3, 4), turns, strict=True):
            polygons = regular(np.full(count * MOST, corners), areas.ravel(), turn.ravel(), centers.reshape(-1, 2))
            coverages = polygon_drawing.filled(polygons, side).reshape(count, MOST, side, side)
            coverages *= is_there[..., None, None].astype(np.uint8)
            # No two polygons have a pixel in common.
            found[part] = polygon_drawing.painted(coverages.sum(axis=1, dtype=np.uint8), np.full(1, _DARK), _GROUND)
            shares = coverages.transpose(0, 2, 3, 1).astype(np.float32) / polygon_drawing.WHOLE
            found[f"{part}/masks"] = np.rint(255 * shares).astype(np.uint8)
        return found | {"images": found["b"]}
