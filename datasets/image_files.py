"""Images that a user has: a folder of image files, or an .npz file."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from compare_gan_tf2.datasets._arrays import ArrayDataset
from compare_gan_tf2.datasets._image_headers import ENDINGS, is_hidden
from compare_gan_tf2.errors import UserError

# Names under which images and labels are looked for in an .npz file, in this order.
_IMAGE_ARRAYS = ("images", "x", "samples", "arr_0")
_LABEL_ARRAYS = ("labels", "y", "arr_1")
_SPLIT = "all"
# A label beyond is taken for a mistake: the names of all classes are kept.
_MOST_CLASSES = 100_000
_NAMED = 10


@dataclasses.dataclass(frozen=True)
class ImageFiles(ArrayDataset):
    """A place's images of one size, in one fixed random order, as a data set with the one split "all".

    Only an .npz file has labels. `_image_folder` has folders to train on: of any sizes, and with classes.

    Attributes:
        place: the folder, searched with its sub-folders, or the .npz file.
    """

    place: pathlib.Path = pathlib.Path()

    def is_prepared(self, root: pathlib.Path) -> bool:
        del root
        return self.place.exists()

    def arrays(self, split: str, root: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
        del split, root
        images, labels = self._in_order()
        return images if images.dtype == np.uint8 else np.rint(images * 255).astype(np.uint8), labels

    def read_floats(self) -> tuple[np.ndarray, np.ndarray]:
        """The same as float32 in [0, 1], without the rounding of floats to stored images that `arrays` does."""
        images, labels = self._in_order()
        return images.astype(np.float32) / np.float32(255 if images.dtype == np.uint8 else 1), labels

    def _in_order(self) -> tuple[np.ndarray, np.ndarray]:
        images, labels = _from_npz(self.place) if self.place.is_file() else _from_folder(self.place)
        # Files often lie by class, and metrics take samples to be in no particular order.
        order = np.random.default_rng(0).permutation(len(images))
        return images[order], labels[order]

    def fingerprint(self, root: pathlib.Path) -> str:
        del root
        return _fingerprint(self.place)

    def prepare(self, root: pathlib.Path, *, archives: pathlib.Path | None = None, any_archive: bool = False) -> None:
        del archives, any_archive
        if not self.is_prepared(root):
            raise UserError(self.how_to_prepare(root))

    def how_to_prepare(self, root: pathlib.Path) -> str:
        del root
        return f"{self.place} does not exist"


def open_images(place: pathlib.Path) -> ImageFiles:
    """The images of a folder or an .npz file; their number, size and classes are found, which reads an .npz whole.

    Raises:
        UserError: if there is nothing, or nothing that can be read.
    """
    if place.is_file() and place.suffix == ".npz":
        images, labels = _from_npz(place)
        number, shape, classes = len(images), images.shape[1:], int(labels.max()) + 1
    elif place.is_dir():
        files = _files(place)
        if not files:
            raise UserError(f"no image in {place}; known endings: {', '.join(ENDINGS)}")
        number, shape, classes = len(files), _decoded(files[0]).shape, 0
    else:
        raise UserError(f"{place} is neither a folder of images nor an .npz file")
    # What is kept of a set, a trained classifier among it, must not serve what takes its place.
    name = f"{_safe(place.stem)}_{_fingerprint(place)[:8]}"
    return ImageFiles(
        name=name,
        title=str(place),
        image_shape=tuple(shape),  # type: ignore[arg-type]
        class_names=tuple(map(str, range(classes))),
        evaluation_samples=number,
        evaluation_images=number,
        licence="",
        classifier=name,
        train_split=_SPLIT,
        evaluation_split=_SPLIT,
        place=place,
    )


def _fingerprint(place: pathlib.Path) -> str:
    """Digest of names, sizes and times of change, which takes no reading; a copy has another unless it keeps times."""
    digest = hashlib.sha256()
    for path in [place] if place.is_file() else _files(place):
        found = path.stat()
        digest.update(f"{path.relative_to(place)}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _safe(text: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in text)


def _files(folder: pathlib.Path) -> list[pathlib.Path]:
    """All image files below a folder, in the order of their paths."""
    found = []
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not is_hidden(name)]
        found += [
            pathlib.Path(where) / name for name in names if name.lower().endswith(ENDINGS) and not is_hidden(name)
        ]
    return sorted(found)


def _decoded(path: pathlib.Path) -> np.ndarray:
    """uint8 [H, W, C] with one or three channels."""
    import tensorflow as tf

    try:
        image = tf.io.decode_image(tf.io.read_file(str(path)), expand_animations=False).numpy()
    except tf.errors.OpError as error:
        reason = error.message.partition("\n")[0]
        raise UserError(f"{path} cannot be read as an image: {reason}") from error
    if image.shape[-1] not in (1, 3):
        raise UserError(f"{path} has {image.shape[-1]} channels; images have 1 or 3")
    array: np.ndarray = image
    return array


def _from_folder(folder: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
    files = _files(folder)
    if not files:
        raise UserError(f"no image in {folder}; known endings: {', '.join(ENDINGS)}")
    images: np.ndarray | None = None
    for number, (path, image) in enumerate(_all_decoded(files)):
        if images is None:
            images = np.empty((len(files), *image.shape), np.uint8)
        if image.shape != images.shape[1:]:
            raise UserError(
                f"images of one set have one size: {files[0]} is {_size(images.shape[1:])}, and {path} is "
                f"{_size(image.shape)}; resize them to one, or score the task that was trained on them by its own "
                "evaluation, which crops and resizes"
            )
        images[number] = image
    assert images is not None
    return images, np.full(len(images), -1, np.int32)


def _all_decoded(files: list[pathlib.Path]) -> Iterator[tuple[pathlib.Path, np.ndarray]]:
    return ((path, _decoded(path)) for path in files)


def _from_npz(path: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            there = file.files
            arrays = {name: file[name] for name in there if name in (*_IMAGE_ARRAYS, *_LABEL_ARRAYS)}
    except Exception as error:  # a damaged archive raises one of many types
        raise UserError(f"{path} cannot be read: {error}") from error
    images = _first(arrays, _IMAGE_ARRAYS)
    if images is None:
        raise UserError(
            f"{path} holds no images; they are looked for under {', '.join(_IMAGE_ARRAYS)}, and there is "
            f"{', '.join(there[:_NAMED]) or 'nothing'}"
        )
    images = images[..., None] if images.ndim == 3 else images
    if images.ndim != 4 or not len(images) or images.shape[-1] not in (1, 3):
        raise UserError(f"images in {path} have shape {list(images.shape)}; it is [N, H, W] or [N, H, W, 1 or 3]")
    _require_pixels(images, path)
    labels = _first(arrays, _LABEL_ARRAYS)
    if labels is None:
        labels = np.full(len(images), -1, np.int32)
    if labels.shape != (len(images),) or not np.issubdtype(labels.dtype, np.integer):
        raise UserError(f"labels in {path} are {labels.dtype} {list(labels.shape)}; one whole number per image")
    if labels.min() < -1 or labels.max() >= _MOST_CLASSES:
        raise UserError(
            f"labels in {path} reach from {labels.min()} to {labels.max()}; classes are numbered from 0, and -1 is for "
            "images without one"
        )
    return images, labels.astype(np.int32)


def _first(arrays: dict[str, Any], names: tuple[str, ...]) -> np.ndarray | None:
    return next((arrays[name] for name in names if name in arrays), None)


def _require_pixels(images: np.ndarray, path: pathlib.Path) -> None:
    if images.dtype == np.uint8:
        return
    wanted = f"images in {path} are uint8, or float in [0, 1]; these are {images.dtype} {list(images.shape)}"
    if images.dtype.kind not in "biuf":
        raise UserError(f"{wanted}, which are no pixels")
    broken = ~np.isfinite(images)
    if broken.any():
        first = tuple(map(int, np.unravel_index(broken.argmax(), broken.shape)))
        raise UserError(f"{wanted}, and {broken.sum():,} of them are not finite, the first {images[first]} at {first}")
    least, largest = images.min(), images.max()
    if images.dtype.kind != "f" or least < 0 or largest > 1:
        raise UserError(f"{wanted}, from {least} to {largest}{_likely(least, largest, images.dtype)}")


def _likely(least: Any, largest: Any, dtype: np.dtype) -> str:
    """What somebody may have meant by pixels from least to largest."""
    if least < 0 and least >= -1 and largest <= 1:
        return "; of images in [-1, 1] give (images + 1) / 2"
    if least >= 0 and largest <= 255 and (largest > 1 or dtype.kind == "u"):
        return "; of images in [0, 255] give images.astype(numpy.uint8)"
    return ""


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
