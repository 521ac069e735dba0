"""A buffer of generated images, so that a discriminator also sees earlier ones (Shrivastava et al. 2017)."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.runtime import draws


def query(images: tf.Tensor, buffer: tf.Tensor, count: tf.Tensor, name: str) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """What is shown instead of images, which go through the buffer one after the other.

    While the buffer is not full an image is stored and shown. Then, with probability 1/2, a stored one is shown, chosen
    uniformly, and the image takes its place; else the image is shown, and not stored.

    Args:
        images: [B, ...] of the whole batch; B is static.
        buffer: [S, ...].
        count: int32 scalar, how many images are stored.
        name: of the random numbers; to be called in a turn's `after`.

    Returns:
        Images [B, ...], and the buffer and the count afterwards.
    """
    rows, size = images.shape[0], buffer.shape[0]
    drawn = draws.rows_of("unit", name, [rows, 2])
    shown = tf.TensorArray(images.dtype, rows, element_shape=images.shape[1:])

    def through(
        row: tf.Tensor, shown: tf.TensorArray, buffer: tf.Tensor, count: tf.Tensor
    ) -> tuple[tf.Tensor, tf.TensorArray, tf.Tensor, tf.Tensor]:
        image, fills = images[row], count < size
        swaps = ~fills & (drawn[row, 0] < 0.5)
        place = tf.where(fills, count, tf.cast(drawn[row, 1] * size, tf.int32))
        shown = shown.write(row, tf.where(swaps, buffer[place], image))
        kept = tf.where(fills | swaps, image, buffer[place])
        buffer = tf.tensor_scatter_nd_update(buffer, [[place]], kept[None])
        return row + 1, shown, buffer, count + tf.cast(fills, tf.int32)

    start = (tf.constant(0), shown, buffer, count)
    _, shown, buffer, count = tf.while_loop(lambda row, *_: row < rows, through, start, parallel_iterations=1)
    return shown.stack(), buffer, count
