"""Quarter turns, the labels of images that have none (Gidaris et al. 2018)."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import tensorflow as tf

Batch = TypeVar("Batch", np.ndarray, tf.Tensor)

# To be raised with every change that gives other weights.
VERSION = 1
# Turns by 0, 90, 180 and 270 degrees.
TURNS = 4


def central_square(images: Batch) -> Batch:
    """The middle [N, S, S, C] of images [N, H, W, C], arrays or tensors; S is the shorter side.

    Only a square keeps its shape when it is turned.
    """
    height, width = images.shape[1:3]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return images[:, top : top + side, left : left + side]


def turned(images: tf.Tensor, key: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Square images turned at random.

    Args:
        images: [B, S, S, C].
        key: int64 [2], decides the turns.

    Returns:
        the images, each anticlockwise by its label times 90 degrees, and the labels int32 [B] in 0..3.
    """
    labels = tf.random.stateless_uniform([images.shape[0]], key, maxval=TURNS, dtype=tf.int32)
    all_turns = tf.stack([tf.image.rot90(images, turns) for turns in range(TURNS)], axis=1)
    return tf.gather(all_turns, labels, axis=1, batch_dims=1), labels
