"""The data's way into training and scores: a stream of batches that is a function of seed and step alone.

Images stay whole numbers until the network needs them. The order is a bijection computed per epoch, not a buffer: there
is nothing to save, a run that resumes at step s draws exactly what the unbroken run would have drawn, and each of
several hosts reads its own part of every batch and nothing else.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import math
import os
import pathlib
import shutil
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets import _labels
from compare_gan_tf2.datasets._images import ArrayImages, EncodedImages, Images
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file
from compare_gan_tf2.progress import Progress

_CHUNK = 1000
# What is decoded is held in memory, or written to the disk, if it takes no more than this share of what is free.
_SHARE_OF_MEMORY, _SHARE_OF_DISK = 0.5, 0.5
# Above so many bytes arrays are not copied into TensorFlow, but batches are gathered from them.
_MOST_COPIED = 2**30

_log = logging.getLogger(__name__)


def to_float(images: np.ndarray, dataset: Dataset) -> np.ndarray:
    """Whole numbers [..., H, W, C] as stored -> float32 in [0, 1]."""
    return images.astype(np.float32) / np.float32(dataset.largest_value)


def chunks(
    dataset: Dataset, split: str, places: Places, count: int | None = None, size: int = _CHUNK
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The first images of a split in stored order, part by part: uint8 or uint16 [n, H, W, C] and labels int32 [n].

    Args:
        dataset: whose images; framed as for evaluation.
        split: of the data set.
        places: where it is.
        count: how many; all if None.
        size: of a part.

    Raises:
        UserError: if the data set is not prepared, is damaged, or has fewer images.
    """
    images = dataset.open(split, places)
    if count is not None and images.number < count:
        raise UserError(
            f"data set {dataset.name!r} has {images.number} images in split {split}, "
            f"and {count} are asked for; set evaluation_samples to at most {images.number}"
        )
    return _parts(images, dataset, count or images.number, size)


