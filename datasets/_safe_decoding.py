"""The one way from the bytes of an image file to bytes that TensorFlow decodes rightly, and without harm."""

from __future__ import annotations

import contextlib
import io
import re
import threading
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps

from compare_gan_tf2.datasets import _image_headers
from compare_gan_tf2.datasets._image_headers import Header

if TYPE_CHECKING:
    import tensorflow as tf

# Images of more pixels are decoded one at a time, or many threads would need many times their memory.
_LARGE = 2**24
_ONE_LARGE = threading.Lock()
# EXIF's number -> what makes the pixels [H, W, C] upright.
_TURNS = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.transpose(1, 0, 2),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: pixels.transpose(1, 0, 2)[::-1, ::-1],
    8: lambda pixels: np.rot90(pixels),
}


class UnreadableError(Exception):
    """An image file that cannot be read; its text is the reason, and names no file."""


def decodable(contents: bytes) -> bytes:
    """The same picture as TensorFlow's `decode_image` reads it rightly: the bytes themselves, or those of a PNG.

    What EXIF says of turns is carried out. What TensorFlow cannot read, or reads wrongly, is read by Pillow: TIFF, PPM,
    BMP with a palette or compression, WebP animations. Of an animation it is the first picture.

    Args:
        contents: of the file.

    Raises:
        UnreadableError: if there is no image in it, it claims too many pixels, or it has to be decoded here and cannot
            be; other damage shows when it is decoded.
    """
    return _decodable(contents, header(contents))


def header(contents: bytes) -> Header:
    """The header of an image file; UnreadableError if it has none, or must not be decoded."""
    if not contents:
        raise UnreadableError("empty file")
    found = _image_headers.read(io.BytesIO(contents))
    if found is None:
        raise UnreadableError("no image, or a damaged one, by its header")
    if found.fault:
        raise UnreadableError(found.fault)
    return found


def judged(contents: bytes) -> tuple[Header, tuple[int, int, int], int]:
    """Decodes an image file as a set of images has it.

    Returns:
        Its header; (height, width, channels) when it is upright; and by how it was turned, as in EXIF.

    Raises:
        UnreadableError: if it cannot be read.
    """
    found = header(contents)
    with _room(found):
        height, width, channels = _by_tensorflow(_decodable(contents, found)).shape
    return found, (height, width, channels), _image_headers.turn(contents)


def _decodable(contents: bytes, found: Header) -> bytes:
    if not found.for_tensorflow:
        return _png(_by_pillow(contents))
    turned = _TURNS.get(_image_headers.turn(contents))
    # By TensorFlow, whose JPEG differs a little from Pillow's: a photograph has the same pixels in any position.
    return _png(turned(_by_tensorflow(contents))) if turned else contents


def _room(found: Header) -> contextlib.AbstractContextManager:
    return _ONE_LARGE if found.height * found.width > _LARGE else contextlib.nullcontext()


def _by_tensorflow(contents: bytes) -> np.ndarray:
    """uint8 [H, W, C] with 1 to 4 channels."""
    import tensorflow as tf

    try:
        with tf.device("/cpu:0"):
            pixels: np.ndarray = tf.io.decode_image(contents, expand_animations=False).numpy()
            return pixels
    except tf.errors.OpError as error:
        raise UnreadableError(reason(error)) from error


def _by_pillow(contents: bytes) -> np.ndarray:
    """The same of what only Pillow reads, upright."""
    try:
        with Image.open(io.BytesIO(contents)) as image:
            image.load()
            pixels = np.asarray(ImageOps.exif_transpose(_eight_bits(image)))
    except Exception as error:  # damage raises one of many types
        raise UnreadableError(str(error).partition("\n")[0] or type(error).__name__) from error
    return pixels if pixels.ndim == 3 else pixels[..., None]


def _eight_bits(image: Image.Image) -> Image.Image:
    """An image of any kind as gray or color, with or without transparency, 8 bits each."""
    if image.mode in ("L", "LA", "RGB", "RGBA"):
        return image
    if image.mode.startswith("I"):
        # The upper half of 16 bits, as TensorFlow takes it from a PNG; Pillow would cut all above 255.
        deep = np.asarray(image)
        if deep.min() < 0 or deep.max() > 65535:
            raise UnreadableError("holds pixels of 32 bits, which are not read")
        gray = Image.fromarray((deep >> 8).astype(np.uint8))
        gray.info.update(image.info)
        return gray
    if image.mode == "1":
        return image.convert("L")
    is_transparent = image.mode in ("La", "PA", "RGBa") or "transparency" in image.info
    return image.convert("RGBA" if is_transparent else "RGB")


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    # Compressed hardly, since it is decoded at once.
    Image.fromarray(np.ascontiguousarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels)).save(
        file, "PNG", compress_level=1
    )
    return file.getvalue()


def reason(error: tf.errors.OpError) -> str:
    """What TensorFlow found wrong with an image, without where in its program that was."""
    return re.sub(r"^\{\{.*?\}\} | \[Op:\w+\]$", "", error.message.partition("\n")[0])
