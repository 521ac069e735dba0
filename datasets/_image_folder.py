"""A folder of images as a data set to train on: any sizes and formats, with or without splits and classes."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import os
import pathlib
from typing import TYPE_CHECKING, Any

import numpy as np

from compare_gan_tf2.datasets import _folder_check, _folder_listing
from compare_gan_tf2.datasets._folder_listing import Listing
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.datasets.image_files import ImageFiles, open_images
from compare_gan_tf2.datasets.images import EncodedImages
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import safe_name

if TYPE_CHECKING:
    import tensorflow as tf

    from compare_gan_tf2.datasets._framing import Framing

# Real images that a score compares with, unless the options say more.
_MOST_SAMPLES = 10_000


@dataclasses.dataclass(frozen=True)
class FolderDataset(Dataset):
    """The images below a folder; `_folder_listing.of` says how splits and classes are found.

    Without folders of splits all images are trained on, and all are compared with, as StyleGAN's authors do: the
    scores then also reward a generator that repeats what it was trained on.

    An image that is not of image_shape is cut to its middle square and resized with antialiasing; one that is stays as
    it is. Turns in EXIF data are not carried out. Files that cannot be decoded are left out, with a warning.

    Stored order is one random permutation of the sorted paths of a split, always the same, since files often lie by
    class and the first N images are to stand for all.

    Attributes:
        listing: the files, at the moment when the entry was made.
        train_crop: "middle" as above; "random" and "distorted", another square every time an image is trained on, and
            the middle for scores; "none", the whole image squeezed into a square, for scores too.
    """

    listing: Listing | None = dataclasses.field(default=None, compare=False, repr=False)
    train_crop: str = "middle"

    @property
    def folder(self) -> pathlib.Path:
        return self._listing.folder

    @property
    def _listing(self) -> Listing:
        assert self.listing is not None  # a default is there because fields before have some
        return self.listing

    def is_prepared(self, root: pathlib.Path) -> bool:
        del root
        return self.folder.is_dir()

    def open(self, split: str, places: Places, *, training: bool = False) -> FolderImages:
        """The images of a split; the first time, all files of the folder are decoded, which takes a while."""
        from compare_gan_tf2.datasets._framing import Framing

        paths = self._usable(split, places)
        random = self.train_crop in ("random", "distorted")
        crop: Any = self.train_crop if training or not random else "middle"
        framing = Framing(self.image_shape, crop, "antialias")
        return FolderImages(
            self.folder, paths, self._listing.labels(split, paths), framing, f"{split} {self._listing.digest}"
        )

    def count(self, split: str, places: Places) -> int:
        return len(self._usable(split, places))

    def _usable(self, split: str, places: Places) -> list[str]:
        """Paths below the folder in stored order."""
        left_out = _folder_check.outcome(self._listing, places.cache_dir, self.image_shape).left_out
        paths = [path for path in self._listing.splits[split] if path not in left_out]
        if len(paths) < 2:
            bad = next(path for path in self._listing.splits[split] if path in left_out)
            raise UserError(
                f"split {split} of {self.folder} needs 2 or more images, and of {len(self._listing.splits[split])} "
                f"files {len(paths)} can be read; {bad}: {left_out[bad]}"
            )
        return [paths[number] for number in np.random.default_rng(0).permutation(len(paths))]

    def fingerprint(self, root: pathlib.Path) -> str:
        """Digest of names, sizes and times of change of the files, and of how they are framed; no file is read."""
        if not self.is_prepared(root):
            raise UserError(self.how_to_prepare(root))
        return self._digest()

    def _digest(self) -> str:
        # As for scores: a random crop is of training images alone.
        crop = "none" if self.train_crop == "none" else "middle"
        framed = f"{self._listing.digest} {self.image_shape} {crop}"
        return hashlib.sha256(framed.encode()).hexdigest()

    def prepare(self, root: pathlib.Path, *, archives: pathlib.Path | None = None, any_archive: bool = False) -> None:
        """Nothing is to be made; UserError if the folder is not there, or holds no set."""
        del root, archives, any_archive
        _folder_listing.of(self.folder)

    def adapted(self, options: Any) -> FolderDataset:
        side = options.image_size or self.image_shape[0]
        changes: dict[str, Any] = {
            "image_shape": (side, side, self.image_shape[-1]),
            "train_crop": "middle" if options.train_crop == "default" else options.train_crop,
        }
        return dataclasses.replace(self, **changes)._with_classifier()

    def _with_classifier(self) -> FolderDataset:
        # As open_images names a set: what is kept of it must not serve what takes its place.
        changes: dict[str, Any] = {"classifier": f"{safe_name(self.folder.name)}_{self._digest()[:8]}"}
        return dataclasses.replace(self, **changes)

    def how_to_prepare(self, root: pathlib.Path) -> str:
        del root
        return f"folder of images {self.folder} does not exist"


class FolderImages(EncodedImages):
    """Image files.

    Args:
        folder: that they are in.
        paths: of the files below it, in stored order.
        labels: int32 [N].
        framing: to the pixels.
        digest: of the files.
    """

    def __init__(self, folder: pathlib.Path, paths: list[str], labels: np.ndarray, framing: Framing, digest: str):
        self._folder, self._paths, self._labels, self._framing = folder, paths, labels, framing
        self._digest = digest
        self.number = len(paths)
        self.image_shape = framing.image_shape
        self.varies = framing.varies
        self._failure = ""

    def labels(self) -> np.ndarray:
        return self._labels

    def keys(self) -> np.ndarray:
        """Paths below the folder."""
        return np.array(self._paths)

    def identity(self) -> str:
        return f"{self._folder} {self._digest} {self._framing} {len(self._paths)}"

    def fetch(self, indices: np.ndarray) -> np.ndarray:
        found = np.empty(len(indices), object)
        for position, index in enumerate(indices):
            path = self._folder / self._paths[index]
            try:
                found[position] = path.read_bytes()
            except OSError as error:
                self._failure = f"{path} was read before, and cannot be read now: {error.strerror or error}"
                raise UserError(self._failure) from error
        return found

    def explain(self, error: Exception) -> Exception:
        import tensorflow as tf

        if self._failure:
            return UserError(self._failure)
        if isinstance(error, tf.errors.InvalidArgumentError):
            return UserError(f"an image in {self._folder} was changed while it was used: {_folder_check.reason(error)}")
        return error

    def prepared(self, encoded: tf.Tensor, draw: tf.Tensor) -> tf.Tensor:
        return self._framing.apply(encoded, draw)


def dataset_at(path: pathlib.Path) -> Dataset:
    """The images in a folder, or in an .npz file, as a data set whose name is the path made absolute.

    Cheap for a folder that was asked for some seconds ago: nothing is read again.

    Raises:
        UserError: if there is nothing, nothing that can be read, or too little.
    """
    path = pathlib.Path(os.path.abspath(path))
    try:
        is_file = path.is_file()
    except OSError as error:  # a folder above must not be read
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from error
    if is_file:
        return _npz_at(path, path.stat().st_size, path.stat().st_mtime_ns)
    listing = _folder_listing.of(path)
    number = len(listing.splits[listing.evaluation_split])
    entry = FolderDataset(
        name=str(path),
        title=f"images in {path}",
        image_shape=listing.image_shape,
        class_names=listing.class_names,
        evaluation_samples=min(number, _MOST_SAMPLES),
        evaluation_images=number,
        licence="",
        classifier="",
        train_split=listing.train_split,
        evaluation_split=listing.evaluation_split,
        listing=listing,
    )
    return entry._with_classifier()


@functools.lru_cache(maxsize=8)
def _npz_at(path: pathlib.Path, size: int, changed: int) -> ImageFiles:
    """Remembered, because it reads the file; size and changed are there to tell files apart."""
    del size, changed
    entry = open_images(path)
    samples = min(entry.evaluation_samples, _MOST_SAMPLES)
    return dataclasses.replace(entry, name=str(path), evaluation_samples=samples)
