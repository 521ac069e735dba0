"""What every feature extractor is to a metric: a name that pins the numbers down, and a function of images."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

# Images per call of a network. Always all of them: nothing retraces, and a result owes nothing to its batch's size.
BATCH_SIZE = 500

Forward = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclasses.dataclass(frozen=True)
class Extractor:
    """A network whose features scores are computed from.

    Attributes:
        id: goes into the names of scores; two extractors of one id give the same features.
        description: one line for people.
        accuracy: share of test images it classifies rightly, 0 to 1.
        class_names: one name per logit.
        image_shape: (height, width, channels) of the images it takes.
        forward: from images float32 [BATCH_SIZE, H, W, C] to (features float32 [BATCH_SIZE, D], logits float32
            [BATCH_SIZE, K]), each row a function of its image alone.
    """

    id: str
    description: str
    accuracy: float
    class_names: tuple[str, ...]
    image_shape: tuple[int, int, int]
    forward: Forward = dataclasses.field(repr=False)

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
        if images.ndim != 4 or not len(images) or images.shape[1:] != self.image_shape:
            raise ValueError(f"{self.id} takes images [N, {_sizes(self.image_shape)}], not [{_sizes(images.shape)}]")
        if not np.issubdtype(images.dtype, np.floating):
            raise ValueError(f"{self.id} takes float images in [0, 1], not {images.dtype}")
        lowest, highest = images.min(), images.max()
        # NaN fails both comparisons.
        if not (lowest >= 0 and highest <= 1):
            raise ValueError(f"{self.id} takes pixels in [0, 1]; these reach from {lowest} to {highest}")
        return in_batches(self.forward, images)


def in_batches(forward: Forward, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Calls forward on BATCH_SIZE images at a time, the last batch filled up with black ones.

    Args:
        forward: as in `Extractor`.
        images: float [N, H, W, C], N at least 1.

    Returns:
        features float32 [N, D] and logits float32 [N, K].
    """
    parts = []
    for start in range(0, len(images), BATCH_SIZE):
        part = images[start : start + BATCH_SIZE]
        batch = np.zeros((BATCH_SIZE, *images.shape[1:]), np.float32)
        batch[: len(part)] = part
        parts.append([output[: len(part)] for output in forward(batch)])
    features, logits = (np.concatenate(outputs) for outputs in zip(*parts, strict=True))
    return features, logits


def _sizes(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))
