"""zoom:SET, any set of images with small pictures of them beside, for super-resolution; zoom:2:SET of half the sides.

The column "lr" is the image with a quarter of its sides, or an N-th of zoom:N:SET: bicubic (Keys) with antialiasing,
rounded to whole numbers, as it would lie on the disk.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets._beside import BesideDataset
from compare_gan_tf2.datasets._decoding import parts
from compare_gan_tf2.datasets.images import ArrayImages, EncodedImages, Images
from compare_gan_tf2.errors import UserError

_FACTOR, _MOST = 4, 16
_CHUNK = 1000


@dataclasses.dataclass(frozen=True)
class _Zoomed(BesideDataset):
    """Images and small ones.

    Attributes:
        factor: by which the sides are divided.
    """

    factor: int = _FACTOR

    @property
    def column(self) -> str:
        return "lr"

    def column_shape(self, column: str) -> tuple[int, int, int]:
        height, width, channels = self.image_shape
        return (height // self.factor, width // self.factor, channels) if column == "lr" else self.image_shape

    def beside(self, images: Images) -> Images:
        height, width, _ = images.image_shape
        if height % self.factor or width % self.factor:
            raise UserError(
                f"data set {self.name!r}: images are {height} x {width}, which is no multiple of {self.factor}; "
                f"zoom:2:SET halves the sides, and image_size chooses those of a folder"
            )
        shape = self.column_shape("lr")
        if isinstance(images, EncodedImages):
            return _Small(images, shape, self.largest_value)
        small = [
            shrunk(part, shape, self.largest_value).numpy() for part, _ in parts(images, self, images.number, _CHUNK)
        ]
        return ArrayImages(np.concatenate(small), images.labels(), images.keys)


class _Small(EncodedImages):
    """Encoded images that become small when they are decoded; they are cropped as the large ones are."""

    def __init__(self, images: EncodedImages, image_shape: tuple[int, int, int], largest: int):
        self._images, self.image_shape, self._largest = images, image_shape, largest
        self.number, self.varies = images.number, images.varies

    def labels(self) -> np.ndarray:
        return self._images.labels()

    def keys(self) -> np.ndarray:
        return self._images.keys()

    def usable(self) -> np.ndarray | None:
        return self._images.usable()

    def explain(self, error: Exception) -> Exception:
        return self._images.explain(error)

    def identity(self) -> str:
        return f"{self._images.identity()} shrunk to {self.image_shape}"

    def fetch(self, indices: np.ndarray) -> np.ndarray:
        return self._images.fetch(indices)

    def prepared(self, encoded: tf.Tensor, draw: tf.Tensor) -> tf.Tensor:
        return shrunk(self._images.prepared(encoded, draw)[None], self.image_shape, self._largest)[0]


def shrunk(images: tf.Tensor | np.ndarray, shape: tuple[int, int, int], largest: int) -> tf.Tensor:
    """Whole numbers [N, H, W, C] in 0..largest -> [N, *shape] of the same type."""
    found = tf.image.resize(tf.cast(images, tf.float32), shape[:2], "bicubic", antialias=True)
    found = tf.clip_by_value(tf.round(found), 0.0, float(largest))
    return tf.ensure_shape(tf.cast(found, images.dtype), [None, *shape])


def named(argument: str) -> BesideDataset:
    """The entry of zoom:SET or zoom:FACTOR:SET; UserError if there is no such set or factor."""
    first, colon, rest = argument.partition(":")
    if not (colon and first.isdecimal()):
        return _Zoomed.of(catalog.find(argument), "zoom:")
    if not (first.isascii() and 2 <= int(first) <= _MOST and first == str(int(first))):
        raise UserError(f"data set 'zoom:{argument}': the factor is from 2 to {_MOST}; for example zoom:2:{rest}")
    return _Zoomed.of(catalog.find(rest), f"zoom:{first}:", factor=int(first))
