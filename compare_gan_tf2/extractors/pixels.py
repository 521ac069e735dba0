"""The pixels themselves, averaged over squares if there are more than 3,072; no network and no logits."""

from __future__ import annotations

import math

import numpy as np

from compare_gan_tf2.extractors import Extractor, Request

MOST_FEATURES = 3072

# Options of the evaluation that have an effect.
OPTIONS: tuple[str, ...] = ()


def check(request: Request) -> None:
    """Nothing to refuse: any images will do."""


def has_logits(request: Request) -> bool:
    """Never."""
    del request
    return False


def load(request: Request) -> Extractor:
    """The extractor; it reads nothing.

    Returns:
        An extractor of at most 3,072 features float32 in [0, 1], in the order of rows, columns, channels: the pixels
        if they are no more, and else the means over k x k pixels with the smallest whole k that gives so few. Where k
        does not divide a side, the last squares are smaller.
    """
    height, width, channels = request.dataset.image_shape
    k = block_side(height, width, channels)
    size = f"{math.ceil(height / k)}x{math.ceil(width / k)}x{channels}"
    return Extractor(
        id="pixels",
        description=f"pixels as {size}" + (f", means over squares of {k}x{k}" if k > 1 else ""),
        num_logits=0,
        image_shape=request.dataset.image_shape,
        forward=_forward,
    )


def block_side(height: int, width: int, channels: int) -> int:
    """Side k of the squares: the smallest that leaves at most MOST_FEATURES numbers, or one number per channel."""
    k = 1
    while math.ceil(height / k) * math.ceil(width / k) * channels > MOST_FEATURES and k < max(height, width):
        k += 1
    return k


def _forward(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    count, *shape = images.shape
    k = block_side(*shape)
    means = images
    if k > 1:
        for axis in (1, 2):
            starts = np.arange(0, means.shape[axis], k)
            sizes = np.diff(np.append(starts, means.shape[axis])).reshape([-1 if i == axis else 1 for i in range(4)])
            means = np.add.reduceat(means, starts, axis=axis, dtype=np.float64) / sizes
    return means.reshape(count, -1).astype(np.float32), np.zeros((count, 0), np.float32)
