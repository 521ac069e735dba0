"""Stretches images back to the shape of the pictures that a training squeezed into squares (train_crop=none)."""

from __future__ import annotations

import math

import numpy as np

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.task_folder import grids

# Beyond it an image of the model is a line.
_MOST = 100.0


def parse(text: str) -> float:
    """Width over height, of a text such as "4:3" or "1.5".

    Raises:
        UserError: if it is neither, or beyond 100 or below 1/100.
    """
    width, colon, height = text.partition(":")
    try:
        aspect = float(width) / (float(height) if colon else 1.0)
    except (ValueError, ZeroDivisionError):
        aspect = math.nan
    if not 1.0 / _MOST <= aspect <= _MOST:
        raise UserError(f"--aspect is {text!r}; write width:height, such as 4:3, or a number from 0.01 to 100")
    return aspect


def stretched(images: np.ndarray, aspect: float) -> np.ndarray:
    """Images with one side enlarged, by bicubic interpolation, so that width over height is `aspect`.

    Args:
        images: float32 [N, H, W, C] in [0, 1].
        aspect: of the results, rounded to whole pixels.

    Returns:
        float32 [N, H', W', C] in [0, 1]; neither side is smaller than before.

    Raises:
        UserError: for points of the plane, which are no pictures.
    """
    import tensorflow as tf

    if grids.is_point(images.shape[1:]):
        raise UserError("--aspect is for images, and the module draws points of the plane")
    height, width = images.shape[1:3]
    size = (height, max(round(height * aspect), 1))
    if size[1] < width:
        size = (max(round(width / aspect), 1), width)
    resized = tf.image.resize(images, size, method="bicubic", antialias=True)
    return np.clip(resized.numpy(), 0.0, 1.0)
