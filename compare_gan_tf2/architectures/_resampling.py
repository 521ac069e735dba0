"""Filters that double and halve the sides of maps, as StyleGAN2 resamples: zeros between pixels, a kernel, a stride.

Karras et al. 2020, appendix B. Padding is by zeros, once, before everything else, so that at the border the result is
another than that of a smoothing with SAME padding. All that is used has second derivatives.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

# The kernel of StyleGAN2: [1, 3, 3, 1] in both directions, of sum 1.
SMOOTH = np.outer([1, 3, 3, 1], [1, 3, 3, 1]).astype(np.float32) / 64.0


def upfirdn(
    x: tf.Tensor,
    kernel: np.ndarray,
    *,
    up: tuple[int, int] = (1, 1),
    down: tuple[int, int] = (1, 1),
    padding: tuple[int, int, int, int] = (0, 0, 0, 0),
    gain: float = 1.0,
    flip: bool = False,
) -> tf.Tensor:
    """Zeros between pixels, padding, a convolution, and of the result only some pixels.

    Args:
        x: [B, H, W, C].
        kernel: float [kh, kw], the same for all channels, or [k], whose outer product with itself is meant.
        up: (vertically, horizontally); behind each pixel stand so many minus 1 zeros.
        down: (vertically, horizontally); every so many pixels are kept, from the first on.
        padding: zeros (top, bottom, left, right); negative ones cut pixels off.
        gain: factor on the kernel.
        flip: correlate, and not convolve.

    Returns:
        [B, H', W', C] in the dtype of x, H' = ((H up + top + bottom - kh) // down) + 1, W' likewise.
    """
    kernel = np.asarray(kernel, np.float32)
    kernel = np.outer(kernel, kernel) if kernel.ndim == 1 else kernel
    if not flip:
        kernel = kernel[::-1, ::-1]
    x = _cut(_with_zeros(x, *up), padding)
    weights = tf.tile((kernel * np.float32(gain))[:, :, None, None], [1, 1, x.shape[-1], 1])
    # TensorFlow's depthwise convolution has no kernel for two different strides.
    alike = down[0] == down[1]
    stride = down[0] if alike else 1
    y = tf.nn.depthwise_conv2d(x, tf.cast(weights, x.dtype), [1, stride, stride, 1], "VALID")
    return y if alike else y[:, :: down[0], :: down[1]]


def enlarged(
    x: tf.Tensor, kernel: np.ndarray = SMOOTH, *, factor: int = 2, padding: int = 0, flip: bool = False
) -> tf.Tensor:
    """[B, H, W, C] -> [B, factor H, factor W, C], smoothed; further padding on each side."""
    sides = [(padding + (n + factor - 1) // 2, padding + (n - factor) // 2) for n in _sizes(kernel)]
    pads = (*sides[0], *sides[1])
    return upfirdn(x, kernel, up=(factor, factor), padding=pads, gain=float(factor * factor), flip=flip)


def reduced(
    x: tf.Tensor, kernel: np.ndarray = SMOOTH, *, factor: int = 2, padding: int = 0, flip: bool = False
) -> tf.Tensor:
    """[B, H, W, C] -> [B, H / factor, W / factor, C], smoothed; further padding on each side."""
    sides = [(padding + (n - factor + 1) // 2, padding + (n - factor) // 2) for n in _sizes(kernel)]
    return upfirdn(x, kernel, down=(factor, factor), padding=(*sides[0], *sides[1]), flip=flip)


def smoothed(x: tf.Tensor, kernel: np.ndarray = SMOOTH, *, flip: bool = False) -> tf.Tensor:
    """[B, H, W, C] of the same shape."""
    sides = [(n // 2, (n - 1) // 2) for n in _sizes(kernel)]
    return upfirdn(x, kernel, padding=(*sides[0], *sides[1]), flip=flip)


def filtered(x: tf.Tensor, before: int, after: int, *, stride: int = 1, gain: float = 1.0) -> tf.Tensor:
    """x [B, H, W, C] padded by so many zeros on each side, smoothed, every `stride`-th pixel of it."""
    return upfirdn(x, SMOOTH, down=(stride, stride), padding=(before, after, before, after), gain=gain)


def doubled(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] -> [B, 2H, 2W, C], smoothed."""
    return enlarged(x)


def halved(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] -> [B, H / 2, W / 2, C], smoothed."""
    return reduced(x)


def convolved(x: tf.Tensor, kernel: tf.Tensor, resample: str = "same") -> tf.Tensor:
    """A convolution of 1x1 or 3x3 without bias, whose sides stay, are doubled or are halved.

    A doubling 3x3 kernel is a transposed convolution with smoothing behind it, a halving one has smoothing before its
    stride; of 1x1 kernels the maps are resampled where they are smaller.

    Args:
        x: [B, H, W, inputs].
        kernel: [k, k, inputs, filters] of the dtype of x, k 1 or 3.
        resample: "same", "double" or "halve".
    """
    if resample == "same" or kernel.shape[0] == 1:
        y = tf.nn.conv2d(halved(x) if resample == "halve" else x, kernel, 1, "SAME")
        return doubled(y) if resample == "double" else y
    if resample == "halve":
        return tf.nn.conv2d(filtered(x, 2, 2), kernel, 2, "VALID")
    _, height, width, _ = x.shape
    shape = [tf.shape(x)[0], 2 * height + 1, 2 * width + 1, kernel.shape[-1]]
    y = tf.nn.conv2d_transpose(x, tf.transpose(kernel, [0, 1, 3, 2]), shape, 2, "VALID")
    return filtered(tf.ensure_shape(y, [None, *shape[1:]]), 1, 1, gain=4.0)


def _sizes(kernel: np.ndarray) -> tuple[int, int]:
    """(kh, kw) of a kernel, which may be one vector for both directions."""
    return (kernel.shape[0], kernel.shape[-1])


def _with_zeros(x: tf.Tensor, rows: int, columns: int) -> tf.Tensor:
    """[B, H, W, C] -> [B, rows H, columns W, C], zeros behind each pixel."""
    if rows == columns == 1:
        return x
    _, height, width, channels = x.shape
    x = tf.reshape(x, [-1, height, 1, width, 1, channels])
    x = tf.pad(x, [[0, 0], [0, 0], [0, rows - 1], [0, 0], [0, columns - 1], [0, 0]])
    return tf.reshape(x, [-1, rows * height, columns * width, channels])


def _cut(x: tf.Tensor, padding: tuple[int, int, int, int]) -> tf.Tensor:
    """Padded by zeros (top, bottom, left, right), or cut where that is negative."""
    top, bottom, left, right = padding
    if max(padding) > 0:
        x = tf.pad(x, [[0, 0], [max(top, 0), max(bottom, 0)], [max(left, 0), max(right, 0)], [0, 0]])
    _, height, width, _ = x.shape
    if min(padding) >= 0:
        return x
    return x[:, max(-top, 0) : height - max(-bottom, 0), max(-left, 0) : width - max(-right, 0)]
