"""The layers of style-based networks: equalized rates, modulated convolutions, resampling by [1, 3, 3, 1].

Karras et al. 2020, «Analyzing and Improving the Image Quality of StyleGAN». Weights are drawn from N(0, 1) and
multiplied by 1 / sqrt(inputs) in every call, so that Adam moves all of them at one relative rate. Layers compute in the
dtype of their input; styles, demodulation and noise are float32.
"""

from __future__ import annotations

import math
import zlib
from typing import Any

import keras
import numpy as np
import tensorflow as tf

_GAIN = math.sqrt(2.0)
_EPSILON = 1e-8
_FILTER = np.outer([1, 3, 3, 1], [1, 3, 3, 1]).astype(np.float32) / 64.0


def activated(x: tf.Tensor, gain: float = 1.0) -> tf.Tensor:
    """Leaky ReLU of slope 0.2 that keeps the size of activations, times a gain."""
    return tf.nn.leaky_relu(x, 0.2) * tf.cast(_GAIN * gain, x.dtype)


def filtered(x: tf.Tensor, before: int, after: int, *, stride: int = 1, gain: float = 1.0) -> tf.Tensor:
    """x [B, H, W, C] padded by so many zeros on each side, smoothed, every `stride`-th pixel of it."""
    channels = x.shape[-1]
    kernel = tf.cast(tf.tile((_FILTER * np.float32(gain))[:, :, None, None], [1, 1, channels, 1]), x.dtype)
    x = tf.pad(x, [[0, 0], [before, after], [before, after], [0, 0]])
    return tf.nn.depthwise_conv2d(x, kernel, [1, stride, stride, 1], "VALID")


def doubled(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] -> [B, 2H, 2W, C], smoothed."""
    _, height, width, channels = x.shape
    zeros = tf.zeros_like(x)
    rows = tf.stack([tf.stack([x, zeros], 3), tf.stack([zeros, zeros], 3)], 2)
    return filtered(tf.reshape(rows, [-1, 2 * height, 2 * width, channels]), 2, 1, gain=4.0)


def halved(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] -> [B, H / 2, W / 2, C], smoothed."""
    return filtered(x, 1, 1, stride=2)


def unit_length(x: tf.Tensor) -> tf.Tensor:
    """Rows [B, n] divided by the root of their mean square."""
    return x * tf.math.rsqrt(tf.reduce_mean(tf.square(x), axis=1, keepdims=True) + _EPSILON)


class StyleLayer(keras.layers.Layer):
    """A layer that makes its variables at once; of each name in a network there is one.

    Args:
        name: of the layer.
        seed: of the network; its kernels are drawn by this and the layer's name.
    """

    def __init__(self, name: str, seed: str):
        super().__init__(name=name, autocast=False)
        self._key = f"{seed}/{name}"
        self.built = True

    def _normal(self, name: str, shape: tuple[int, ...], stddev: float = 1.0, trainable: bool = True) -> Any:
        drawn = zlib.crc32(f"{self._key}/{name}".encode()) & 0x3FFFFFFF
        start = keras.initializers.RandomNormal(stddev=stddev, seed=drawn)
        return self.add_weight(name=name, shape=shape, initializer=start, trainable=trainable)

    def _constant(self, name: str, shape: tuple[int, ...], value: float = 0.0) -> Any:
        return self.add_weight(name=name, shape=shape, initializer=keras.initializers.Constant(value))


class EqualDense(StyleLayer):
    """x K rate / sqrt(inputs) + rate b; [B, inputs] -> [B, units].

    Args:
        name, seed: see `StyleLayer`.
        inputs, units: lengths.
        rate: factor on what the optimizer's rate does to the layer; kernels start with deviation 1 / rate.
        bias: start of b.
    """

    def __init__(self, name: str, seed: str, inputs: int, units: int, *, rate: float = 1.0, bias: float = 0.0):
        super().__init__(name, seed)
        self._factor, self._rate = rate / math.sqrt(inputs), rate
        self.kernel = self._normal("kernel", (inputs, units), 1.0 / rate)
        self.bias = self._constant("bias", (units,), bias)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        kernel, bias = self.kernel * self._factor, self.bias * self._rate
        return x @ tf.cast(kernel, x.dtype) + tf.cast(bias, x.dtype)


