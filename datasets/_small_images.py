"""Small pictures of images: shrunk with antialiasing, as they would lie on the disk."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets._decoding import parts
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.datasets.images import EncodedImages, Images

_CHUNK = 1000


def of_arrays(images: Images, dataset: Dataset, shape: tuple[int, int, int]) -> np.ndarray:
    """Small pictures [N, *shape] of images in memory."""
    found = [shrunk(part, shape, dataset.largest_value) for part, _ in parts(images, dataset, images.number, _CHUNK)]
    return np.concatenate(found)


class SmallImages(EncodedImages):
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

    def fetched(self, indices: tf.Tensor) -> tf.Tensor:
        return self._images.fetched(indices)  # where records are parsed

    def stream(self, count: int) -> tf.data.Dataset:
        return self._images.stream(count)

    def prepared(self, encoded: tf.Tensor, draw: tf.Tensor) -> tf.Tensor:
        return shrunk(self._images.prepared(encoded, draw)[None], self.image_shape, self._largest)[0]


def shrunk(images: tf.Tensor | np.ndarray, shape: tuple[int, int, int], largest: int) -> tf.Tensor:
    """Whole numbers [N, H, W, C] in 0..largest -> [N, *shape] of the same type."""
    found = tf.image.resize(tf.cast(images, tf.float32), shape[:2], "bicubic", antialias=True)
    found = tf.clip_by_value(tf.round(found), 0.0, float(largest))
    return tf.ensure_shape(tf.cast(found, images.dtype), [None, *shape])
