"""What the consistency penalties share: a random transformation, and how far it moves logits."""

from collections.abc import Callable

import tensorflow as tf

from compare_gan_tf2.penalties import Context

# Zhang et al. 2020 shift "by a few pixels"; four are usual for 32 x 32. A quarter of the side bounds smaller images.
_REACH = 4


def disagreement(context: Context, images: tf.Tensor, moved: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
    """E[(D(images) - D(moved))^2]; images and moved [B, H, W, C], labels or None -> scalar.

    In one call, although D(images) of this update's judgment may be had for nothing: the two logits must not differ
    by the statistics of two batches, or by a step of power iteration.
    """
    twice = None if labels is None else tf.concat([labels, labels], 0)
    logits, of_moved = tf.split(context.discriminate(tf.concat([images, moved], 0), twice), 2)
    return tf.reduce_mean(tf.square(logits - of_moved))


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
