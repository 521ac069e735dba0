"""Holes in images: drawn masks, float32 [B, H, W, 1], 1 where a pixel is unknown and 0 where it is known."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.runtime.draws import Seed

# What the authors of Context Encoders fill holes with, and the share of an image that a region has.
MEAN_COLOR = (117.0 / 255.0, 104.0 / 255.0, 123.0 / 255.0)
_SMALLEST_SHARE, _LARGEST_SHARE = 0.2, 0.3
# Places of the noise, on each side, that regions are cut from.
_GRID = 6


def rectangles(top: tf.Tensor, left: tf.Tensor, height: tf.Tensor, width: tf.Tensor, side: int) -> tf.Tensor:
    """Masks [B, side, side, 1] of rectangles; arguments int32 [B] in pixels, from the first row and column on."""
    place = tf.range(side)[None, :]
    rows = (place >= top[:, None]) & (place < (top + height)[:, None])
    columns = (place >= left[:, None]) & (place < (left + width)[:, None])
    return tf.cast(rows[:, :, None, None] & columns[:, None, :, None], tf.float32)


def corners(count: int, purpose: str, seed: Seed, free: tf.Tensor) -> tf.Tensor:
    """First rows and columns of holes, int32 [count, 2], uniform from 0 on and below `free`, int32 [count, 2] or [2].

    As in the published programs a hole never reaches the last row or column, unless there is no other place.
    """
    unit = seed.draw("unit", f"{purpose}/corner", [count, 2])
    return tf.minimum(tf.cast(unit * tf.cast(free, tf.float32), tf.int32), tf.maximum(free - 1, 0))


def regions(count: int, purpose: str, seed: Seed, side: int) -> tf.Tensor:
    """Masks [count, side, side, 1] of smooth shapes that have 20 to 30 % of an image, wherever they lie."""
    noise = seed.draw("unit", f"{purpose}/region", [count, _GRID, _GRID, 1])
    smooth = tf.reshape(tf.image.resize(noise, [side, side], "bicubic"), [count, -1])
    unit = seed.draw("unit", f"{purpose}/share", [count, 1])
    share = _SMALLEST_SHARE + (_LARGEST_SHARE - _SMALLEST_SHARE) * unit
    ordered, pixels = tf.sort(smooth, axis=1), side * side
    threshold = tf.gather(ordered, tf.cast(share * float(pixels), tf.int32), axis=1, batch_dims=1)
    return tf.reshape(tf.cast(smooth < threshold, tf.float32), [count, side, side, 1])


def filled(images: tf.Tensor, mask: tf.Tensor, fill: tf.Tensor | float) -> tf.Tensor:
    """Images [B, H, W, C] as they are outside of a hole, and in it `fill`, of their shape, of [C], or a number."""
    return tf.where(mask > 0.5, tf.broadcast_to(tf.convert_to_tensor(fill, images.dtype), tf.shape(images)), images)


def first_place(mask: tf.Tensor) -> tf.Tensor:
    """First row and first column of each hole, int32 [B, 2]; 0 without a hole."""
    found = [tf.argmax(tf.reduce_max(mask[..., 0], axis), 1, tf.int32) for axis in (2, 1)]
    return tf.stack(found, 1)


def cut(images: tf.Tensor, corner: tf.Tensor, side: int) -> tf.Tensor:
    """Squares [B, side, side, C] of images [B, H, W, C], whose first pixel is at `corner`, int32 [B, 2]."""
    rows, columns = (corner[:, axis, None] + tf.range(side)[None, :] for axis in (0, 1))
    taken = tf.gather(images, rows, axis=1, batch_dims=1)
    return tf.ensure_shape(
        tf.gather(taken, columns, axis=2, batch_dims=1), [images.shape[0], side, side, images.shape[3]]
    )


def pasted(images: tf.Tensor, squares: tf.Tensor, corner: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Images [B, H, W, C] with squares [B, s, s, C] at `corner`, int32 [B, 2], where a mask says so; see `filled`."""
    size, side = squares.shape[1], images.shape[1]
    place = tf.range(side)[None, :]
    inside = [(place >= corner[:, axis, None]) & (place < corner[:, axis, None] + size) for axis in (0, 1)]
    rows, columns = (tf.clip_by_value(place - corner[:, axis, None], 0, size - 1) for axis in (0, 1))
    spread = tf.gather(tf.gather(squares, rows, axis=1, batch_dims=1), columns, axis=2, batch_dims=1)
    reached = inside[0][:, :, None, None] & inside[1][:, None, :, None] & (mask > 0.5)
    return tf.where(reached, spread, images)
