"""The layers of style-based networks: equalized rates, modulated convolutions, deviations within groups of a batch.

Karras et al. 2020, «Analyzing and Improving the Image Quality of StyleGAN». Weights are drawn from N(0, 1) and
multiplied by 1 / sqrt(inputs) in every call, so that Adam moves all of them at one relative rate. Layers compute in the
dtype of their input; styles, demodulation and noise are float32.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._resampling import convolved
from compare_gan_tf2.architectures._resampling import doubled as doubled
from compare_gan_tf2.architectures._resampling import filtered as filtered
from compare_gan_tf2.architectures._resampling import halved as halved

_GAIN = math.sqrt(2.0)
_EPSILON = 1e-8

# Activation -> its function, and the factor that keeps the size of activations.
ACTIVATIONS: dict[str, tuple[Callable[[tf.Tensor], tf.Tensor], float]] = {
    "elu": (tf.nn.elu, 1.0),
    "leaky_relu": (lambda x: tf.nn.leaky_relu(x, 0.2), _GAIN),
    "linear": (lambda x: x, 1.0),
    "relu": (tf.nn.relu, _GAIN),
    "selu": (tf.nn.selu, 1.0),
    "sigmoid": (tf.sigmoid, 1.0),
    "softplus": (tf.nn.softplus, 1.0),
    "swish": (lambda x: x * tf.sigmoid(x), _GAIN),
    "tanh": (tf.tanh, 1.0),
}


def activated(x: tf.Tensor, gain: float = 1.0, *, clamp: float = 0.0, activation: str = "leaky_relu") -> tf.Tensor:
    """An activation that keeps the size of what it gets, times a gain, clipped to [-clamp, clamp].

    Args:
        x: of any shape.
        gain: further factor.
        clamp: bound; 0 is none.
        activation: of `ACTIVATIONS`; the usual one is leaky ReLU of slope 0.2.
    """
    function, own = ACTIVATIONS[activation]
    y = function(x)
    y = y if own * gain == 1.0 else y * tf.cast(own * gain, x.dtype)
    return tf.clip_by_value(y, -clamp, clamp) if clamp else y


def unit_length(x: tf.Tensor) -> tf.Tensor:
    """Rows [B, n] divided by the root of their mean square."""
    return x * tf.math.rsqrt(tf.reduce_mean(tf.square(x), axis=1, keepdims=True) + _EPSILON)


def modulated(
    x: tf.Tensor, kernel: tf.Tensor, style: tf.Tensor, resample: str = "same", *, demodulates: bool = True
) -> tf.Tensor:
    """A convolution with a kernel of its own for every image: its input channels times the image's style.

    The same as section 2.2 of the paper has it, without such a kernel: inputs are multiplied by the style, and outputs
    by what the norm of the modulated kernel would be divided by.

    Args:
        x: [B, H, W, inputs] of any dtype to compute in.
        kernel: float32 [k, k, inputs, filters], k 1 or 3.
        style: float32 [B, inputs].
        resample: "same", "double" or "halve", what becomes of the sides.
        demodulates: whether outputs are brought back to unit size.

    Returns:
        float32 [B, H', W', filters].
    """
    y = convolved(x * tf.cast(style[:, None, None, :], x.dtype), tf.cast(kernel, x.dtype), resample)
    y = tf.cast(y, tf.float32)
    if not demodulates:
        return y
    squares = tf.reduce_sum(tf.square(kernel), [0, 1])
    scale = tf.math.rsqrt(tf.square(style) @ squares + _EPSILON)
    return y * scale[:, None, None, :]


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
    """A convolution; [B, H, W, inputs] -> [B, H, W, filters], or twice or half the sides.

    Args:
        name, seed: see `StyleLayer`.
        inputs, filters: channels.
        size: of the kernel, 1 or 3.
        halves: whether the sides are halved, by smoothing before a stride of 2.
        doubles: whether they are doubled.
        use_bias: whether it has a bias.
    """

    def __init__(
        self,
        name: str,
        seed: str,
        inputs: int,
        filters: int,
        size: int,
        *,
        halves: bool = False,
        doubles: bool = False,
        use_bias: bool = True,
    ):
        super().__init__(name, seed)
        self._factor = 1.0 / math.sqrt(size * size * inputs)
        self._resample = "halve" if halves else "double" if doubles else "same"
        self.kernel = self._normal("kernel", (size, size, inputs, filters))
        self.bias = self._constant("bias", (filters,)) if use_bias else None

    def call(self, x: tf.Tensor) -> tf.Tensor:
        y = convolved(x, tf.cast(self.kernel * self._factor, x.dtype), self._resample)
        return y if self.bias is None else y + tf.cast(self.bias, x.dtype)


class ModulatedConv(StyleLayer):
    """A 3x3 convolution whose input channels a style scales, its outputs scaled back to unit size; noise, activation.

    Args:
        name, seed: see `StyleLayer`.
        inputs, filters: channels.
        style_length: of the vectors that styles are made of.
        doubles: whether the sides are doubled, by a transposed convolution and smoothing.
        clamp: bound on outputs; 0 is none.
    """

    def __init__(
        self,
        name: str,
        seed: str,
        inputs: int,
        filters: int,
        style_length: int,
        *,
        doubles: bool = False,
        clamp: float = 0.0,
    ):
        super().__init__(name, seed)
        self._resample, self._clamp = "double" if doubles else "same", clamp
        self.affine = EqualDense(f"{name}.affine", seed, style_length, inputs, bias=1.0)
        self.kernel = self._normal("kernel", (3, 3, inputs, filters))
        self.bias = self._constant("bias", (filters,))
        self.noise_strength = self._constant("noise_strength", ())

    def call(self, x: tf.Tensor, w: tf.Tensor, noise: tf.Tensor, gain: float = 1.0) -> tf.Tensor:
        """x [B, H, W, inputs], w float32 [B, n], noise float32 [B or 1, H', W', 1] -> [B, H', W', filters]."""
        y = modulated(x, self.kernel, self.affine(w), self._resample)
        y = y + noise * self.noise_strength + self.bias
        return activated(tf.cast(y, x.dtype), gain, clamp=self._clamp * gain)


class ToRgb(StyleLayer):
    """Colors of a map: a modulated 1x1 convolution without demodulation; [B, H, W, inputs] -> float32 [B, H, W, n].

    Args:
        name, seed: see `StyleLayer`.
        inputs, colors: channels.
        style_length: of the vectors that styles are made of.
        clamp: bound on colors; 0 is none.
    """

    def __init__(self, name: str, seed: str, inputs: int, colors: int, style_length: int, *, clamp: float = 0.0):
        super().__init__(name, seed)
        self._factor, self._clamp = 1.0 / math.sqrt(inputs), clamp
        self.affine = EqualDense(f"{name}.affine", seed, style_length, inputs, bias=1.0)
        self.kernel = self._normal("kernel", (1, 1, inputs, colors))
        self.bias = self._constant("bias", (colors,))

    def call(self, x: tf.Tensor, w: tf.Tensor) -> tf.Tensor:
        y = modulated(x, self.kernel, self.affine(w) * self._factor, demodulates=False)
        return activated(y + self.bias, clamp=self._clamp, activation="linear")


class Mapping(StyleLayer):
    """Dense layers from unit vectors of latents, of a label or of both to w.

    Args:
        seed: see `StyleLayer`.
        z_dim: length of the latents; 0 without latents.
        length: of w.
        layers: how many; 0 leaves what they would get as it is.
        num_classes: of the labels; 0 without labels.
        rate: factor on what the optimizer's rate does to the layers.
    """

    def __init__(self, seed: str, *, z_dim: int, length: int, layers: int, num_classes: int = 0, rate: float = 0.01):
        super().__init__("mapping", seed)
        self.embedding = EqualDense("mapping.embed", seed, num_classes, length) if num_classes else None
        lengths = [z_dim + (length if num_classes else 0)] + [length] * layers
        self.chain = [EqualDense(f"mapping.fc{i}", seed, lengths[i], length, rate=rate) for i in range(layers)]

    def mapped(self, z: tf.Tensor | None, classes: tf.Tensor | None) -> tf.Tensor:
        """z float32 [B, z_dim] and classes float32 [B, num_classes], None where there are none -> float32 [B, n]."""
        parts = [] if z is None else [unit_length(z)]
        if self.embedding is not None:
            parts.append(unit_length(self.embedding(classes)))
        w = tf.concat(parts, axis=1) if len(parts) > 1 else parts[0]
        for layer in self.chain:
            w = activated(layer(w))
        return w


def group_deviation(x: tf.Tensor, group: int, features: int = 1) -> tf.Tensor:
    """How much the images of a group differ: further channels, constant over each image, behind the others.

    Image i of N is in group i mod (N / group); the deviation of every value over its group is averaged over the map,
    and over each of as many blocks of neighboring channels as there are features.

    Args:
        x: [N, H, W, C].
        group: images that are compared; N must be divisible by it.
        features: how many channels; C must be divisible by it.

    Returns:
        float32 [N, 1, 1, features].
    """
    count = x.shape[0]
    _, height, width, channels = x.shape
    grouped = tf.reshape(tf.cast(x, tf.float32), [group, count // group, height, width, channels])
    variance = tf.reduce_mean(tf.square(grouped - tf.reduce_mean(grouped, 0)), 0)
    blocks = tf.reshape(tf.sqrt(variance + _EPSILON), [count // group, height, width, features, channels // features])
    return tf.tile(tf.reduce_mean(blocks, [1, 2, 4]), [group, 1])[:, None, None, :]
