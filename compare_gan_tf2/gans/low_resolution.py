"""Low-resolution images made of the high-resolution ones, as they are stored."""

from __future__ import annotations

import functools
from collections.abc import Callable

import tensorflow as tf

Make = Callable[[tf.Tensor], tf.Tensor]


def maker(zoom: int, kind: str) -> Make:
    """What makes them: uint8 or uint16 [B, H, W, C] -> [B, H / zoom, W / zoom, C] of the same dtype, rounded.

    Args:
        zoom: of which both sides are multiples.
        kind: "block", the mean of zoom x zoom pixels, or "bicubic", smoothed before it is sampled, as MATLAB and PIL
            do it; option downscaling.
    """
    return functools.partial(_blocks if kind == "block" else _bicubic, zoom)


def _blocks(zoom: int, images: tf.Tensor) -> tf.Tensor:
    return _rounded(tf.nn.avg_pool2d(tf.cast(images, tf.float32), zoom, zoom, "VALID"), images.dtype)


def _bicubic(zoom: int, images: tf.Tensor) -> tf.Tensor:
    height, width = (side // zoom for side in images.shape[1:3])
    # The kernel "keyscubic" is the one with a = -0.5; "bicubic" takes it where antialias is set.
    made = tf.image.resize(tf.cast(images, tf.float32), [height, width], "bicubic", antialias=True)
    return _rounded(made, images.dtype)


def _rounded(images: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    return tf.cast(tf.clip_by_value(tf.round(images), 0.0, float(dtype.max)), dtype)
