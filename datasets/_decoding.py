"""Images of files decoded: part by part, or all ahead, in memory or in a file of the cache, where there is room."""

from __future__ import annotations

import hashlib
import logging
import math
import pathlib
import shutil
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2 import npz
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.datasets.images import MOST_OF_PART, ArrayImages, EncodedImages, Images, at_once
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file
from compare_gan_tf2.progress import Progress
from compare_gan_tf2.runtime.memory import available as _available_memory

_CHUNK = 1000
# What is decoded is held in memory, or written to the disk, if it takes no more than this share of what is free.
_SHARE_OF_MEMORY, _SHARE_OF_DISK = 0.5, 0.5
# To be raised when decoding changes.
_FORMAT = 1

_log = logging.getLogger(__name__)


def held(dataset: Dataset, places: Places, cache: str = "auto", *, training: bool = False) -> tuple[Images, str]:
    """All images of the training split, decoded ahead where that is possible and fits, and where they are.

    Args:
        dataset: whose images.
        places: where it is.
        cache: "memory", "disk" (under cache_dir), "none" (decoded when needed), or "auto" (where there is room).
        training: whether images are cropped as for training.
    """
    return kept(dataset.open(dataset.train_split, places, training=training), dataset, places, cache)


def kept(images: Images, dataset: Dataset, places: Places, cache: str) -> tuple[Images, str]:
    """Open images of the training split, decoded ahead if `cache` wants it; see `held`."""
    if not isinstance(images, EncodedImages):
        return images, "memory"
    cached = _where(images, dataset, cache, places)
    if cached == "memory":
        return _decoded(images, dataset), cached
    if cached == "disk":
        _log.info("decoded images of %s are kept under %s", dataset.name, places.cache_dir / "decoded")
        return _on_disk(images, dataset, places), cached
    _log.info("images of %s are decoded when they are needed", dataset.name)
    return images, cached


