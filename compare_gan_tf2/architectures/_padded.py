"""Convolutions with the padding said, as PyTorch has them, and instance norm without gain and offset.

SAME of TensorFlow pads a 3x3 kernel of stride 2 on one side only, and has no 4x4 kernel that makes a map smaller.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Kernel, Layers

_EPSILON = 1e-5


def instance_norm(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] with mean 0 and variance 1 of every image's every channel; 1x1 maps as they are."""
    if x.shape[1:-1].num_elements() == 1:  # None of sizes that only the images tell
        return x
    wide = tf.cast(x, tf.float32)
    wide = wide - tf.reduce_mean(wide, [1, 2], keepdims=True)
    variance = tf.reduce_mean(tf.square(wide), [1, 2], keepdims=True)
    return tf.cast(wide * tf.math.rsqrt(variance + _EPSILON), x.dtype)


class PaddedConv(Kernel):
    """A convolution of a padded map; [B, H, W, I] -> [B, (H + 2 padding - size) // stride + 1, ..., filters].

    Args:
        filters, size, stride: of the convolution.
        padding: pixels on every side.
        name: of the layer.
        reflects: whether they mirror the map; else they are 0.
    """

    def __init__(
        self, filters: int, size: int, stride: int, padding: int, name: str, *, reflects: bool = False, **kwargs: Any
    ):
        super().__init__(name, **kwargs)
        self._filters, self._size, self._stride = filters, size, stride
        self._padding, self._mode = padding, "REFLECT" if reflects else "CONSTANT"

    def build(self, input_shape: tuple) -> None:
        self._build_kernel((self._size, self._size, input_shape[-1], self._filters), self._filters)

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        both = [self._padding, self._padding]
        x = tf.pad(x, [[0, 0], both, both, [0, 0]], self._mode)
        return self._with_bias(tf.nn.conv2d(x, tf.cast(self._kernel(training), x.dtype), self._stride, "VALID"))


class CroppedDeconv(Kernel):
    """A transposed 3x3 convolution, stride 2, padding 1, output padding 1; [B, H, W, I] -> [B, 2H, 2W, filters]."""

    def __init__(self, filters: int, name: str, **kwargs: Any):
        super().__init__(name, **kwargs)
        self._filters = filters

    def build(self, input_shape: tuple) -> None:
        self._build_kernel((3, 3, self._filters, input_shape[-1]), self._filters, output_axis=-2)

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        height, width = (known or tf.shape(x)[axis] for axis, known in ((1, x.shape[1]), (2, x.shape[2])))
        whole = [tf.shape(x)[0], 2 * height + 1, 2 * width + 1, self._filters]
        y = tf.nn.conv2d_transpose(x, tf.cast(self._kernel(training), x.dtype), whole, 2, "VALID")
        sides = [2 * known if known else None for known in x.shape[1:3]]
        y = tf.ensure_shape(y[:, 1:, 1:], [None, *sides, self._filters])
        return self._with_bias(y)


class WideDeconv(Kernel):
    """A transposed convolution that nothing is cut off; [B, H, W, I] -> [B, (H - 1) stride + size, ..., filters].

    Args:
        filters, size, stride: of the convolution without padding that it is the transpose of.
        name: of the layer.
    """

    def __init__(self, filters: int, size: int, stride: int, name: str, **kwargs: Any):
        super().__init__(name, **kwargs)
        self._filters, self._size, self._stride = filters, size, stride

    def build(self, input_shape: tuple) -> None:
        shape = (self._size, self._size, self._filters, input_shape[-1])
        self._build_kernel(shape, self._filters, output_axis=-2)

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        height, width = ((side - 1) * self._stride + self._size for side in x.shape[1:3])
        kernel = tf.cast(self._kernel(training), x.dtype)
        y = tf.nn.conv2d_transpose(x, kernel, [tf.shape(x)[0], height, width, self._filters], self._stride, "VALID")
        return self._with_bias(tf.ensure_shape(y, [x.shape[0], height, width, self._filters]))


def padded(
    make: Layers,
    name: str,
    filters: int,
    size: int,
    stride: int,
    padding: int,
    *,
    reflects: bool = False,
    use_bias: bool = True,
) -> PaddedConv:
    """A `PaddedConv` with the kernels of the options."""
    more = {"reflects": reflects, "use_bias": use_bias}
    return make.made(PaddedConv, name, filters, size, stride, padding, name, **more)


def doubling(make: Layers, name: str, filters: int) -> CroppedDeconv:
    """A `CroppedDeconv` with the kernels of the options."""
    return make.made(CroppedDeconv, name, filters, name)


def pooled(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] -> [B, ceil(H / 2), ceil(W / 2), C], means of 3x3 pixels around every second, of those there are."""
    around = [[0, 0], [1, 1], [1, 1], [0, 0]]
    sums, counts = (tf.nn.avg_pool2d(tf.pad(each, around), 3, 2, "VALID") for each in (x, tf.ones_like(x[:1])))
    return sums / counts
