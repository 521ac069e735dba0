"""The random transformation under which the consistency penalties want logits to stay."""

from collections.abc import Callable

import tensorflow as tf

# Zhang et al. 2020 shift "by a few pixels"; four are usual for 32 x 32. A quarter of the side bounds smaller images.
_REACH = 4


def flip_and_shift(images: tf.Tensor, purpose: str, uniform: Callable[[str, list[int]], tf.Tensor]) -> tf.Tensor:
    """Flips each image from left to right or not and shifts it, edges reflected; [B, H, W, C] -> the same shape."""
    batch, height, width = images.shape[:3]
    rows = _shifted(height, uniform(f"{purpose}/down", [batch]))
    columns = _shifted(width, uniform(f"{purpose}/right", [batch]))
    flipped = uniform(f"{purpose}/flip", [batch])[:, None] < 0.5
    columns = tf.where(flipped, width - 1 - columns, columns)
    return tf.gather(tf.gather(images, rows, axis=1, batch_dims=1), columns, axis=2, batch_dims=1)


def _shifted(side: int, uniform: tf.Tensor) -> tf.Tensor:
    """Where each pixel along a side comes from; uniform [B] -> int32 [B, side]."""
    reach = min(_REACH, side // 4)
    shift = tf.cast(tf.floor(uniform * (2 * reach + 1)), tf.int32) - reach
    source = tf.abs(tf.range(side)[None, :] + shift[:, None])
    return (side - 1) - tf.abs((side - 1) - source)
