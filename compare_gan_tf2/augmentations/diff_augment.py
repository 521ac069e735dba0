"""DiffAugment: color changes, translation and cutout of every image (Zhao et al. 2020, section 3.2)."""

from collections.abc import Callable

import tensorflow as tf

ADAPTS = False

_LARGEST_SHIFT = 1 / 8
_CUTOUT = 1 / 2


def augment(images: tf.Tensor, uniform: Callable[[str, list[int]], tf.Tensor], probability: tf.Tensor) -> tf.Tensor:
    """T(x) with the policy "color,translation,cutout" in the order and with the ranges of the authors' code.

    The paper's images are in [-1, 1] and so are these within: its brightness is half as much on our scale, and its
    zeros, which fill what moves in and what is cut out, are our 0.5. As in the paper values are not clipped.

    Args:
        images: float32 [B, H, W, C] in [0, 1]; the result is linear in them, for given draws.
        uniform: uniform(purpose, shape) -> float32 in [0, 1); shape starts with B.
        probability: not looked at.

    Returns:
        float32 [B, H, W, C]; gray images are not changed by saturation.
    """
    del probability
    count, height, width, _ = images.shape
    # Three factors per image, then two places per image: rows and columns.
    colors = uniform("diff_augment/colours", [count, 3])
    shifts = uniform("diff_augment/translation", [count, 2])
    places = uniform("diff_augment/cutout", [count, 2])

    x = _coloured(2.0 * images - 1.0, *tf.split(colors[:, :, None, None], 3, axis=1))
    for axis in (1, 2):
        x = _shifted(x, shifts[:, axis - 1 : axis], axis)
    cut = _inside(places[:, :1], height)[:, :, None, None] * _inside(places[:, 1:], width)[:, None, :, None]
    return (x * (1.0 - cut) + 1.0) / 2.0


def _coloured(x: tf.Tensor, brightness: tf.Tensor, saturation: tf.Tensor, contrast: tf.Tensor) -> tf.Tensor:
    """x [B, H, W, C] in [-1, 1]; brightness, saturation, contrast: draws [B, 1, 1, 1] in [0, 1), used in this order."""
    x += brightness - 0.5
    grey = tf.reduce_mean(x, axis=3, keepdims=True)
    x = (x - grey) * (2.0 * saturation) + grey
    mean = tf.reduce_mean(x, axis=[1, 2, 3], keepdims=True)
    return (x - mean) * (contrast + 0.5) + mean


def _shifted(x: tf.Tensor, draws: tf.Tensor, axis: int) -> tf.Tensor:
    """x [B, H, W, C] moved along an axis by up to an eighth of it, zeros moving in; draws: [B, 1] in [0, 1)."""
    side = x.shape[axis]
    largest = int(side * _LARGEST_SHIFT + 0.5)
    shift = tf.cast(tf.floor(draws * (2 * largest + 1)), tf.int32) - largest
    source = tf.range(side) + shift
    moved = tf.gather(x, tf.clip_by_value(source, 0, side - 1), axis=axis, batch_dims=1)
    is_image = tf.cast((source >= 0) & (source < side), tf.float32)
    return moved * tf.expand_dims(tf.expand_dims(is_image, 3 - axis), 3)


def _inside(draws: tf.Tensor, side: int) -> tf.Tensor:
    """1 where a stretch of half a side lies and 0 elsewhere: float32 [B, side]; draws: [B, 1] in [0, 1).

    As in the authors' code the stretch's middle is within the image or at its end, and the stretch may reach out.
    """
    size = int(side * _CUTOUT + 0.5)
    start = tf.cast(tf.floor(draws * (side + 1 - size % 2)), tf.int32) - size // 2
    place = tf.range(side)
    return tf.cast((place >= start) & (place < start + size), tf.float32)
