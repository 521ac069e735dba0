"""A data set with the vectors of its captions beside it, from a file of the user's: option text_vectors."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import pathlib
from collections.abc import Collection, Mapping
from typing import NoReturn

import numpy as np

from compare_gan_tf2 import npz
from compare_gan_tf2.datasets._beside import BesideDataset
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.datasets.images import Columns, Images
from compare_gan_tf2.errors import UserError

COLUMN = "text_vectors"
_NAMES, _VECTORS = "names", "vectors"
_FORMS = (
    f"either {_NAMES} [N] of pictures and {_VECTORS} [N, T], or an array [rows, T] under the name of each split, in "
    "the stored order of its pictures"
)


@dataclasses.dataclass(frozen=True)
class TextVectors(BesideDataset):
    """The same data set, whose column text_vectors float32 [N, T] is read from a file.

    Attributes:
        file: an .npz file with `names`, of pictures as paths below the folder, with or without their endings, and
            `vectors`; or with an array for each split.
        units: T, as option text_units has it.
    """

    file: str = ""
    units: int = 0

    @property
    def column(self) -> str:
        return COLUMN

    def beside(self, images: Images) -> NoReturn:
        raise NotImplementedError("vectors are no pictures; see open_columns")

    def open_columns(self, names: Collection[str], split: str, places: Places, *, training: bool = False) -> Columns:
        if COLUMN not in names:
            return self._shown.open_columns(names, split, places, training=training)
        found = self._shown.open_columns({*names} - {COLUMN} | {"images"}, split, places, training=training)
        images = found.data["images"]
        assert isinstance(images, Images)
        digest, arrays = _read(self.file, pathlib.Path(self.file).stat().st_mtime_ns if self._is_there else 0)
        data = {**found.data, COLUMN: self._of_rows(arrays, images, split)}
        return dataclasses.replace(
            found, data={name: data[name] for name in names}, digest=f"{found.digest} {digest}".strip()
        )

    @property
    def _is_there(self) -> bool:
        return pathlib.Path(self.file).is_file()

    def _of_rows(self, arrays: Mapping[str, np.ndarray], images: Images, split: str) -> np.ndarray:
        """Vectors float32 [N, T] of a split's pictures."""
        name = split.partition("[")[0]
        if {_NAMES, _VECTORS} <= arrays.keys():
            vectors = _by_name(self.file, arrays, images.keys())
        elif name in arrays:
            vectors = arrays[name]
        else:
            raise UserError(f"option text_vectors: {self.file} has {', '.join(sorted(arrays))} and needs {_FORMS}")
        if vectors.ndim != 2 or vectors.dtype.kind not in "fiu":
            found = f"{vectors.dtype} {list(vectors.shape)}"
            raise UserError(f"option text_vectors: vectors in {self.file} are {found}, and not numbers [N, T]")
        if vectors.shape[1] != self.units:
            raise UserError(
                f"option text_vectors: {self.file} has vectors of {vectors.shape[1]} numbers, and text_units is "
                f"{self.units}; set text_units={vectors.shape[1]}"
            )
        if len(vectors) != images.number:
            raise UserError(
                f"option text_vectors: {self.file} has {len(vectors)} rows for split {name}, which has {images.number} "
                "pictures"
            )
        if not np.isfinite(vectors).all():
            raise UserError(f"option text_vectors: {self.file} has numbers that are not finite")
        return vectors.astype(np.float32)

    @property
    def visible_streams(self) -> tuple[str, ...]:
        return self._shown.visible_streams

    @property
    def rules(self) -> frozenset[str]:
        return self._shown.rules

    def column_shape(self, column: str) -> tuple[int, int, int]:
        return self._shown.column_shape(column)


def beside(dataset: Dataset, file: str, units: int) -> Dataset:
    """A data set with the vectors of a file."""
    return TextVectors.of(dataset, "", file=file, units=units)


def _by_name(file: str, arrays: Mapping[str, np.ndarray], keys: np.ndarray) -> np.ndarray:
    names = [str(name) for name in arrays[_NAMES]]
    if len(names) != len(arrays[_VECTORS]):
        raise UserError(f"option text_vectors: {file} has {len(names)} {_NAMES} and {len(arrays[_VECTORS])} {_VECTORS}")
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise UserError(f"option text_vectors: {file} names {twice} twice")
    rows = {name: row for row, name in enumerate(names)}
    found = [rows.get(str(key), rows.get(_stem(str(key)))) for key in keys]
    if missing := [str(key) for key, row in zip(keys, found, strict=True) if row is None]:
        more = f", nor of {len(missing) - 1} others" if len(missing) > 1 else ""
        raise UserError(f"option text_vectors: {file} has no vector of {missing[0]}{more}")
    vectors: np.ndarray = arrays[_VECTORS][np.array(found, int)]
    return vectors


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


@functools.lru_cache(maxsize=2)  # both splits are of one file
def _read(file: str, time: int) -> tuple[str, dict[str, np.ndarray]]:
    """Digest and arrays of a file as it was at a time."""
    del time
    path = pathlib.Path(file)
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16], npz.read(path)
    except (OSError, ValueError) as error:
        raise UserError(
            f"option text_vectors: {file} cannot be read ({error}); it is an .npz file with {_FORMS}"
        ) from error