def parts(images: Images, dataset: Dataset, number: int, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The first `number` images [n, H, W, C] and labels int32 [n], part by part; for what they are see `chunks`.

    A part has `size` images, or fewer where these would take more than half a gigabyte.
    """
    size = at_once(images.image_shape, size, MOST_OF_PART)
    if isinstance(images, ArrayImages):
        held, labels = images.first(number), images.labels()
        for start in range(0, number, size):
            part = slice(start, min(start + size, number))
            yield held[part], labels[part]
        return
    assert isinstance(images, EncodedImages)
    seen = 0
    still = tf.zeros([2], tf.int32)

    @tf.autograph.experimental.do_not_convert
    def decoded(encoded: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return each(lambda one: images.prepared(one, still), encoded, images), labels

    batches = images.stream(number).map(decoded, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    try:
        for part in batches.rebatch(size).prefetch(1).as_numpy_iterator():
            seen += len(part[0])
            yield part
    except tf.errors.OpError as error:
        raise images.explain(error) from error
    if seen != number:
        raise UserError(f"data set {dataset.name!r}: {seen} of {number} images could be read")


def each(prepare: Any, encoded: Any, images: Images) -> tf.Tensor:
    """Images uint8 [n, H, W, C] of n encoded ones."""
    return tf.map_fn(prepare, encoded, fn_output_signature=tf.TensorSpec(images.image_shape, tf.uint8))


def _where(images: EncodedImages, dataset: Dataset, wanted: str, places: Places) -> str:
    """Where decoded images are kept: "memory", "disk" or "none"."""
    if images.varies:
        if wanted in ("memory", "disk"):
            raise UserError(
                f"decoded training images cannot be kept in {wanted!r}: {dataset.name!r} is cropped in another way "
                "every time; set train_crop=middle, or keep none"
            )
        return "none"
    size = images.number * math.prod(images.image_shape)
    if wanted == "memory":
        refuse_without_memory(dataset, dataset.train_split, images.number)
        return wanted
    if wanted != "auto":
        return wanted
    if size <= _SHARE_OF_MEMORY * _available_memory():
        return "memory"
    if (
        _decoded_files(images, places)[0].is_file()
        or size <= _SHARE_OF_DISK * shutil.disk_usage(_existing(places.cache_dir)).free
    ):
        return "disk"
    return "none"


def _decoded(images: EncodedImages, dataset: Dataset) -> ArrayImages:
    """All images in memory."""
    held = np.empty((images.number, *images.image_shape), np.uint8)
    labels = np.empty(images.number, np.int32)
    done = 0
    for pictures, names in parts(images, dataset, images.number, _CHUNK):
        part = slice(done, done + len(pictures))
        held[part], labels[part] = pictures, names
        done += len(pictures)
    return _Decoded(held, labels, images)


class _Decoded(ArrayImages):
    """Decoded images, which keep their names."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, encoded: EncodedImages):
        super().__init__(images, labels, encoded.keys)
        self.usable = encoded.usable  # type: ignore[method-assign]


def _on_disk(images: EncodedImages, dataset: Dataset, places: Places) -> ArrayImages:
    """All images in a file of the cache, labels beside; written if they are not there, or damaged."""
    path, beside = _decoded_files(images, places)
    shape = (images.number, *images.image_shape)
    found = _mapped(path, beside, shape)
    if found:
        return _Decoded(*found, images)
    size = math.prod(shape)
    free = shutil.disk_usage(_existing(places.cache_dir)).free
    if size > free:
        raise UserError(
            f"data set {dataset.name!r}: its decoded images need {size / 1e9:.1f} GB under {places.cache_dir}, and "
            f"{free / 1e9:.1f} GB are free; give another --cache_dir, or keep none"
        )
    labels, checksum = np.empty(images.number, np.int32), 0
    head = {"descr": "|u1", "fortran_order": False, "shape": shape}
    with Progress(f"decoding {dataset.name}", images.number, unit="image") as progress, replace_file(path) as file:
        np.lib.format.write_array_header_1_0(file, head)
        done = 0
        for pictures, names in parts(images, dataset, images.number, _CHUNK):
            content = pictures.tobytes()
            file.write(content)
            checksum = zlib.crc32(content, checksum)
            labels[done : done + len(names)] = names
            done += len(pictures)
            progress.advance(done)
    with replace_file(beside) as file:
        np.savez(file, labels=labels, crc32=np.asarray(checksum, np.int64))
    return _Decoded(np.load(path, mmap_mode="r"), labels, images)


def _mapped(path: pathlib.Path, beside: pathlib.Path, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray] | None:
    """What `_on_disk` kept, or None if that is not there or not whole."""
    if not path.is_file():
        return None
    try:
        pictures, facts = np.load(path, mmap_mode="r"), npz.read(beside)
        labels = facts["labels"]
        if pictures.shape != shape or pictures.dtype != np.uint8 or len(labels) != len(pictures):
            raise ValueError(f"it holds {pictures.dtype} {list(pictures.shape)} and {len(labels)} labels")
        if _checksum(pictures) != facts["crc32"]:
            raise ValueError("its images have another checksum than they were written with")
        return pictures, labels
    except (OSError, ValueError, KeyError, EOFError) as error:
        _log.warning("%s cannot be used (%s); decoding again", path, error)
        return None


def _checksum(pictures: np.ndarray) -> int:
    """Of all bytes, as they were written; they are read ahead for the training by this."""
    checksum = 0
    with Progress("checking decoded images", len(pictures), unit="image") as progress:
        size = at_once(pictures.shape[1:], _CHUNK, MOST_OF_PART)
        for start in range(0, len(pictures), size):
            checksum = zlib.crc32(np.ascontiguousarray(pictures[start : start + size]).data, checksum)
            progress.advance(min(start + size, len(pictures)))
    return checksum


def _decoded_files(images: EncodedImages, places: Places) -> tuple[pathlib.Path, pathlib.Path]:
    digest = hashlib.sha256(f"{_FORMAT} {images.identity()}".encode(errors="surrogateescape")).hexdigest()[:16]
    folder = places.cache_dir / "decoded"
    return folder / f"{digest}.npy", folder / f"{digest}-labels.npz"


def _existing(path: pathlib.Path) -> pathlib.Path:
    return next(parent for parent in (path, *path.absolute().parents) if parent.exists())


def refuse_without_memory(dataset: Dataset, split: str, number: int, bytes_each: int = 1) -> None:
    """UserError if so many images, with so many bytes for each value, are more than this process can take."""
    needed, available = number * math.prod(dataset.image_shape) * bytes_each, _available_memory()
    if needed > available:
        raise UserError(
            f"data set {dataset.name!r}: {number:,} images of split {split} need {needed / 1e9:.1f} GB of memory, and "
            f"{available / 1e9:.1f} GB are available"
        )
