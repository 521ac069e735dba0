"""Convolution, with a gradient of its own where the library's is slow."""

from __future__ import annotations

import functools
from collections.abc import Callable

import tensorflow as tf

# Largest map, in pixels, and least channels for which products of matrices are the faster gradient of a kernel, in
# bfloat16 on a CPU: from 1.5 times at 8 x 8 to 2.1 times at 4 x 4 (benchmarks/step_time.py --profile shows the layers).
_MOST_PIXELS, _LEAST_CHANNELS = 64, 256


def convolve(x: tf.Tensor, kernel: tf.Tensor, stride: int) -> tf.Tensor:
    """SAME convolution of x [B, H, W, I] with a kernel [k, k, I, O] -> [B, ceil(H / stride), ceil(W / stride), O]."""
    pixels = -(-x.shape[1] // stride) * -(-x.shape[2] // stride)
    is_slow = pixels <= _MOST_PIXELS and x.shape[3] >= _LEAST_CHANNELS and x.dtype == tf.bfloat16 and _is_on_cpu()
    return _by_matrices(stride)(x, kernel) if is_slow else tf.nn.conv2d(x, kernel, stride, "SAME")


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
