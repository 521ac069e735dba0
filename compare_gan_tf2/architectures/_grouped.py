"""Grouped convolutions, by TensorFlow's own where the device has all of its gradients."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
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
    """The same, of a convolution for each group."""
    pairs = zip(tf.split(x, groups, axis=-1), tf.split(kernel, groups, axis=-1), strict=True)
    return tf.concat([tf.nn.conv2d(part, weights, 1, "SAME") for part, weights in pairs], axis=-1)


@functools.cache
def has_gradients(dtype: tf.DType) -> bool:
    """Whether TensorFlow's grouped convolution has first and second derivatives here; tried once in a process.

    On processors it lacks them where oneDNN is off (TF_ENABLE_ONEDNN_OPTS=0).
    """
    source = np.random.default_rng(0)
    shapes = ([2, 4, 4, 4], [3, 3, 2, 4])
    with tf.init_scope():
        x, kernel = (tf.constant(source.normal(size=shape), dtype) for shape in shapes)
        try:
            with tf.GradientTape() as outer:
                outer.watch([x, kernel])
                with tf.GradientTape() as inner:
                    inner.watch([x, kernel])
                    y = tf.reduce_sum(tf.square(tf.nn.conv2d(x, kernel, 1, "SAME")))
                slope = tf.add_n([tf.reduce_sum(tf.square(each)) for each in inner.gradient(y, [x, kernel])])
            return all(each is not None for each in outer.gradient(slope, [x, kernel]))
        except (tf.errors.OpError, LookupError):
            return False
