"""Pictures of a folder, open for reading: one file for each, or several that are the channels of one."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from compare_gan_tf2.datasets import _safe_decoding
from compare_gan_tf2.datasets.images import EncodedImages
from compare_gan_tf2.errors import UserError

if TYPE_CHECKING:
    import tensorflow as tf

    from compare_gan_tf2.datasets._framing import Framing

# In place of the path of a file: a black picture, of any size.
NOTHING = ""
# A PNG of one black pixel.
_BLACK = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636000000002000148afa4710000000049454e44ae426082"
)


class FolderImages(EncodedImages):
    """Image files.

    Args:
        folder: that they are in.
        paths: of the files below it, in stored order; `NOTHING` for a black picture.
        labels: int32 [N].
        framing: to the pixels.
        digest: of the files' paths and contents.
    """

    def __init__(self, folder: pathlib.Path, paths: Sequence[str], labels: np.ndarray, framing: Framing, digest: str):
        self._folder, self._paths, self._labels, self._framing = folder, paths, labels, framing
        self._digest = digest
        self.number = len(paths)
        self.image_shape = framing.image_shape
        self.varies = framing.varies
        self._failure = ""

    def labels(self) -> np.ndarray:
        return self._labels

    def keys(self) -> np.ndarray:
        """Paths below the folder."""
        return np.array(self._paths)

    def identity(self) -> str:
        return f"{self._digest} {self._framing} {len(self._paths)}"

    def fetch(self, indices: np.ndarray) -> np.ndarray:
        found = np.empty(len(indices), object)
        for position, index in enumerate(indices):
            found[position] = self._content(self._paths[index]) if self._paths[index] != NOTHING else _BLACK
        return found

    def _content(self, name: str) -> bytes:
        path = self._folder / name
        try:
            return _safe_decoding.decodable(path.read_bytes())
        except OSError as error:
            self._failure = f"{path} was read before, and cannot be read now: {error.strerror or error}"
            raise UserError(self._failure) from error
        except _safe_decoding.UnreadableError as error:
            self._failure = f"{path} was changed while it was used: {error}"
            raise UserError(self._failure) from error

    def explain(self, error: Exception) -> Exception:
        import tensorflow as tf

        if self._failure:
            return UserError(self._failure)
        if isinstance(error, tf.errors.InvalidArgumentError):
            return UserError(
                f"an image in {self._folder} was changed while it was used: {_safe_decoding.reason(error)}"
            )
        return error

    def prepared(self, encoded: tf.Tensor, draw: tf.Tensor) -> tf.Tensor:
        return self._framing.apply(encoded, draw)


class StackedImages(EncodedImages):
    """Pictures of one channel on top of each other, framed alike: uint8 [H, W, their number].

    Args:
        layers: one or more, of the same number of pictures.
    """

    def __init__(self, layers: Sequence[FolderImages]):
        self._layers, first = layers, layers[0]
        self.number, self.varies = first.number, first.varies
        self.image_shape = (*first.image_shape[:2], len(layers))

    def labels(self) -> np.ndarray:
        return self._layers[0].labels()

    def keys(self) -> np.ndarray:
        return self._layers[0].keys()

    def identity(self) -> str:
        return " on ".join(layer.identity() for layer in self._layers)

    def fetch(self, indices: np.ndarray) -> np.ndarray:
        return np.stack([layer.fetch(indices) for layer in self._layers], axis=1)

    def fetched(self, indices: tf.Tensor) -> tf.Tensor:
        import tensorflow as tf

        return tf.stack([layer.fetched(indices) for layer in self._layers], axis=1)

    def prepared(self, encoded: tf.Tensor, draw: tf.Tensor) -> tf.Tensor:
        import tensorflow as tf

        return tf.concat([layer.prepared(encoded[i], draw) for i, layer in enumerate(self._layers)], axis=2)

    def explain(self, error: Exception) -> Exception:
        return next((said for layer in self._layers if (said := layer.explain(error)) is not error), error)
