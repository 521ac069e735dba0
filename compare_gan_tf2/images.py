"""Sheets of images as PNG files."""

from __future__ import annotations

import pathlib

import numpy as np

from compare_gan_tf2.files import replace_file


def to_uint8(images: np.ndarray) -> np.ndarray:
    """float [0, 1] -> uint8, rounded to the nearest; values outside are clipped."""
    return np.round(np.clip(images, 0.0, 1.0) * 255.0).astype(np.uint8)


def grid(images: np.ndarray, columns: int = 8) -> np.ndarray:
    """Images float [N, H, W, C] in [0, 1] side by side with a white pixel between: uint8 [rows, columns, C]."""
    number, height, width, colours = images.shape
    columns = min(columns, number)
    rows = -(-number // columns)
    sheet = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1, colours), 255, np.uint8)
    for i, image in enumerate(to_uint8(images)):
        top, left = (i // columns) * (height + 1), (i % columns) * (width + 1)
        sheet[top : top + height, left : left + width] = image
    return sheet


def encode_png(image: np.ndarray) -> bytes:
    """A PNG file's bytes of an image uint8 [H, W, 1 or 3]."""
    import tensorflow as tf

    return tf.io.encode_png(image).numpy()


def write_png(path: pathlib.Path, image: np.ndarray) -> None:
    """Writes an image uint8 [H, W, 1 or 3]; the file is complete or not there."""
    with replace_file(path) as file:
        file.write(encode_png(image))
