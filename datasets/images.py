"""The images of one split, open for reading: any of them by its number in the stored order."""

from __future__ import annotations

import abc
import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

# Images that are read, decoded and handed on together: enough to spare the work around each, few enough to share out.
BATCH = 64
# Bytes that these, and larger parts of a set, are at most: of color images of 1024 pixels 21, and 170.
MOST_OF_BATCH, MOST_OF_PART = 2**26, 2**29


def at_once(image_shape: Sequence[int], most: int, most_bytes: int) -> int:
    """How many images, a byte for each value, are handled together: `most`, fewer of large ones, one at least."""
    return max(1, min(most, most_bytes // math.prod(image_shape)))


class Images(abc.ABC):
    """N images with their labels.

    Attributes:
        number: N.
        image_shape: (H, W, C).
    """

    number: int
    image_shape: tuple[int, int, int]

    @abc.abstractmethod
    def labels(self) -> np.ndarray:
        """int32 [N], -1 where an image has none. May take a pass over the data, whose outcome is then kept."""

    def keys(self) -> np.ndarray:
        """Names of the images within their data set, text [N]; they do not depend on the order of storage if they can.

        May take a pass over the data.
        """
        return np.arange(self.number).astype(np.str_)

    def usable(self) -> np.ndarray | None:
        """The numbers int64 [M], ascending, of those that are trained on; None for all."""
        return None

    def explain(self, error: Exception) -> Exception:
        """The one line, as a UserError, for what went wrong while images were read; or the error itself."""
        return error


class ArrayImages(Images):
    """Images in memory, or mapped into it from a file.

    Args:
        images: uint8 or uint16 [N, H, W, C].
        labels: int32 [N].
        keys: gives the names of the images, if they have some.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, keys: Callable[[], np.ndarray] | None = None):
        self.images, self._labels, self._keys = images, labels, keys
        self.number = len(images)
        self.image_shape = tuple(images.shape[1:])  # type: ignore[assignment]

    def first(self, number: int) -> np.ndarray:
        """The first images [number, H, W, C]."""
        return self.images[:number]

    def labels(self) -> np.ndarray:
        return self._labels

    def keys(self) -> np.ndarray:
        return self._keys() if self._keys else super().keys()


@dataclasses.dataclass(frozen=True, eq=False)
class Columns:
    """What belongs together row by row: pictures, their partners, masks, attributes, captions.

    Attributes:
        data: pictures, or an array [N, ...], by the name of the column; all in the same stored order.
        side: a word of captions or attributes that names a side ("left"), so that nothing may be mirrored; or "".
        digest: differs when what is read beside pictures does; "" for pictures alone.
    """

    data: Mapping[str, Images | np.ndarray]
    side: str = ""
    digest: str = ""

    @property
    def number(self) -> int:
        """Of rows, N."""
        first = next(iter(self.data.values()))
        return first.number if isinstance(first, Images) else len(first)


class EncodedImages(Images):
    """Images in files, decoded when they are needed.

    Attributes:
        varies: whether an image is prepared in another way every time it is drawn (random crops).
    """

    varies: bool = False

    @abc.abstractmethod
    def identity(self) -> str:
        """A text that differs when what `stream` and `prepared` give does."""

    @abc.abstractmethod
    def fetch(self, indices: np.ndarray) -> np.ndarray:
        """What is stored of numbers int64 [B], bytes, dtype object [B]; called by several threads at once."""

    @abc.abstractmethod
    def prepared(self, encoded: tf.Tensor, draw: tf.Tensor) -> tf.Tensor:
        """An encoded image (text scalar) -> uint8 [H, W, C]; traced into the pipeline.

        Args:
            encoded: of `fetched` or `stream`.
            draw: int32 [2], decides what is random; the same pair is the same image.
        """

    def fetched(self, indices: tf.Tensor) -> tf.Tensor:
        """`fetch` within a graph: int64 [B] -> encoded images, text [B]."""
        import tensorflow as tf

        texts = tf.numpy_function(self.fetch, [indices], tf.string, stateful=False)
        texts.set_shape(indices.shape)
        return texts

    def stream(self, count: int) -> tf.data.Dataset:
        """The first images in stored order, in batches: (encoded text [n], labels int32 [n], -1: none)."""
        import tensorflow as tf

        labels = tf.constant(self.labels())

        @tf.autograph.experimental.do_not_convert
        def labeled(batch: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return self.fetched(batch), tf.gather(labels, batch)

        size = at_once(self.image_shape, BATCH, MOST_OF_BATCH)
        return tf.data.Dataset.range(count).batch(size).map(labeled, num_parallel_calls=2, deterministic=True)
