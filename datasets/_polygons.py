"""Data sets of convex polygons, generated locally."""

from __future__ import annotations

import dataclasses
import pathlib

import numpy as np

from compare_gan_tf2.datasets import polygon_geometry
from compare_gan_tf2.datasets._stored import StoredDataset
from compare_gan_tf2.errors import UserError

_EVALUATED = 10000
# Rows of the generated stream, as the paper split them.
SPLITS = {"train": (0, 60000), "test": (60000, 60000 + _EVALUATED), "validation": (70000, 80000)}
# More corners than that cannot all be the smallest angle apart.
MOST_CORNERS = int(360 // polygon_geometry.MIN_SEGMENT_ANGLE)
_NUMBER = 80000
_SEED = 0
# Of a prepared set; a little less for triangles, a little more for many corners.
_PREPARED_BYTES = 9_000_000


@dataclasses.dataclass(frozen=True)
class PolygonDataset(StoredDataset):
    """Polygons with the given numbers of corners in equal shares, stored as <root>/convex_polygons/<name>.npz.

    Attributes:
        corners: how many corners there are, in rising order.
        corrected: whether they turn all round and keep the whole smallest angle, which the published ones do not.
    """

    corners: tuple[int, ...] = ()
    corrected: bool = False

    @classmethod
    def of(cls, name: str, title: str, corners: tuple[int, ...], *, corrected: bool = False) -> PolygonDataset:
        """An entry; a set of one kind of polygon has no classes and a known manifold."""
        several = len(corners) > 1
        return cls(
            name=name,
            title=title,
            image_shape=(28, 28, 1),
            class_names=tuple(f"{count} corners" for count in corners) if several else (),
            evaluation_samples=_EVALUATED,
            evaluation_images=_EVALUATED,
            licence="generated; free of rights",
            classifier="polygons_corrected" if corrected else "polygons",
            largest_value=polygon_geometry.SUBPIXELS**2,
            polygon_vertices=None if several else corners[0],
            prepared_bytes=_PREPARED_BYTES,
            corners=corners,
            corrected=corrected,
        )

    @classmethod
    def family(cls, name: str, argument: str, *, corrected: bool = False) -> PolygonDataset:
        """The entry «name:argument» of polygons with so many corners; UserError if there can be none."""
        number = int(argument) if argument.isdecimal() and argument.isascii() and len(argument) < 4 else 0
        if not polygon_geometry.NUM_VERTICES_MIN <= number <= MOST_CORNERS or argument != str(number):
            raise UserError(
                f"data set '{name}:{argument}': the number of corners is from {polygon_geometry.NUM_VERTICES_MIN} to "
                f"{MOST_CORNERS} (corners are {polygon_geometry.MIN_SEGMENT_ANGLE:g} degrees apart); for example "
                f"{name}:7"
            )
        kind = "Corrected convex" if corrected else "Convex"
        return cls.of(f"{name}:{number}", f"{kind} polygons of {number} corners", (number,), corrected=corrected)

    def files(self, root: pathlib.Path) -> dict[pathlib.Path, str]:
        return {root / "convex_polygons" / f"{self.name.replace(':', '_')}.npz": ""}

    def arrays(self, split: str, root: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
        (path,) = self.files(root)
        images, corners = self.stored(path, root, "x", "y")
        chosen = slice(*SPLITS[split])
        images, corners = images[chosen], corners[chosen]
        labels = np.searchsorted(self.corners, corners) if self.num_classes else np.full(len(corners), -1)
        return images[..., None], labels.astype(np.int32)

    def make(self, split: str, root: pathlib.Path) -> dict[str, np.ndarray]:
        """x uint8 [N, 28, 28], white subpixels, and y int8 [N], corners; all splits in one."""
        del split, root
        share = _NUMBER // len(self.corners)
        images = np.concatenate(
            [
                polygon_geometry.generate(n, share, seed=_SEED + i, corrected=self.corrected)
                for i, n in enumerate(self.corners)
            ]
        )
        corners = np.repeat(np.asarray(self.corners, np.int8), share)
        if len(self.corners) > 1:
            order = np.random.default_rng(_SEED).permutation(_NUMBER)
            images, corners = images[order], corners[order]
        return {"x": images, "y": corners}
