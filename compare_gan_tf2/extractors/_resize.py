"""Sizes of a network's own: images brought to them as TensorFlow 1 did, or with antialiasing (Parmar et al. 2022)."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.errors import UserError

# Keys's (1981) cubic of a = -1/2 is what Pillow calls bicubic, and clean-fid resizes with Pillow.
_CUBIC = -0.5
_SUPPORT = 2.0


def resize(images: tf.Tensor, size: tuple[int, int], mode: str) -> tf.Tensor:
    """Images of another size, neither rounded nor clipped.

    Args:
        images: float32 [B, H, W, C], sizes known when traced.
        size: (height, width).
        mode: "tf1": bilinear on TensorFlow 1's grid, whose pixel (0, 0) is at the same place in both sizes, without
            smoothing when images shrink; what every FID of compare_gan and TF-GAN was computed with. "clean": bicubic
            with half-pixel centers and a kernel as wide as the new pixels, separately per axis and renormalized at
            the borders, as Pillow does in floating point and Parmar et al. (2022) recommend.

    Returns:
        float32 [B, *size, C]; cubic interpolation can leave the range of its input.
    """
    if tuple(images.shape[1:3]) == tuple(size):
        return images
    if mode == "tf1":
        # The operation itself: tf.compat.v1.image.resize_bilinear is the same and says in the log that it is old.
        return tf.raw_ops.ResizeBilinear(images=images, size=size, align_corners=False, half_pixel_centers=False)
    # One axis after the other comes last, for products of two matrices: TensorFlow's product of one matrix with a
    # batch of them (2.21.0 with oneDNN) ends the process by a segmentation fault for [2, 1, 40, 600].
    hidden = tf.transpose(images, [0, 3, 1, 2])
    for old, new in ((images.shape[2], size[1]), (images.shape[1], size[0])):
        flat = tf.matmul(tf.reshape(hidden, [-1, old]), tf.constant(cubic_weights(old, new)), transpose_b=True)
        hidden = tf.transpose(tf.reshape(flat, [*hidden.shape[:3], new]), [0, 1, 3, 2])
    return tf.transpose(hidden, [0, 2, 3, 1])


def cubic_weights(old: int, new: int) -> np.ndarray:
    """float32 [new, old]: how much each old pixel of an axis goes into each new one; rows sum to 1."""
    scale = old / new
    widening = max(scale, 1.0)
    centers = (np.arange(new) + 0.5) * scale
    distance = (np.arange(old) + 0.5 - centers[:, None]) / widening
    # Pillow takes the pixels of which more than half is inside the kernel's support.
    first = np.maximum(np.trunc(centers - _SUPPORT * widening + 0.5), 0)
    last = np.minimum(np.trunc(centers + _SUPPORT * widening + 0.5), old)
    inside = (np.arange(old) >= first[:, None]) & (np.arange(old) < last[:, None])
    weights = np.where(inside, _cubic(np.abs(distance)), 0.0)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def _cubic(x: np.ndarray) -> np.ndarray:
    """Keys's (1981) kernel at distances x of 0 or more."""
    near = ((_CUBIC + 2) * x - (_CUBIC + 3)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * _CUBIC
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def colors(images: tf.Tensor, wanted: int) -> tf.Tensor:
    """Gray images [B, H, W, 1] repeated to the wanted number of channels; others as they are."""
    return tf.repeat(images, wanted, axis=-1) if images.shape[-1] == 1 != wanted else images


def require_colours(dataset: Dataset) -> None:
    """UserError if a network for color images cannot look at a data set's."""
    channels = dataset.image_shape[-1]
    if channels not in (1, 3):
        raise UserError(
            f"images of data set {dataset.name!r} have {channels} channels, and the network takes 3 or gray"
        )
