"""Images that a user has: a folder of image files, or an .npz file."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import pathlib
from collections.abc import Collection, Iterator

import numpy as np

from compare_gan_tf2.datasets import _npz
from compare_gan_tf2.datasets._arrays import ArrayDataset
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.datasets.column_set import IMAGES
from compare_gan_tf2.datasets.images import ArrayImages, Columns, Images
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import safe_name

_SPLIT = "all"


@dataclasses.dataclass(frozen=True)
class ImageFiles(ArrayDataset):
    """The images of an .npz file, in one fixed random order, as a data set with the one split "all".

    Attributes:
        place: the file.
    """

    place: pathlib.Path = pathlib.Path()

    @property
    def own_kind(self) -> str:
        return "npz file of images"

    def is_prepared(self, root: pathlib.Path) -> bool:
        del root
        return self.place.exists()

    @functools.cached_property
    def _file(self) -> _npz.NpzFile:
        return _npz.look_into(self.place)

    def open(self, split: str, places: Places, *, training: bool = False) -> _npz.NpzImages:
        del places, training
        return _npz.NpzImages(self._file, lambda number: self._refuse(split, number))

    def open_columns(self, names: Collection[str], split: str, places: Places, *, training: bool = False) -> Columns:
        """Images, and other arrays of the file by their names, a row for each image.

        So pairs that were made once are read again: generated images beside their latents, as `compare_gan_sample
        --kind=pairs` writes them, or pictures uint8 [N, H, W, C] beside others.

        Raises:
            UserError: if there is no such array, or it does not fit to the images.
        """
        found = self.open(split, places, training=training)
        others = _npz.beside(self._file, set(names) - {IMAGES})
        data: dict[str, Images | np.ndarray] = {IMAGES: found} if IMAGES in names else {}
        for name, array in others.items():
            is_picture = array.dtype == np.uint8 and array.ndim == 4
            data[name] = ArrayImages(array, found.labels()) if is_picture else array
        return Columns(data, digest=" ".join(f"{name} {_digest(others[name])}" for name in sorted(others)))

    def _refuse(self, split: str, number: int) -> None:
        from compare_gan_tf2.datasets._decoding import refuse_without_memory

        refuse_without_memory(self, split, number, self._file.dtype.itemsize)

    def arrays(self, split: str, root: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
        images = self.open(split, Places(root, root))
        return images.images, images.labels()

    def floats(self, number: int, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The first images float32 [n, H, W, C] in [0, 1] and labels int32 [n], `size` at a time.

        Floats are not rounded, as `arrays` rounds them.
        """
        opened = self.open(_SPLIT, Places(self.place, self.place))
        images, labels = opened.first_as_stored(number), opened.labels()
        largest = np.float32(255 if images.dtype == np.uint8 else 1)
        for start in range(0, number, size):
            part = slice(start, min(start + size, number))
            yield images[part].astype(np.float32) / largest, labels[part]

    def fingerprint(self, root: pathlib.Path) -> str:
        """Digest of size and time of change."""
        del root
        found = self.place.stat()
        return hashlib.sha256(f".\0{found.st_size}\0{found.st_mtime_ns}\n".encode()).hexdigest()

    def identity(self, places: Places) -> str:
        """Digest of the arrays' checksums."""
        del places
        return self._file.identity

    def former_identities(self, places: Places) -> tuple[str, ...]:
        return (self.fingerprint(places.dataset_root),)

    def files_said(self, split: str, places: Places) -> str:
        del split, places
        return "npz"

    def prepare(self, root: pathlib.Path, *, archives: pathlib.Path | None = None, any_archive: bool = False) -> None:
        del archives, any_archive
        if not self.is_prepared(root):
            raise UserError(self.how_to_prepare(root))

    def how_to_prepare(self, root: pathlib.Path) -> str:
        del root
        return f"{self.place} does not exist"


def _digest(array: np.ndarray) -> str:
    return hashlib.sha256(f"{array.dtype} {array.shape}".encode() + array.tobytes()).hexdigest()


def open_images(place: pathlib.Path, places: Places) -> Dataset:
    """All images of a folder, whatever the folders in it mean, or of an .npz file, to be scored.

    Those of a folder keep their size if they have one; else they become squares of one, as for training.

    Args:
        place: of the folder or file.
        places: what is found out about the files of a folder is kept in the cache.

    Raises:
        UserError: if there is nothing, or nothing that can be read.
    """
    if place.is_file() and place.suffix == ".npz":
        return npz_file(place)
    if place.is_dir():
        from compare_gan_tf2.datasets import _image_folder, _tfds_folder

        if stored := _tfds_folder.version_folder(place):
            return _tfds_folder.entry(place.absolute(), stored)
        return _image_folder.whole_folder(place, places)
    raise UserError(f"{place} is neither a folder of images nor an .npz file")


def npz_file(place: pathlib.Path) -> ImageFiles:
    """An .npz file as a data set; only the heads of its arrays and its labels are read, and floats for their range.

    Raises:
        UserError: if it cannot be read, or holds no images.
    """
    if not (place.is_file() and place.suffix == ".npz"):
        raise UserError(f"{place} is neither a folder of images nor an .npz file")
    file = _npz.look_into(place)
    number = file.shape[0]
    return ImageFiles(
        name=f"{safe_name(place.stem)}_{file.identity[:8]}",
        title=str(place),
        image_shape=file.image_shape,
        class_names=tuple(map(str, range(int(file.labels.max()) + 1))),
        evaluation_samples=number,
        evaluation_images=number,
        licence="",
        classifier=f"{safe_name(place.stem)}_npz",
        train_split=_SPLIT,
        evaluation_split=_SPLIT,
        place=place,
    )
