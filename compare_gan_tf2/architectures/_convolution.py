"""Convolutions, alone and together with a change of size: the library's, put so that they cost the least."""

from __future__ import annotations

import functools
from collections.abc import Callable

import tensorflow as tf

# Largest map, in pixels, and least channels for which products of matrices are the faster gradient of a kernel, in
# bfloat16 on a CPU: from 1.5 times at 8 x 8 to 2.1 times at 4 x 4 (benchmarks/step_time.py --profile shows the layers).
_MOST_PIXELS, _LEAST_CHANNELS = 64, 256


def convolve(x: tf.Tensor, kernel: tf.Tensor, stride: int) -> tf.Tensor:
    """SAME convolution of x [B, H, W, I] with a kernel [k, k, I, O] -> [B, ceil(H / stride), ceil(W / stride), O]."""
    kernel = tf.cast(kernel, x.dtype)
    pixels = -(-x.shape[1] // stride) * -(-x.shape[2] // stride)
    is_slow = pixels <= _MOST_PIXELS and x.shape[3] >= _LEAST_CHANNELS and x.dtype == tf.bfloat16 and _is_on_cpu()
    return _by_matrices(stride)(x, kernel) if is_slow else tf.nn.conv2d(x, kernel, stride, "SAME")


def unpool(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] -> [B, 2H, 2W, C]; every pixel becomes the upper left one of four, the other three are 0."""
    zeros = tf.zeros_like(x)
    return _interleave([[x, zeros], [zeros, zeros]])


def average_pool(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] -> [B, ceil(H / 2), ceil(W / 2), C]; means of 2 x 2 pixels, of those that exist at the border."""
    return tf.nn.avg_pool2d(x, 2, 2, "SAME")


def convolve_unpooled(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """SAME convolution of `unpool(x)` with a kernel [3, 3, I, O] or [1, 1, I, O] -> [B, 2H, 2W, O].

    Three of four products would be with the zeros in between: each of a square's four pixels sees only the rows and
    columns of the kernel that lie on pixels of x, and is computed from those.
    """
    if kernel.shape[0] == 1:
        return unpool(convolve(x, kernel, 1))
    kernel = tf.cast(kernel, x.dtype)
    # An even row of the output has x under the kernel's middle row, an odd one under the outer two: the row before it
    # and the row after, which is what SAME does with two rows.
    middle, outer = slice(1, 2), slice(0, 3, 2)
    pixels = [
        [tf.nn.conv2d(x, kernel[rows, columns], 1, "SAME") for columns in (middle, outer)] for rows in (middle, outer)
    ]
    return _interleave(pixels)


def convolve_pooled(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """`average_pool` of a SAME convolution with a kernel [3, 3, I, O] or [1, 1, I, O] -> [B, H/2, W/2, O], rounded up.

    As one convolution of stride 2 with the mean of the kernel's four shifts, which takes 16 products instead of 36;
    where a side is odd, the border's means are of fewer pixels, and the two follow each other as they are.
    """
    if kernel.shape[0] == 1:
        return convolve(average_pool(x), kernel, 1)
    if x.shape[1] % 2 or x.shape[2] % 2:
        return average_pool(convolve(x, kernel, 1))
    shifts = [tf.pad(kernel, [[i, 1 - i], [j, 1 - j], [0, 0], [0, 0]]) for i in (0, 1) for j in (0, 1)]
    return convolve(x, tf.add_n(shifts) / 4.0, 2)


def _interleave(pixels: list[list[tf.Tensor]]) -> tf.Tensor:
    """2 x 2 maps [B, H, W, C] -> [B, 2H, 2W, C], made of squares with a pixel of each."""
    _, height, width, channels = pixels[0][0].shape
    rows = tf.stack([tf.stack(row, 3) for row in pixels], 2)
    return tf.reshape(rows, [-1, 2 * height, 2 * width, channels])


@functools.cache
def _is_on_cpu() -> bool:
    return {device.device_type for device in tf.config.list_physical_devices()} == {"CPU"}


def _by_matrices(stride: int) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """The same convolution, whose kernel's gradient is one product of matrices for each of the kernel's k k places."""

    @tf.custom_gradient
    def convolution(x: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            of_x = tf.nn.conv2d_transpose(upstream, kernel, tf.shape(x), stride, "SAME")
            return tf.ensure_shape(of_x, x.shape), _kernel_gradient(x, upstream, kernel.shape[0], stride)

        return tf.nn.conv2d(x, kernel, stride, "SAME"), gradient

    return convolution


def _kernel_gradient(x: tf.Tensor, upstream: tf.Tensor, size: int, stride: int) -> tf.Tensor:
    """[size, size, I, O]: for each place of the kernel, x as that place saw it, times what came back."""
    height, width, outputs = upstream.shape[1:]
    padding = []
    for side, count in zip(x.shape[1:3], (height, width), strict=True):
        total = max((count - 1) * stride + size - side, 0)
        padding.append([total // 2, total - total // 2])
    padded = tf.pad(x, [[0, 0], *padding, [0, 0]])
    back = tf.reshape(upstream, [-1, outputs])
    products = []
    for i in range(size):
        for j in range(size):
            seen = padded[:, i : i + (height - 1) * stride + 1 : stride, j : j + (width - 1) * stride + 1 : stride]
            products.append(tf.matmul(tf.reshape(seen, [-1, x.shape[3]]), back, transpose_a=True))
    return tf.reshape(tf.stack(products), [size, size, x.shape[3], outputs])
