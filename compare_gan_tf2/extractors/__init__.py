"""Feature extractors behind the metrics; the file's name is the extractor's name.

A file defines what `Request` says, and OPTIONS, the options of the evaluation that have an effect on it. It may state
READS_FILE = True if its weights lie in a file of the user's, whose contents may change; that is read without importing
the file.
"""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np

from compare_gan_tf2.datasets.catalog import Dataset

# Images per call of a network. Always all of them: nothing retraces, and a result owes nothing to its batch's size.
BATCH_SIZE = 500

Forward = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclasses.dataclass(frozen=True)
class Request:
    """What is asked of an extractor.

    Its file defines `check(request)`, which refuses what cannot be before any work is done; `load(request)`, which
    gives the `Extractor`; and `has_logits(request)`, whether that will tell classes apart.

    Attributes:
        dataset: whose images are to be judged.
        dataset_root: where data sets are prepared; read only by extractors that are trained, and only the first time.
        cache_dir: where what can be computed again is kept, and where weights are looked for.
        weights: file or folder of weights that the user names; "" for the extractor's own place.
        resize: "tf1" (TensorFlow 1's bilinear grid, without smoothing) or "clean" (antialiased, Parmar et al. 2022),
            for extractors with a fixed size of their own.
        precision: "float32", or "bfloat16" for products of bfloat16 where the extractor can.
    """

    dataset: Dataset
    dataset_root: pathlib.Path
    cache_dir: pathlib.Path
    weights: str = ""
    resize: str = "tf1"
    precision: str = "float32"


@dataclasses.dataclass(frozen=True)
class Extractor:
    """A network whose features scores are computed from.

    Attributes:
        id: goes into the names of scores; two extractors of one id give the same features.
        description: one line for people.
        num_logits: K, number of classes it tells apart; 0 if it has no logits.
        image_shape: (height, width, channels) of the images it takes; None where it takes any.
        forward: from images float32 [batch_size, H, W, C] to (features float32 [batch_size, D], logits float32
            [batch_size, K]), each row a function of its image alone.
        accuracy: share of test images it classifies rightly, 0 to 1; None where that is not known.
        resize: "tf1" or "clean", or "none" where images are taken in their own size.
        batch_size: images per call of forward.
        differentiable: from images, a float32 tensor [N, H, W, C] in [0, 1] of any N, to features float32 [N, D], with
            gradients; None where there are none to be had.
    """

    id: str
    description: str
    num_logits: int
    image_shape: tuple[int, int, int] | None
    forward: Forward = dataclasses.field(repr=False)
    accuracy: float | None = None
    resize: str = "none"
    batch_size: int = BATCH_SIZE
    differentiable: Callable[[Any], Any] | None = dataclasses.field(default=None, repr=False)

    def extract(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features and logits of images.

        Args:
            images: float [N, H, W, C] in [0, 1], N at least 1.

        Returns:
            features float32 [N, D] and logits float32 [N, K].

        Raises:
            ValueError: if the images have another shape or type, or a pixel is outside [0, 1] or not finite.
        """
        images = np.asarray(images)
        if images.ndim != 4 or not len(images) or (self.image_shape and images.shape[1:] != self.image_shape):
            wanted = _sizes(self.image_shape) if self.image_shape else "H, W, C"
            raise ValueError(f"{self.id} takes images [N, {wanted}], not [{_sizes(images.shape)}]")
        if not np.issubdtype(images.dtype, np.floating):
            raise ValueError(f"{self.id} takes float images in [0, 1], not {images.dtype}")
        lowest, highest = images.min(), images.max()
        # NaN fails both comparisons.
        if not (lowest >= 0 and highest <= 1):
            raise ValueError(f"{self.id} takes pixels in [0, 1]; these reach from {lowest} to {highest}")
        return in_batches(self.forward, images, self.batch_size)


def in_batches(forward: Forward, images: np.ndarray, batch_size: int = BATCH_SIZE) -> tuple[np.ndarray, np.ndarray]:
    """Calls forward on batch_size images at a time, the last batch filled up with black ones.

    Args:
        forward: as in `Extractor`.
        images: float [N, H, W, C], N at least 1.
        batch_size: images per call.

    Returns:
        features float32 [N, D] and logits float32 [N, K].
    """
    parts = []
    for start in range(0, len(images), batch_size):
        part = images[start : start + batch_size]
        batch = np.asarray(part, np.float32)
        if len(part) < batch_size:
            batch = np.zeros((batch_size, *images.shape[1:]), np.float32)
            batch[: len(part)] = part
        parts.append([output[: len(part)] for output in forward(batch)])
    features, logits = (np.concatenate(outputs) for outputs in zip(*parts, strict=True))
    return features, logits


def _sizes(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))