class EqualConv(StyleLayer):
    """A convolution with SAME padding; [B, H, W, inputs] -> [B, H, W, filters], or half the sides.

    Args:
        name, seed: see `StyleLayer`.
        inputs, filters: channels.
        size: of the kernel, 1 or 3.
        halves: whether the sides are halved, by smoothing before a stride of 2.
        use_bias: whether it has a bias.
    """

    def __init__(
        self, name: str, seed: str, inputs: int, filters: int, size: int, *, halves: bool = False, use_bias: bool = True
    ):
        super().__init__(name, seed)
        self._factor, self._size, self._halves = 1.0 / math.sqrt(size * size * inputs), size, halves
        self.kernel = self._normal("kernel", (size, size, inputs, filters))
        self.bias = self._constant("bias", (filters,)) if use_bias else None

    def call(self, x: tf.Tensor) -> tf.Tensor:
        kernel = tf.cast(self.kernel * self._factor, x.dtype)
        if not self._halves:
            y = tf.nn.conv2d(x, kernel, 1, "SAME")
        elif self._size == 1:
            y = tf.nn.conv2d(halved(x), kernel, 1, "SAME")
        else:
            y = tf.nn.conv2d(filtered(x, 2, 2), kernel, 2, "VALID")
        return y if self.bias is None else y + tf.cast(self.bias, x.dtype)


class ModulatedConv(StyleLayer):
    """A convolution whose input channels a style scales, its outputs scaled back to unit size.

    The same as a kernel of its own for every image (section 2.2 there), without one: inputs are multiplied by the
    style, outputs by what the norm of the modulated kernel would be divided by.

    Args:
        name, seed: see `StyleLayer`.
        inputs, filters: channels.
        style_length: of the vectors that styles are made of.
        doubles: whether the sides are doubled, by a transposed convolution and smoothing.
    """

    def __init__(self, name: str, seed: str, inputs: int, filters: int, style_length: int, *, doubles: bool = False):
        super().__init__(name, seed)
        self._doubles = doubles
        self.affine = EqualDense(f"{name}.affine", seed, style_length, inputs, bias=1.0)
        self.kernel = self._normal("kernel", (3, 3, inputs, filters))
        self.bias = self._constant("bias", (filters,))
        self.noise_strength = self._constant("noise_strength", ())

    def call(self, x: tf.Tensor, w: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
        """x [B, H, W, inputs], w float32 [B, n], noise float32 [B or 1, H', W', 1] -> [B, H', W', filters]."""
        style = self.affine(w)
        squares = tf.reduce_sum(tf.square(self.kernel), [0, 1])
        scale = tf.math.rsqrt(tf.square(style) @ squares + _EPSILON)
        x = x * tf.cast(style[:, None, None, :], x.dtype)
        kernel = tf.cast(self.kernel, x.dtype)
        y = self._transposed(x, kernel) if self._doubles else tf.nn.conv2d(x, kernel, 1, "SAME")
        y = tf.cast(y, tf.float32) * scale[:, None, None, :] + noise * self.noise_strength + self.bias
        return activated(tf.cast(y, x.dtype))

    def _transposed(self, x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        _, height, width, _ = x.shape
        shape = [tf.shape(x)[0], 2 * height + 1, 2 * width + 1, kernel.shape[-1]]
        y = tf.nn.conv2d_transpose(x, tf.transpose(kernel, [0, 1, 3, 2]), shape, 2, "VALID")
        return filtered(tf.ensure_shape(y, [None, *shape[1:]]), 1, 1, gain=4.0)


class ToRgb(StyleLayer):
    """Colors of a map: a modulated 1x1 convolution without demodulation; [B, H, W, inputs] -> float32 [B, H, W, n]."""

    def __init__(self, name: str, seed: str, inputs: int, colors: int, style_length: int):
        super().__init__(name, seed)
        self._factor = 1.0 / math.sqrt(inputs)
        self.affine = EqualDense(f"{name}.affine", seed, style_length, inputs, bias=1.0)
        self.kernel = self._normal("kernel", (1, 1, inputs, colors))
        self.bias = self._constant("bias", (colors,))

    def call(self, x: tf.Tensor, w: tf.Tensor) -> tf.Tensor:
        style = self.affine(w) * self._factor
        y = tf.nn.conv2d(x * tf.cast(style[:, None, None, :], x.dtype), tf.cast(self.kernel, x.dtype), 1, "SAME")
        return tf.cast(y, tf.float32) + self.bias


def group_deviation(x: tf.Tensor, group: int) -> tf.Tensor:
    """How much the images of a group differ: a further channel, constant over each image, behind the others.

    Image i of N is in group i mod (N / group); the deviation of every value over its group is averaged over the map.

    Args:
        x: [N, H, W, C].
        group: images that are compared; N must be divisible by it.

    Returns:
        float32 [N, 1, 1, 1].
    """
    count = x.shape[0]
    _, height, width, channels = x.shape
    grouped = tf.reshape(tf.cast(x, tf.float32), [group, count // group, height, width, channels])
    variance = tf.reduce_mean(tf.square(grouped - tf.reduce_mean(grouped, 0)), 0)
    deviation = tf.reduce_mean(tf.sqrt(variance + _EPSILON), [1, 2, 3])
    return tf.tile(deviation, [group])[:, None, None, None]
