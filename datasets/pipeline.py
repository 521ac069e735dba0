"""The data's way into training and scores: a stream of batches that is a function of seed and step alone.

Images stay whole numbers until the network needs them. The order is a bijection computed per epoch, not a buffer: there
is nothing to save, a run that resumes at step s draws exactly what the unbroken run would have drawn, and each of
several hosts reads its own part of every batch and nothing else.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets import _labels
from compare_gan_tf2.datasets._decoding import each, held, parts, refuse_without_memory
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.datasets.images import BATCH, ArrayImages, Images
from compare_gan_tf2.errors import UserError

_CHUNK = 1000
# Of the cipher that shuffles; its default of four leaves orders that resemble each other.
_ROUNDS = 16
# Above so many bytes arrays are not copied into TensorFlow, but batches are gathered from them.
_MOST_COPIED = 2**28


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
    return parts(images, dataset, count or images.number, size)


def read(dataset: Dataset, split: str, places: Places, count: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The same in one piece, [N, H, W, C] and [N].

    Raises:
        UserError: also if they do not fit into memory.
    """
    images = dataset.open(split, places)
    if isinstance(images, ArrayImages) and count is None:
        return images.images, images.labels()
    number = count or images.number
    refuse_without_memory(dataset, split, number)
    found, labels = zip(*chunks(dataset, split, places, count), strict=True)
    return np.concatenate(found), np.concatenate(labels)


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
    # A step is made in chunks of equal size, so that a large batch is shared out and a small one is one piece of work.
    per_step = batches_per_step * rows
    size = per_step if isinstance(images, ArrayImages) else _largest_divisor(per_step, BATCH)
    chunks_per_step = per_step // size
    label_of = _gather(labels)
    picture_of = _gather(images.images) if isinstance(images, ArrayImages) else None
    all_selected = None if selected is None else tf.constant(selected, tf.int64)

    def drawn(chunk: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Numbers of the images int64 [size], and their places in the endless order, int64 [size]."""
        step, row = chunk // chunks_per_step, chunk % chunks_per_step * size + tf.range(size, dtype=tf.int64)
        place = (step * batches_per_step + row // rows) * batch_size + host * rows + row % rows
        index = _shuffled(place, number, seed)
        return (index if all_selected is None else tf.gather(all_selected, index)), place

    def pictures(index: tf.Tensor, place: tf.Tensor) -> tf.Tensor:
        if picture_of:
            found = picture_of(index)
        else:
            found = each(
                lambda one: images.prepared(*one), (images.fetched(index), _hashed(seed, "crop", place)), images
            )
        if not flip:
            return found
        coin = _hashed(seed, "flip", place)[:, 0] < 0
        return tf.where(coin[:, None, None, None], tf.reverse(found, [2]), found)

    def chunk(number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        index, place = drawn(number)
        return pictures(index, place), label_of(index)

    def shaped(found: tf.Tensor, names: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        shape = [batches_per_step, rows]
        return tf.reshape(found, [*shape, *images.image_shape]), tf.reshape(names, [*shape, *labels.shape[1:]])

    chunks_of_all = tf.data.Dataset.range(first_step * chunks_per_step, np.iinfo(np.int64).max)
    calls = 2 if picture_of else tf.data.AUTOTUNE
    made = chunks_of_all.map(chunk, num_parallel_calls=calls, deterministic=True)
    return made.batch(chunks_per_step, drop_remainder=True).map(shaped).prefetch(4 if picture_of else 2)


def _largest_divisor(number: int, most: int) -> int:
    return next(size for size in range(min(number, most), 0, -1) if number % size == 0)


def _shuffled(place: tf.Tensor, number: int, seed: int) -> tf.Tensor:
    """The image at every place int64 [n] of the endless order: its number, below `number`, int64 [n]."""
    # One key per image, as a batch may cross into a new epoch. Hashed, for the cipher that shuffles gives nearly the
    # same order for neighboring keys. The op itself, because its public form tf.random.experimental.index_shuffle pads
    # a batch of keys along the wrong axis.
    key = tf.concat([_hashed(seed, purpose, place // number) for purpose in ("order", "more order")], axis=1)
    return tf.raw_ops.RandomIndexShuffle(
        index=place % number, seed=key[:, :3], max_index=tf.constant(number - 1, tf.int64), rounds=_ROUNDS
    )


def _hashed(seed: int, purpose: str, numbers: tf.Tensor) -> tf.Tensor:
    """64 bits for every number int64 [n], int32 [n, 2]: independent ones for another number, purpose or seed.

    Mixed as SplitMix64 does (Steele et al. 2014), with a third product, because TensorFlow's generators take one key
    for a whole tensor.
    """
    start = zlib.crc32(f"{seed}/{purpose}".encode())
    bits = tf.cast(numbers, tf.uint64) * tf.constant(0x9E3779B97F4A7C15, tf.uint64)
    # The seed's own hash in the upper half, so that no sequence of numbers is a part of another seed's.
    bits = tf.bitwise.bitwise_xor(bits, tf.constant((start << 32) | zlib.crc32(purpose.encode()), tf.uint64))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 0xBF58476D1CE4E5B9)):
        bits = tf.bitwise.bitwise_xor(bits, tf.bitwise.right_shift(bits, tf.constant(shift, tf.uint64)))
        bits *= tf.constant(factor, tf.uint64)
    bits = tf.bitwise.bitwise_xor(bits, tf.bitwise.right_shift(bits, tf.constant(32, tf.uint64)))
    return tf.bitcast(bits, tf.int32)


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
    """int64 [n] -> images (or labels) [n, ...]; large arrays are not copied into TensorFlow."""
    if images.nbytes <= _MOST_COPIED and not isinstance(images, np.memmap):
        with tf.device("/cpu:0"):  # where the pipeline runs; a GPU's memory is for the networks
            held = tf.constant(images)
        return lambda index: tf.gather(held, index)

    def gather(index: tf.Tensor) -> tf.Tensor:
        found = tf.numpy_function(lambda numbers: images[numbers], [index], tf.as_dtype(images.dtype), stateful=False)
        return tf.ensure_shape(found, [None, *images.shape[1:]])

    return gather
