"""Grouped convolutions, by TensorFlow's own where the device has all of its gradients."""

from __future__ import annotations

import functools
from typing import Any

import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Conv
from compare_gan_tf2.architectures._convolution import convolve
from compare_gan_tf2.runtime.precision import compute_dtype


class GroupedConv(Conv):
    """A SAME convolution of stride 1, each group of channels by itself; [B, H, W, I] -> [B, H, W, filters].

    Args:
        filters, size, name: see `Conv`.
        groups: their number, which I and the filters are divisible by.
    """

    def __init__(self, filters: int, size: int, name: str, *, groups: int, **kwargs: Any):
        super().__init__(filters, size, 1, name, **kwargs)
        self._groups = groups
        has_gradients(compute_dtype())  # tried now, and not within a trace

    def build(self, input_shape: tuple) -> None:
        kernel = (self._size, self._size, input_shape[-1] // self._groups, self._filters)
        self._build_kernel(kernel, self._filters)

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        kernel = tf.cast(self._kernel(training), x.dtype)
        return self._with_bias(grouped(x, kernel, self._groups))


def grouped(x: tf.Tensor, kernel: tf.Tensor, groups: int) -> tf.Tensor:
    """x [B, H, W, I] with a kernel [k, k, I / groups, O], SAME -> [B, H, W, O]; outputs in the order of the groups."""
    if groups == 1:
        return convolve(x, kernel, 1)
    return tf.nn.conv2d(x, kernel, 1, "SAME") if has_gradients(x.dtype) else apart(x, kernel, groups)


def apart(x: tf.Tensor, kernel: tf.Tensor, groups: int) -> tf.Tensor:
    """A grouped convolution as one convolution per group; shapes as in `grouped`."""
    pairs = zip(tf.split(x, groups, axis=-1), tf.split(kernel, groups, axis=-1), strict=True)
    return tf.concat([tf.nn.conv2d(part, weights, 1, "SAME") for part, weights in pairs], axis=-1)


@functools.cache
def has_gradients(dtype: tf.DType) -> bool:
    """Whether TensorFlow's grouped convolution has its gradients here; tried once in a process.

    On processors it lacks them where oneDNN is off: by TF_ENABLE_ONEDNN_OPTS=0, and by default on those without AVX-512
    VNNI. Gradients of any order are made of the convolution and the two that are tried.
    """
    more = {"strides": [1, 1, 1, 1], "padding": "SAME"}
    with tf.init_scope():
        x, kernel = tf.ones([2, 4, 4, 4], dtype), tf.ones([3, 3, 2, 4], dtype)
        try:
            y = tf.nn.conv2d(x, kernel, 1, "SAME")
            of_x = tf.raw_ops.Conv2DBackpropInput(input_sizes=x.shape, filter=kernel, out_backprop=y, **more)
            of_kernel = tf.raw_ops.Conv2DBackpropFilter(input=x, filter_sizes=kernel.shape, out_backprop=y, **more)
            return bool(of_x.shape == x.shape and of_kernel.shape == kernel.shape)
        except tf.errors.OpError:
            return False
