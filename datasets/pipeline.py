"""The data's way into training and scores: a stream of batches that is a function of seed and step alone.

Images stay whole numbers until the network needs them. The order is a bijection computed per epoch, not a buffer: there
is nothing to save, a run that resumes at step s draws exactly what the unbroken run would have drawn, and each of
several hosts reads its own part of every batch and nothing else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets import _labels
from compare_gan_tf2.datasets._decoding import held, parts, refuse_without_memory
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.datasets.images import ArrayImages, Images
from compare_gan_tf2.datasets.streams import Column, Reading, Source, rows_of_steps
from compare_gan_tf2.errors import UserError

_CHUNK = 1000


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
        size: of a part, or fewer images if these would take more than half a gigabyte.

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


def training_data(
    dataset: Dataset, options: Any, places: Places, cache: str = "auto", *, labels_wanted: bool = False
) -> TrainingData:
    """Opens the training split as a task's options want it, decoded ahead where that is possible and fits.

    Args:
        dataset: the task's, adapted to its options.
        options: those of `_labels`.
        places: where it is.
        cache: "memory", "disk" (under cache_dir), "none" (decoded when needed), or "auto" (where there is room).
        labels_wanted: whether a stream of the task is of labels.

    Raises:
        UserError: if the data set is not prepared or damaged, or does not fit where `cache` wants it.
    """
    images, cached = held(dataset, places, cache, training=True)
    labels, selected = _labels.training_labels(images, dataset, options, wanted=labels_wanted)
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
    columns = {"images": Column(images), "labels": Column(labels)}
    source = Source("", columns, images.number, selected, flip)
    readings = [Reading(str(i), "", ("images", "labels"), batch_size) for i in range(batches_per_step)]
    steps = rows_of_steps(source, readings, seed, host, hosts, first_step=first_step)

    @tf.autograph.experimental.do_not_convert
    def stacked(step: dict[str, dict[str, tf.Tensor]]) -> tuple[tf.Tensor, tf.Tensor]:
        found = [tf.stack([rows[name] for rows in step.values()]) for name in ("images", "labels")]
        return found[0], found[1]

    return steps.map(stacked).prefetch(4 if isinstance(images, ArrayImages) else 2)


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
