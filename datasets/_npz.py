"""The images in an .npz file, read in one pass of small parts: only those that are wanted are in memory."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import math
import pathlib
import zipfile
from collections.abc import Callable, Collection, Iterator

import numpy as np

from compare_gan_tf2 import npz
from compare_gan_tf2.datasets.images import ArrayImages
from compare_gan_tf2.errors import UserError

# Names under which images and labels are looked for, in this order.
_IMAGE_ARRAYS = ("images", "x", "samples", "arr_0")
_LABEL_ARRAYS = ("labels", "y", "arr_1")
# A label beyond is taken for a mistake: the names of all classes are kept.
_MOST_CLASSES = 100_000
_PART_BYTES = 2**24
_NAMED = 10


@dataclasses.dataclass(frozen=True, eq=False)
class NpzFile:
    """An .npz file of images that was looked into.

    Attributes:
        path: of the file.
        member: name of the array of images within it.
        shape: of that array, [N, H, W] or [N, H, W, C].
        dtype: of that array: uint8, or floats in [0, 1].
        labels: int32 [N], -1 for none.
        identity: digest of both arrays' lengths and checksums, which reading compares with what is there.
    """

    path: pathlib.Path
    member: str
    shape: tuple[int, ...]
    dtype: np.dtype
    labels: np.ndarray
    identity: str

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(H, W, C)."""
        height, width, channels = (*self.shape[1:], 1)[:3]
        return height, width, channels

    @property
    def bytes_each(self) -> int:
        """Of one image, as stored."""
        return math.prod(self.shape[1:]) * self.dtype.itemsize

    @functools.cached_property
    def order(self) -> np.ndarray:
        """The fixed random order int64 [N] that images are taken in: files often lie by class, and N of them are
        taken to be in no particular order."""
        return np.random.default_rng(0).permutation(self.shape[0])

    def first(self, number: int) -> np.ndarray:
        """The first images [number, H, W, C] in that order, as stored.

        The file is read to its end whatever the number, for its checksum comes last.

        Raises:
            UserError: if it is damaged, or floats in it are not in [0, 1].
        """
        place = np.full(self.shape[0], -1, np.int64)
        place[self.order[:number]] = np.arange(number)
        found = np.empty((number, *self.image_shape), self.dtype)
        for start, part in self._parts():
            of_part = place[start : start + len(part)]
            wanted = of_part >= 0
            found[of_part[wanted]] = part.reshape(len(part), *self.image_shape)[wanted]
        return found

    def check(self) -> None:
        """Reads all images once; UserError as of `first`, which says what they are instead."""
        least, largest, broken, first = np.inf, -np.inf, 0, ""
        for start, part in self._parts(is_checked=False):
            is_finite = np.isfinite(part)
            if not first and not is_finite.all():
                place = np.unravel_index(is_finite.argmin(), part.shape)
                number = [start + int(place[0]), *map(int, place[1:])]
                first = f"; the first of them is {part[place]} at {number}"
            broken += int(np.sum(~is_finite))
            if is_finite.any():
                finite = part[is_finite]
                least, largest = min(least, float(finite.min())), max(largest, float(finite.max()))
        wrong = [f"from {least:g} to {largest:g}"] if least <= largest else []
        wrong += [f"{broken:,} of them not finite{first}"] if broken else []
        if broken or least < 0 or largest > 1 or self.dtype.kind != "f":
            advice = "" if broken else _likely(least, largest, self.dtype)
            raise UserError(f"{_wanted(self.path, self.dtype, self.shape)}, {', '.join(wrong)}{advice}")

    def _parts(self, is_checked: bool = True) -> Iterator[tuple[int, np.ndarray]]:
        """Images as they are stored, some at a time, each with the number of the first; checked to be pixels."""
        check = _pixels if is_checked else lambda images, path: images
        size = max(_PART_BYTES // self.bytes_each, 1)
        with _readable(self.path), npz.opened(self.path) as archive, archive.open(self.member) as file:
            shape, is_fortran, dtype = npz.head(file)
            if shape != self.shape or dtype != self.dtype:
                raise UserError(f"{self.path} was changed while it was used")
            for start in range(0, shape[0], size):
                if is_fortran:  # an image's pixels lie all over it
                    whole = np.frombuffer(file.read(), dtype).reshape(shape, order="F")
                    yield 0, check(whole, self.path)
                    break
                count = min(size, shape[0] - start)
                content = file.read(count * self.bytes_each)
                yield start, check(np.frombuffer(content, dtype).reshape(count, *shape[1:]), self.path)
            if file.read(1):  # by which the checksum is looked at
                raise UserError(f"{self.path} cannot be read: {self.member} is longer than it says")


class NpzImages(ArrayImages):
    """Images in an .npz file, in its fixed random order; all are read when all are asked for.

    Args:
        file: looked into.
        refuse: called with a number of images; raises UserError if so many do not fit into memory.
    """

    def __init__(self, file: NpzFile, refuse: Callable[[int], None]):
        self._file, self._refuse = file, refuse
        self.number = file.shape[0]
        self.image_shape = file.image_shape

    @functools.cached_property
    def images(self) -> np.ndarray:  # type: ignore[override]
        """uint8 [N, H, W, C]."""
        return self.first(self.number)

    def labels(self) -> np.ndarray:
        return self._file.labels[self._file.order]

    def keys(self) -> np.ndarray:
        return np.arange(self.number).astype(np.str_)

    @property
    def order(self) -> np.ndarray:
        """Where the images stand in the file, int64 [N]."""
        return self._file.order

    def first(self, number: int) -> np.ndarray:
        """uint8 [number, H, W, C]; floats are rounded as writing them to image files would."""
        if "images" in self.__dict__:
            return self.images[:number]
        found = self.first_as_stored(number)
        return found if found.dtype == np.uint8 else np.rint(found * 255).astype(np.uint8)

    def first_as_stored(self, number: int) -> np.ndarray:
        """The same as the file has them: uint8, or floats in [0, 1]."""
        self._refuse(number)
        return self._file.first(number)


def beside(file: NpzFile, names: Collection[str]) -> dict[str, np.ndarray]:
    """Arrays [N, ...] of the file by name, their rows in the order of its images; numbers in 32 bits.

    Raises:
        UserError: if one is not there, has another number of rows, or holds no numbers or text.
    """
    with _readable(file.path):
        there = npz.read(file.path, names)
        if missing := sorted(set(names) - there.keys()):
            with zipfile.ZipFile(file.path) as archive:
                known = [entry.filename.removesuffix(".npy") for entry in archive.infolist()]
            raise UserError(
                f"{file.path} has no {' and '.join(missing)}, which the GAN type reads; there is "
                f"{', '.join(known[:_NAMED])}"
            )
    found = {}
    for name, array in there.items():
        if array.shape[:1] != file.shape[:1]:
            raise UserError(
                f"{file.path}: {name} has shape {list(array.shape)}; it needs a row for each of {file.shape[0]} images"
            )
        if array.dtype.kind not in "biufS":
            raise UserError(f"{file.path}: {name} is {array.dtype}, and has to be of numbers, or of bytes")
        if array.dtype.kind != "S" and array.dtype != np.uint8:
            array = array.astype(np.float32 if array.dtype.kind == "f" else np.int32)
        found[name] = array[file.order]
    return found


def look_into(path: pathlib.Path) -> NpzFile:
    """The file's arrays by their heads; only labels are read, and floats for their range.

    Raises:
        UserError: if the file cannot be read, or holds no such images.
    """
    with _readable(path), npz.opened(path) as archive:
        entries = {entry.filename.removesuffix(".npy"): entry for entry in archive.infolist()}
        image_entry, label_entry = _first(entries, _IMAGE_ARRAYS), _first(entries, _LABEL_ARRAYS)
        if image_entry is None:
            raise UserError(
                f"{path} holds no images; they are looked for under {', '.join(_IMAGE_ARRAYS)}, and there is "
                f"{', '.join(list(entries)[:_NAMED]) or 'nothing'}"
            )
        with archive.open(image_entry) as file:
            shape, _, dtype = npz.head(file)
            at = file.tell()
        grey = (*shape, 1) if len(shape) == 3 else shape
        if len(grey) != 4 or not all(grey) or grey[-1] not in (1, 3):
            raise UserError(f"images in {path} have shape {list(shape)}; it is [N, H, W] or [N, H, W, 1 or 3]")
        if dtype.kind not in "biuf":
            raise UserError(f"{_wanted(path, dtype, shape)}, which are no pixels")
        if image_entry.file_size != at + math.prod(shape) * dtype.itemsize:
            raise UserError(f"{path} cannot be read: {image_entry.filename} is of another length than it says")
        labels = np.full(shape[0], -1, np.int32)
        if label_entry is not None:
            labels = _labels(archive, label_entry, shape[0], path)
    sums = [f"{entry.CRC:08x} {entry.file_size}" for entry in (image_entry, label_entry) if entry]
    identity = hashlib.sha256("\n".join(sums).encode()).hexdigest()
    found = NpzFile(path, image_entry.filename, shape, dtype, labels, identity)
    if dtype != np.uint8:
        found.check()
    return found


@contextlib.contextmanager
def _readable(path: pathlib.Path) -> Iterator[None]:
    """UserError that names the file, for all that can go wrong while it is read."""
    try:
        yield
    except (UserError, GeneratorExit):
        raise
    except Exception as error:  # a damaged archive raises one of many types
        raise UserError(f"{path} cannot be read: {error}") from error


def _labels(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, number: int, path: pathlib.Path) -> np.ndarray:
    with archive.open(entry) as file:
        shape, _, dtype = npz.head(file)
        if shape != (number,) or not np.issubdtype(dtype, np.integer):
            raise UserError(f"labels in {path} are {dtype} {list(shape)}; one whole number per image")
        labels = np.frombuffer(file.read(), dtype)
    if labels.shape != shape:
        raise UserError(f"{path} cannot be read: {entry.filename} is of another length than it says")
    if labels.min() < -1 or labels.max() >= _MOST_CLASSES:
        raise UserError(
            f"labels in {path} reach from {labels.min()} to {labels.max()}; classes are numbered from 0, and -1 is for "
            "images without one"
        )
    return labels.astype(np.int32)


def _first(entries: dict[str, zipfile.ZipInfo], names: tuple[str, ...]) -> zipfile.ZipInfo | None:
    return next((entries[name] for name in names if name in entries), None)


def _wanted(path: pathlib.Path, dtype: np.dtype, shape: tuple[int, ...]) -> str:
    return f"images in {path} are uint8, or float in [0, 1]; these are {dtype} {list(shape)}"


def _likely(least: float, largest: float, dtype: np.dtype) -> str:
    """What somebody may have meant by pixels from least to largest."""
    if -1 <= least < 0 and largest <= 1:
        return "; of images in [-1, 1] give (images + 1) / 2"
    if least >= 0 and largest <= 255 and (largest > 1 or dtype.kind != "f"):
        return "; of images in [0, 255] give images.astype(numpy.uint8)"
    return ""


def _pixels(images: np.ndarray, path: pathlib.Path) -> np.ndarray:
    # NaN fails both comparisons.
    if images.dtype != np.uint8 and not (images.min() >= 0 and images.max() <= 1):
        raise UserError(f"images in {path} are uint8, or float in [0, 1]; these are {images.dtype} beyond it")
    return images