def read(dataset: Dataset, split: str, places: Places, count: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The same in one piece, [N, H, W, C] and [N].

    Raises:
        UserError: also if they do not fit into memory.
    """
    images = dataset.open(split, places)
    if isinstance(images, ArrayImages) and count is None:
        return images.images, images.labels()
    number = count or images.number
    _refuse_without_memory(dataset, split, number)
    parts = list(zip(*chunks(dataset, split, places, count), strict=True))
    return np.concatenate(parts[0]), np.concatenate(parts[1])


def _parts(images: Images, dataset: Dataset, number: int, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    if isinstance(images, ArrayImages):
        labels = images.labels()
        for start in range(0, number, size):
            part = slice(start, min(start + size, number))
            yield images.images[part], labels[part]
        return
    assert isinstance(images, EncodedImages)
    seen = 0
    still = tf.zeros([2], tf.int32)
    decoded = (
        images.stream()
        .take(number)
        .map(lambda encoded, label: (images.prepared(encoded, still), label), num_parallel_calls=tf.data.AUTOTUNE)
    )
    try:
        for part in decoded.batch(size).prefetch(1).as_numpy_iterator():
            seen += len(part[0])
            yield part
    except tf.errors.OpError as error:
        raise images.explain(error) from error
    if seen != number:
        raise UserError(f"data set {dataset.name!r}: {seen} of {number} images could be read")


@dataclasses.dataclass(frozen=True, eq=False)
class TrainingData:
    """What a task trains on.

    Attributes:
        images: of the training split, as it is read from here on: in memory, from a file, or decoded when needed.
        labels: int32 [N], -1 where an image has none; or float32 [N, classes], distributions.
        selected: int64 [M], the numbers of those that are trained on; None for all.
        cached: "memory", "disk" or "none".
    """

    images: Images
    labels: np.ndarray
    selected: np.ndarray | None
    cached: str


def training_data(dataset: Dataset, options: Any, places: Places, cache: str = "auto") -> TrainingData:
    """Opens the training split as a task's options want it, decoded ahead where that is possible and fits.

    Args:
        dataset: the task's, adapted to its options.
        options: those of `_labels`.
        places: where it is.
        cache: "memory", "disk" (under cache_dir), "none" (decoded when needed), or "auto" (where there is room).

    Raises:
        UserError: if the data set is not prepared or damaged, or does not fit where `cache` wants it.
    """
    images, cached = held(dataset, places, cache, training=True)
    labels, selected = _labels.training_labels(images, dataset, options)
    return TrainingData(images, labels, selected, cached)


def held(dataset: Dataset, places: Places, cache: str = "auto", *, training: bool = False) -> tuple[Images, str]:
    """All images of the training split, decoded ahead where that is possible and fits, and where they are.

    Args:
        dataset: whose images.
        places: where it is.
        cache: see `training_data`.
        training: whether images are cropped as for training.
    """
    images = dataset.open(dataset.train_split, places, training=training)
    if not isinstance(images, EncodedImages):
        return images, "memory"
    cached = _where(images, dataset, cache, places)
    if cached == "memory":
        return _decoded(images, dataset), cached
    return (_on_disk(images, dataset, places) if cached == "disk" else images), cached


def training_batches(
    images: Images,
    labels: np.ndarray,
    *,
    batch_size: int,
    batches_per_step: int,
    seed: int,
    first_step: int,
    selected: np.ndarray | None = None,
    flip: bool = False,
    host: int = 0,
    hosts: int = 1,
) -> tf.data.Dataset:
    """Endless (images [k, B, H, W, C] as stored, labels [k, B, ...]), one per generator step, from first_step on.

    Every epoch is a new permutation of all images; a batch may hold the end of one epoch and the start of the next.

    Args:
        images: to be drawn from.
        labels: int32 [N] or float32 [N, classes].
        batch_size: the global batch, divisible by hosts.
        batches_per_step: k, batches that one generator step consumes.
        seed: decides the order, and what is random about an image (crop, flip).
        first_step: generator steps already taken.
        selected: int64 [M], numbers of the images that are drawn from; all if None.
        flip: whether half of all images are mirrored, left to right.
        host: number of this host, which gets the rows host * B to (host + 1) * B of every global batch.
        hosts: how many there are; B is batch_size / hosts.
    """
    if batch_size % hosts:
        raise ValueError(f"a batch of {batch_size} cannot be divided among {hosts} hosts")
    number = images.number if selected is None else len(selected)
    rows = batch_size // hosts
    per_step = batches_per_step * rows
    all_labels = tf.constant(labels)
    all_selected = None if selected is None else tf.constant(selected, tf.int64)

    def drawn(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Numbers of the images int64 [per_step], and their places in the endless order, int64 [per_step]."""
        row = tf.range(per_step, dtype=tf.int64)
        place = (step * batches_per_step + row // rows) * batch_size + host * rows + row % rows
        epoch = place // number
        # One key [seed, epoch, 0] per image, as a batch may cross into a new epoch. The op itself, because its public
        # form tf.random.experimental.index_shuffle pads a batch of keys along the wrong axis.
        key = tf.stack([tf.fill([per_step], tf.constant(seed, tf.int64)), epoch, tf.zeros_like(epoch)], axis=1)
        index = tf.raw_ops.RandomIndexShuffle(
            index=place % number, seed=tf.cast(key, tf.int32), max_index=tf.constant(number - 1, tf.int64), rounds=4
        )
        return (index if all_selected is None else tf.gather(all_selected, index)), place

    def mirrored(pictures: tf.Tensor, place: tf.Tensor) -> tf.Tensor:
        if not flip:
            return pictures
        return tf.where(_coin(seed, place)[:, None, None, None], tf.reverse(pictures, [2]), pictures)

    def shaped(pictures: tf.Tensor, index: tf.Tensor, place: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        shape = [batches_per_step, rows]
        pictures = tf.reshape(mirrored(pictures, place), [*shape, *images.image_shape])
        return pictures, tf.reshape(tf.gather(all_labels, index), shape + list(labels.shape[1:]))

    steps = tf.data.Dataset.range(first_step, np.iinfo(np.int64).max)
    if isinstance(images, ArrayImages):
        gather = _gather(images.images)
        ready = steps.map(
            lambda step: (lambda index, place: shaped(gather(index), index, place))(*drawn(step)),
            num_parallel_calls=2,
            deterministic=True,
        )
        return ready.prefetch(4)
    assert isinstance(images, EncodedImages)

    def decoded(encoded: tf.Tensor, index: tf.Tensor, place: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        draw = tf.stack([tf.constant(seed, tf.int32), tf.cast(place % 2**31, tf.int32)])
        return images.prepared(encoded, draw), index, place

    def fetched(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        index, place = drawn(step)
        return images.fetched(index), index, place

    ready = (
        steps.map(fetched, num_parallel_calls=2, deterministic=True)
        .unbatch()
        .map(decoded, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        .batch(per_step, drop_remainder=True)
        .map(shaped)
    )
    return ready.prefetch(2)


def _coin(seed: int, place: tf.Tensor) -> tf.Tensor:
    """A fair coin for every place int64 [n] in the order: bool [n], the same for the same seed and place."""

    def toss(each: tf.Tensor) -> tf.Tensor:
        return tf.random.stateless_uniform([], [tf.cast(each % 2**31, tf.int32), seed], alg="philox") < 0.5

    return tf.vectorized_map(toss, place, fallback_to_while_loop=True)


def elements(batches: tf.data.Dataset, images: Images) -> Iterator[Any]:
    """The elements of `training_batches`; what goes wrong while images are read is said in one line.

    Raises:
        UserError: if an image cannot be read any more.
    """
    iterator = iter(batches)
    while True:
        try:
            element = next(iterator)
        except tf.errors.OpError as error:
            raise images.explain(error) from error
        yield element


def _gather(images: np.ndarray) -> Any:
    """int64 [n] -> images [n, H, W, C]; large arrays are not copied into TensorFlow."""
    if images.nbytes <= _MOST_COPIED and not isinstance(images, np.memmap):
        held = tf.constant(images)
        return lambda index: tf.gather(held, index)

    def gather(index: tf.Tensor) -> tf.Tensor:
        found = tf.numpy_function(lambda numbers: images[numbers], [index], tf.as_dtype(images.dtype), stateful=False)
        return tf.ensure_shape(found, [None, *images.shape[1:]])

    return gather


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
        _refuse_without_memory(dataset, dataset.train_split, images.number)
        return wanted
    if wanted != "auto":
        return wanted
    if size <= _SHARE_OF_MEMORY * _available_memory():
        return "memory"
    file = _decoded_file(images, dataset, places)
    if file.is_file() or size <= _SHARE_OF_DISK * shutil.disk_usage(_existing(places.cache_dir)).free:
        return "disk"
    return "none"


def _decoded(images: EncodedImages, dataset: Dataset) -> ArrayImages:
    """All images in memory."""
    held = np.empty((images.number, *images.image_shape), np.uint8)
    labels = np.empty(images.number, np.int32)
    done = 0
    for pictures, names in _parts(images, dataset, images.number, _CHUNK):
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
    """All images in a file of the cache, which is written if it is not there."""
    path = _decoded_file(images, dataset, places)
    if not path.is_file():
        size = images.number * math.prod(images.image_shape)
        free = shutil.disk_usage(_existing(places.cache_dir)).free
        if size > free:
            raise UserError(
                f"data set {dataset.name!r}: its decoded images need {size / 1e9:.1f} GB under {places.cache_dir}, and "
                f"{free / 1e9:.1f} GB are free; give another --cache_dir, or keep none"
            )
        _log.info("decoding %s into %s (%.1f GB)", dataset.name, path, size / 1e9)
        head = {"descr": "|u1", "fortran_order": False, "shape": (images.number, *images.image_shape)}
        with Progress(f"decoding {dataset.name}", images.number, unit="image") as progress, replace_file(path) as file:
            np.lib.format.write_array_header_1_0(file, head)
            done = 0
            for pictures, _ in _parts(images, dataset, images.number, _CHUNK):
                file.write(pictures.tobytes())
                done += len(pictures)
                progress.advance(done)
    return _Decoded(np.load(path, mmap_mode="r"), images.labels(), images)


def _decoded_file(images: EncodedImages, dataset: Dataset, places: Places) -> pathlib.Path:
    matters = f"{dataset.name} {dataset.train_split} {images.image_shape} {dataset.fingerprint(places.dataset_root)}"
    digest = hashlib.sha256(matters.encode()).hexdigest()
    return places.cache_dir / "decoded" / f"{digest[:16]}.npy"


def _existing(path: pathlib.Path) -> pathlib.Path:
    return next(parent for parent in (path, *path.absolute().parents) if parent.exists())


def _refuse_without_memory(dataset: Dataset, split: str, number: int) -> None:
    needed, available = number * math.prod(dataset.image_shape), _available_memory()
    if needed > available:
        raise UserError(
            f"data set {dataset.name!r}: {number:,} images of split {split} need {needed / 1e9:.1f} GB of memory, and "
            f"{available / 1e9:.1f} GB are available"
        )


def _available_memory() -> int:
    """Bytes that this process can still take: of the machine, and of its control group where that has a limit."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    meminfo = pathlib.Path("/proc/meminfo")
    if meminfo.is_file():  # Linux, which also says how much of it is taken
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        found = [1024 * int(lines["MemAvailable"].split()[0])]
    group = pathlib.Path("/sys/fs/cgroup")
    try:
        limit = int((group / "memory.max").read_text())  # the text "max" where there is none
        used = int((group / "memory.current").read_text())
        stats = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        found.append(limit - used + int(stats["inactive_file"]))
    except (OSError, ValueError, KeyError):
        pass
    return min(found)
