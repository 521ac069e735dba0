"""White polygons on black (a) and on a texture (b), 32x32 color, generated: for domain adaptation.

A picture of b is the absolute difference of a smooth random texture and a polygon, so that the texture is inverted
where the polygon is, as digits of MNIST-M are on photographs. Labels of both are the corners, 3 to 6; those of b are
to be compared with only. `polygon_on_photo:N` has N rows to train on; digits on photographs are `mnist_m_cifar`.
"""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.datasets import polygon_drawing
from compare_gan_tf2.datasets._polygon_columns import SIDE, PolygonColumns

# Sides of the grids of random colors that a texture is the sum of, and the weight of each; and how much the sum's
# distance from gray is enlarged: at gray, a texture and its inverse are alike.
_GRIDS = ((2, 1.0), (4, 0.7), (8, 0.4))
_CONTRAST = 2.5


class _OnTextures(PolygonColumns):
    """The same colors for all corners: nothing but the shape tells them apart."""

    def columns(self, count: int, seed: int) -> dict[str, np.ndarray]:
        polygons, corners = polygon_drawing.drawn(count, seed, SIDE)
        source = polygon_drawing.painted(polygon_drawing.filled(polygons, SIDE), np.full(3, 255), ground=0)
        textures = smooth_textures(count, np.random.default_rng([seed, 1]))
        target = np.abs(textures.astype(np.int16) - source).astype(np.uint8)
        return {"images": target, "a": source, "b": target, "labels": self.labels(corners)}


def smooth_textures(count: int, rng: np.random.Generator) -> np.ndarray:
    """Random pictures uint8 [N, 32, 32, 3] whose colors change slowly: grids of random colors, enlarged and added."""
    total = np.zeros((count, SIDE, SIDE, 3), np.float32)
    for side, weight in _GRIDS:
        grid = rng.random((count, side + 1, side + 1, 3), np.float32)
        place = np.linspace(0, side, SIDE, endpoint=False, dtype=np.float32)
        first, share = place.astype(int), (place % 1)
        rows = grid[:, first] * (1 - share)[:, None, None] + grid[:, first + 1] * share[:, None, None]
        total += weight * (rows[:, :, first] * (1 - share)[:, None] + rows[:, :, first + 1] * share[:, None])
    shares = 0.5 + _CONTRAST * (total / sum(weight for _, weight in _GRIDS) - 0.5)
    return np.rint(255 * np.clip(shares, 0, 1)).astype(np.uint8)


DATASET = _OnTextures.of(
    "polygon_on_photo", "Polygons on black and on textures", channels=3,
    domains=("polygons on black", "polygons on textures"), partners=False,
)  # fmt: skip


def named(argument: str) -> PolygonColumns:
    """The entry of polygon_on_photo:argument; UserError if that is no number of rows."""
    return _OnTextures.family(DATASET, argument)
