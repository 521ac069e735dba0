"""Sheets of images, and plots of points, as PNG files."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

import numpy as np

from compare_gan_tf2.files import replace_file

# Of names beside rows; and pixels around them.
_MOST_LETTERS, _MARGIN = 24, 3


def to_uint8(images: np.ndarray) -> np.ndarray:
    """float [0, 1] -> uint8, rounded to the nearest; values outside are clipped."""
    return np.round(np.clip(images, 0.0, 1.0) * 255.0).astype(np.uint8)


def grid(images: np.ndarray, columns: int = 8) -> np.ndarray:
    """Images float [N, H, W, C] in [0, 1] side by side with a white pixel between: uint8 [rows, columns, C]."""
    number, height, width, colors = images.shape
    columns = min(columns, number)
    rows = -(-number // columns)
    sheet = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1, colors), 255, np.uint8)
    for i, image in enumerate(to_uint8(images)):
        top, left = (i // columns) * (height + 1), (i % columns) * (width + 1)
        sheet[top : top + height, left : left + width] = image
    return sheet


def beside(pictures: Sequence[np.ndarray], columns: int = 8) -> np.ndarray:
    """Pictures that belong together side by side, such as inputs, outputs and truths; several such groups in a row.

    Args:
        pictures: of every kind float [N, H, W, C] in [0, 1]; gray ones get the colors of the others, small ones larger
            pixels.
        columns: pictures in a row, rounded down to whole groups, but one group at least.

    Returns:
        uint8 [height, width, C], a white pixel between pictures.
    """
    height, width, colors = (max(each.shape[axis] for each in pictures) for axis in (1, 2, 3))
    alike = [np.repeat(_enlarged(each, height, width), colors // each.shape[-1], axis=-1) for each in pictures]
    groups = np.stack(alike, axis=1)
    in_row = max(columns // len(pictures), 1) * len(pictures)
    return grid(groups.reshape(-1, *groups.shape[2:]), in_row)


def _enlarged(pictures: np.ndarray, height: int, width: int) -> np.ndarray:
    """[N, H, W, C] to other sides, each pixel repeated."""
    for axis, side in ((1, height), (2, width)):
        if pictures.shape[axis] != side:
            pictures = np.take(pictures, np.arange(side) * pictures.shape[axis] // side, axis=axis)
    return pictures


def named_rows(sheet: np.ndarray, names: Sequence[str], letters: int = _MOST_LETTERS) -> np.ndarray:
    """A grid with a name beside each of its rows, black on white, to the left.

    Args:
        sheet: uint8 [H, W, C] of `grid`, C 1 or 3; as many rows as names.
        names: may be cut to the characters that are drawn.
        letters: how many these are at most.
    """
    from PIL import Image, ImageDraw

    height = (sheet.shape[0] + 1) // len(names)
    shown = [name if len(name) <= letters else f"{name[: letters - 3]}..." for name in names]
    # A class's name may be in letters that the font lacks.
    shown = [name.encode("ascii", "replace").decode() for name in shown]
    draw = ImageDraw.Draw(Image.new("L", (1, 1)))
    width = int(max(draw.textlength(name) for name in shown)) + 2 * _MARGIN
    picture = Image.new("L", (width, sheet.shape[0]), 255)
    draw = ImageDraw.Draw(picture)
    for row, name in enumerate(shown):
        draw.text((_MARGIN, row * height + height / 2), name, fill=0, anchor="lm")
    beside = np.repeat(np.asarray(picture)[..., None], sheet.shape[-1], axis=-1)
    return np.concatenate([beside, sheet], axis=1)


def is_point(image_shape: tuple[int, ...]) -> bool:
    """Whether an image is a point of the plane, x and y in its two channels (`datasets.ring`, `datasets.grid`)."""
    return tuple(image_shape) == (1, 1, 2)


def sheet(images: np.ndarray) -> np.ndarray:
    """What a person looks at: points float [N, 1, 1, 2] as a plot, other images as a grid; uint8 [H, W, 1 or 3]."""
    return scatter(images) if is_point(images.shape[1:]) else grid(images)


def scatter(images: np.ndarray, side: int = 256) -> np.ndarray:
    """A plot of points as a picture: white, with a 3x3 black dot where a point is; x to the right, y upwards.

    Args:
        images: float [N, 1, 1, 2], (x, y) in [0, 1]; points outside lie on the border, those that are no numbers
            nowhere.
        side: of the picture in pixels, 3 or more.

    Returns:
        uint8 [side, side, 1].
    """
    points = images.reshape(-1, 2).astype(np.float64)
    points = np.clip(points[np.isfinite(points).all(axis=1)], 0.0, 1.0)
    columns = np.rint(1 + points[:, 0] * (side - 3)).astype(int)
    rows = np.rint(1 + (1.0 - points[:, 1]) * (side - 3)).astype(int)
    picture = np.full((side, side, 1), 255, np.uint8)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            picture[rows + down, columns + right] = 0
    return picture


def encode_png(image: np.ndarray) -> bytes:
    """A PNG file's bytes of an image uint8 [H, W, 1 or 3]."""
    import tensorflow as tf

    return tf.io.encode_png(image).numpy()


def write_png(path: pathlib.Path, image: np.ndarray) -> None:
    """Writes an image uint8 [H, W, 1 or 3]; the file is complete or not there."""
    with replace_file(path) as file:
        file.write(encode_png(image))
