"""Data sets of convex polygons, generated locally."""

from __future__ import annotations

import dataclasses
import pathlib
import zipfile
import zlib

import numpy as np

from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file

# Rows of the generated stream, as the paper split them.
SPLITS = {"train": (0, 60000), "test": (60000, 70000), "validation": (70000, 80000)}
_NUMBER = 80000
_SEED = 0


@dataclasses.dataclass(frozen=True)
class PolygonDataset(Dataset):
    """Polygons with the given numbers of corners in equal shares, stored as <root>/convex_polygons/<name>.npz."""

    corners: tuple[int, ...] = ()

    @classmethod
    def of(cls, name: str, title: str, corners: tuple[int, ...]) -> PolygonDataset:
        """An entry; a set of one kind of polygon has no classes and a known manifold."""
        several = len(corners) > 1
        return cls(
            name=name,
            title=title,
            image_shape=(28, 28, 1),
            class_names=tuple(f"{count} corners" for count in corners) if several else (),
            evaluation_samples=10000,
            evaluation_images=SPLITS["test"][1] - SPLITS["test"][0],
            licence="generated; free of rights",
            classifier="polygons",
            largest_value=64,
            polygon_vertices=None if several else corners[0],
            corners=corners,
        )

    def _file(self, root: pathlib.Path) -> pathlib.Path:
        return root / "convex_polygons" / f"{self.name}.npz"

    def is_prepared(self, root: pathlib.Path) -> bool:
        return self._file(root).is_file()

    def read(self, split: str, root: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
        if not self.is_prepared(root):
            raise UserError(self.how_to_prepare(root))
        first, last = SPLITS[split]
        try:
            with np.load(self._file(root)) as arrays:
                images, corners = arrays["x"][first:last], arrays["y"][first:last]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise UserError(self._damaged(root, error)) from error
        labels = np.searchsorted(self.corners, corners) if self.num_classes else np.full(len(corners), -1)
        return images[..., None], labels.astype(np.int32)

    def fingerprint(self, root: pathlib.Path) -> str:
        if not self.is_prepared(root):
            raise UserError(self.how_to_prepare(root))
        try:
            with zipfile.ZipFile(self._file(root)) as archive:
                return " ".join(f"{entry.filename}:{entry.CRC:08x}" for entry in archive.infolist())
        except (OSError, zipfile.BadZipFile) as error:
            raise UserError(self._damaged(root, error)) from error

    def _damaged(self, root: pathlib.Path, error: Exception) -> str:
        return (
            f"{self._file(root)} cannot be read ({error}); delete it and run: "
            f"prepare_datasets.sh {self.name} --dataset_root {root}"
        )

    def prepare(self, root: pathlib.Path) -> None:
        from compare_gan_tf2 import polygons

        if self.is_prepared(root):
            return
        share = _NUMBER // len(self.corners)
        images = np.concatenate([polygons.generate(n, share, seed=_SEED + i) for i, n in enumerate(self.corners)])
        corners = np.repeat(np.asarray(self.corners, np.int8), share)
        if len(self.corners) > 1:
            order = np.random.default_rng(_SEED).permutation(_NUMBER)
            images, corners = images[order], corners[order]
        with replace_file(self._file(root)) as file:
            np.savez_compressed(file, x=images, y=corners)
