"""The data's way into training: a stream of batches that is a function of seed and step alone.

Images stay uint8 until the network needs them. The order is a bijection computed per epoch, not a buffer: there is
nothing to save, and a run that resumes at step s draws exactly what the unbroken run would have drawn.
"""

from __future__ import annotations

import pathlib

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.errors import UserError


def to_float(images: np.ndarray, dataset: Dataset) -> np.ndarray:
    """uint8 [..., H, W, C] as stored -> float32 in [0, 1]."""
    return images.astype(np.float32) / np.float32(dataset.largest_value)


def first_images(
    dataset: Dataset, split: str, root: pathlib.Path, count: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The first `count` images uint8 [N, H, W, C], as stored, and labels int32 [N] of a split; all if None.

    Raises:
        UserError: if the data set is not prepared or has fewer images.
    """
    images, labels = dataset.read(split, root)
    if count is not None and len(images) < count:
        raise UserError(
            f"data set {dataset.name!r} has {len(images)} images in split {split}, "
            f"and {count} are asked for; set evaluation_samples to at most {len(images)}"
        )
    return images[:count], labels[:count]


def training_batches(
    images: np.ndarray, labels: np.ndarray, *, batch_size: int, batches_per_step: int, seed: int, first_step: int
) -> tf.data.Dataset:
    """Endless (images uint8 [k, B, H, W, C], labels int32 [k, B]), one element per generator step, from first_step on.

    Every epoch is a new permutation of all images; a batch may hold the end of one epoch and the start of the next.

    Args:
        images: uint8 [N, H, W, C].
        labels: int32 [N].
        batch_size: B, the global batch.
        batches_per_step: k, batches that one generator step consumes.
        seed: decides the order.
        first_step: generator steps already taken.
    """
    number = len(images)
    per_step = batch_size * batches_per_step
    all_images, all_labels = tf.constant(images), tf.constant(labels)

    def gather(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        position = step * per_step + tf.range(per_step, dtype=tf.int64)
        epoch = position // number
        # One key [seed, epoch, 0] per image, as a batch may cross into a new epoch. The op itself, because its public
        # form tf.random.experimental.index_shuffle pads a batch of keys along the wrong axis.
        key = tf.stack([tf.fill([per_step], tf.constant(seed, tf.int64)), epoch, tf.zeros_like(epoch)], axis=1)
        index = tf.raw_ops.RandomIndexShuffle(
            index=position % number, seed=tf.cast(key, tf.int32), max_index=tf.constant(number - 1, tf.int64), rounds=4
        )
        shape = [batches_per_step, batch_size]
        batch = tf.reshape(tf.gather(all_images, index), shape + list(images.shape[1:]))
        return batch, tf.reshape(tf.gather(all_labels, index), shape)

    steps = tf.data.Dataset.range(first_step, np.iinfo(np.int64).max)
    return steps.map(gather, num_parallel_calls=2, deterministic=True).prefetch(4)
