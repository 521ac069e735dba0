"""A data set that TFDS stored somewhere, by its place: of a builder of the user's, or of store_as_tfds_dataset."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import os
import pathlib
import re
import struct
from typing import Any

from compare_gan_tf2.datasets._tfds import TfdsDataset, shape_and_classes
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import safe_name

_INFO = "dataset_info.json"
_MOST_SAMPLES = 10_000
# The first that is there is taken.
_TRAINING = ("train", "training")
_EVALUATION = ("test", "validation", "val", "valid", "eval", "evaluation")


def version_folder(path: pathlib.Path) -> pathlib.Path | None:
    """The folder of the newest version of a set that TFDS stored: a path itself, or one in it; None if it is no such.

    Args:
        path: a folder.
    """
    if (path / _INFO).is_file():
        return path
    try:
        names = [name for name in os.listdir(path) if re.fullmatch(r"\d+\.\d+\.\d+", name)]
    except (OSError, ValueError):  # it is not there, or no path could be called so
        return None
    stored = [path / name for name in names if (path / name / _INFO).is_file()]
    return max(stored, key=lambda each: tuple(map(int, each.name.split(".")))) if stored else None


@dataclasses.dataclass(frozen=True)
class TfdsFolder(TfdsDataset):
    """The images of a folder of TFDS's: the middle square of each, smoothed to the size asked for.

    Attributes:
        place: of the version.
    """

    place: pathlib.Path = pathlib.Path()

    @property
    def own_kind(self) -> str:
        return "TFDS folder"

    def is_prepared(self, root: pathlib.Path) -> bool:
        del root
        return (self.place / _INFO).is_file()

    def _newest(self, root: pathlib.Path) -> pathlib.Path:
        if not self.is_prepared(root):
            raise UserError(self.how_to_prepare(root))
        return self.place

    def how_to_prepare(self, root: pathlib.Path) -> str:
        del root
        return f"{self.place} holds no data set of TFDS's any more: {_INFO} is not there"

    def prepare(self, root: pathlib.Path, *, archives: pathlib.Path | None = None, any_archive: bool = False) -> None:
        """Nothing is to be made; UserError if it is not there."""
        del archives, any_archive
        self._newest(root)

    def fingerprint(self, root: pathlib.Path) -> str:
        """Digest of the records' checksums, and of how images are framed; the records themselves are not read."""
        sums = [_checksums(path, *_state(path)) for path in sorted(self._newest(root).iterdir()) if _is_records(path)]
        matters = f"{sums} {self.image_shape} {self.crop} {self.class_names} {self.evaluation_split}"
        return hashlib.sha256(matters.encode()).hexdigest()

    def files_said(self, split: str, places: Places) -> str:
        del split, places
        return "tfrecord"

    def adapted(self, options: Any) -> TfdsFolder:
        given: dict[str, Any] = {} if options.train_crop == "default" else {"train_crop": options.train_crop}
        if options.image_size:
            given["image_shape"] = (options.image_size, options.image_size, self.image_shape[2])
        return dataclasses.replace(self, **given)


def entry(path: pathlib.Path, place: pathlib.Path) -> TfdsFolder:
    """The data set in a version's folder, called by the path that the user gave.

    Raises:
        UserError: if TFDS cannot read it, or it has no images.
    """
    state = (place / _INFO).stat()
    return _entry(path, place, state.st_size, state.st_mtime_ns)


@functools.lru_cache(maxsize=8)
def _entry(path: pathlib.Path, place: pathlib.Path, size: int, changed: int) -> TfdsFolder:
    """Remembered, because TFDS takes a while; size and changed are there to tell versions of the file apart."""
    del size, changed
    import tensorflow_datasets as tfds

    try:
        info = tfds.builder_from_directory(str(place)).info
        numbers = {name: split.num_examples for name, split in info.splits.items()}
        features = info.features
    except Exception as error:  # of many types, by what is damaged
        lines = str(error).strip().splitlines()
        reason = lines[0] if lines else type(error).__name__
        raise UserError(f"{place} cannot be read as a data set of TFDS's: {reason}") from error
    image_shape, classes = shape_and_classes(features, str(place))
    there = {name.lower(): name for name in numbers if numbers[name]}
    train = next((there[name] for name in _TRAINING if name in there), "")
    if not train:
        raise UserError(f"{place} has no split train with images; its splits: {', '.join(numbers) or 'none'}")
    evaluation = next((there[name] for name in _EVALUATION if name in there), train)
    return TfdsFolder(
        name=str(path),
        title=f"TFDS's {info.name} in {place}",
        image_shape=image_shape,
        class_names=classes,
        evaluation_samples=min(numbers[evaluation], _MOST_SAMPLES),
        evaluation_images=numbers[evaluation],
        licence="",
        classifier=f"{safe_name(info.name)}_tfds",
        train_split=train,
        evaluation_split=evaluation,
        builder=safe_name(info.name),
        crop="middle",
        crops=True,
        resize="antialias",
        place=place,
    )


def _is_records(path: pathlib.Path) -> bool:
    return ".tfrecord" in path.name


def _state(path: pathlib.Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


@functools.lru_cache(maxsize=4096)
def _checksums(path: pathlib.Path, size: int, changed: int) -> str:
    """Digest of a file's name, and of the length and checksum of each of its records."""
    del changed
    digest = hashlib.sha256(path.name.encode())
    place = 0
    try:
        with path.open("rb", buffering=0) as file:
            while place < size:
                head = os.pread(file.fileno(), 8, place)
                length = struct.unpack("<Q", head)[0] if len(head) == 8 else size
                place += 12 + length
                digest.update(head + os.pread(file.fileno(), 4, min(place, size)))
                place += 4
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    return digest.hexdigest()
