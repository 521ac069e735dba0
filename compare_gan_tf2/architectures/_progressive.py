"""What grows: layers of PGGAN and StyleGAN, and images that are faded from one side to the next.

Karras et al. 2018, «Progressive Growing of GANs», and 2019, «A Style-Based Generator Architecture». Weights are drawn
from N(0, 1) and multiplied by gain / sqrt(inputs) in every call; other than in StyleGAN2 the gain of what comes before
a leaky ReLU is in the weights and so does not reach the bias. Layers compute in the dtype of their input; sums of
squares are float32.

Of the level of detail see `options/growing.py`. A training step knows its level while TensorFlow traces, and computes
no layer beyond it; only the fade is a tensor. Elsewhere the level of detail is a variable of the network, and all
layers are computed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
import tensorflow as tf

from compare_gan_tf2.architectures._style import StyleLayer, group_deviation
from compare_gan_tf2.architectures.fading import enlarged, lerped, shrunk
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.runtime import layer_state
from compare_gan_tf2.runtime.draws import Share
from compare_gan_tf2.runtime.replicas import gathered

# Channels(side of a map) -> channels of the map.
Channels = Callable[[int], int]

GAIN = math.sqrt(2.0)
_EPSILON = 1e-8
_BLUR = np.outer([1, 2, 1], [1, 2, 1]).astype(np.float32) / 16.0
# Of an image that is alone in its group: the root of what is added to a variance of 0.
_ALONE = 1e-4


def channels_of(base: int, most: int) -> Channels:
    """Channels by the side of a map: most, and from some side on half as many at each doubling."""
    return lambda side: max(1, min(2 * base // side, most))


def leaky(x: tf.Tensor) -> tf.Tensor:
    """Leaky ReLU of slope 0.2."""
    return tf.nn.leaky_relu(x, 0.2)


def pixel_norm(x: tf.Tensor) -> tf.Tensor:
    """Divides [..., C] by the root of its mean square over the channels."""
    squares = tf.reduce_mean(tf.square(tf.cast(x, tf.float32)), axis=-1, keepdims=True)
    return x * tf.cast(tf.math.rsqrt(squares + _EPSILON), x.dtype)


def instance_norm(x: tf.Tensor) -> tf.Tensor:
    """Brings every channel of every image [B, H, W, C] to mean 0 and variance 1."""
    wide = tf.cast(x, tf.float32)
    wide -= tf.reduce_mean(wide, [1, 2], keepdims=True)
    return tf.cast(wide * tf.math.rsqrt(tf.reduce_mean(tf.square(wide), [1, 2], keepdims=True) + _EPSILON), x.dtype)


def blurred(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] smoothed by [1, 2, 1], zeros around it."""
    kernel = tf.cast(tf.tile(_BLUR[:, :, None, None], [1, 1, x.shape[-1], 1]), x.dtype)
    return tf.nn.depthwise_conv2d(x, kernel, [1, 1, 1, 1], "SAME")


def with_deviation(x: tf.Tensor, group: int, training: bool) -> tf.Tensor:
    """x float32 [B, H, W, C] with a channel more, in training how much images of a group of the whole batch differ.

    Outside of training every image is alone, so that what is said of it depends on it alone.
    """
    deviation = tf.fill([tf.shape(x)[0], 1, 1, 1], _ALONE)
    if training:
        whole = gathered(x)
        size = next(size for size in range(min(group, whole.shape[0]), 0, -1) if whole.shape[0] % size == 0)
        deviation = Share().cut(group_deviation(whole, size))
    return tf.concat([x, deviation * tf.ones_like(x[..., :1])], axis=-1)


class Dense(StyleLayer):
    """x K gain rate / sqrt(inputs) + rate b; [B, inputs] -> [B, units].

    Args:
        name, seed: see `StyleLayer`.
        inputs, units: lengths.
        gain: factor on the kernel.
        rate: factor on what the optimizer's rate does to the layer; kernels start with deviation 1 / rate.
    """

    def __init__(self, name: str, seed: str, inputs: int, units: int, *, gain: float = GAIN, rate: float = 1.0):
        super().__init__(name, seed)
        self._factor, self._rate = gain * rate / math.sqrt(inputs), rate
        self.kernel = self._normal("kernel", (inputs, units), 1.0 / rate)
        self.bias = self._constant("bias", (units,))

    def call(self, x: tf.Tensor) -> tf.Tensor:
        kernel, bias = self.kernel * self._factor, self.bias * self._rate
        return x @ tf.cast(kernel, x.dtype) + tf.cast(bias, x.dtype)


class FirstMap(StyleLayer):
    """Vectors [B, inputs] -> maps [B, 4, 4, channels]; a bias for every channel, and a quarter of the usual gain."""

    def __init__(self, name: str, seed: str, inputs: int, channels: int):
        super().__init__(name, seed)
        self._factor, self._channels = GAIN / 4.0 / math.sqrt(inputs), channels
        self.kernel = self._normal("kernel", (inputs, 16 * channels))
        self.bias = self._constant("bias", (channels,))

    def call(self, x: tf.Tensor) -> tf.Tensor:
        y = x @ tf.cast(self.kernel * self._factor, x.dtype)
        return tf.reshape(y, [-1, 4, 4, self._channels]) + tf.cast(self.bias, x.dtype)


class Conv(StyleLayer):
    """A convolution with SAME padding; [B, H, W, inputs] -> [B, H', W', filters].

    Args:
        name, seed: see `StyleLayer`.
        inputs, filters: channels.
        size: of the kernel, 1 or 3.
        gain: factor on the kernel.
        resizes: "" leaves the sides; "doubles" them, as if each pixel were repeated before; "halves" them, as if the
            mean of 2 x 2 pixels were taken afterwards. Both are one convolution of stride 2 with a kernel of 4 x 4.
        use_bias: whether it has a bias.
    """

    def __init__(
        self,
        name: str,
        seed: str,
        inputs: int,
        filters: int,
        size: int = 3,
        *,
        gain: float = GAIN,
        resizes: str = "",
        use_bias: bool = True,
    ):
        super().__init__(name, seed)
        self._factor, self._resizes = gain / math.sqrt(size * size * inputs), resizes
        self.kernel = self._normal("kernel", (size, size, inputs, filters))
        self.bias = self._constant("bias", (filters,)) if use_bias else None

    @property
    def doubles(self) -> bool:
        """Whether the sides are doubled."""
        return self._resizes == "doubles"

    def call(self, x: tf.Tensor) -> tf.Tensor:
        y = self._convolved(x)
        return y if self.bias is None else y + tf.cast(self.bias, x.dtype)

    def _convolved(self, x: tf.Tensor) -> tf.Tensor:
        kernel = self.kernel * self._factor
        if not self._resizes:
            return tf.nn.conv2d(x, tf.cast(kernel, x.dtype), 1, "SAME")
        if self._resizes == "halves":
            return tf.nn.conv2d(x, tf.cast(0.25 * _shifted(kernel), x.dtype), 2, "SAME")
        # A convolution of repeated pixels is a transposed one of the pixels with the mirrored kernel.
        kernel = tf.transpose(_shifted(tf.reverse(kernel, [0, 1])), [0, 1, 3, 2])
        _, height, width, _ = x.shape
        shape = [tf.shape(x)[0], 2 * height, 2 * width, kernel.shape[2]]
        y = tf.nn.conv2d_transpose(x, tf.cast(kernel, x.dtype), shape, 2, "SAME")
        return tf.ensure_shape(y, [x.shape[0], *shape[1:]])


def _shifted(kernel: tf.Tensor) -> tf.Tensor:
    """Sums of a kernel [3, 3, a, b] and its shifts by one pixel: [4, 4, a, b]."""
    places = ((0, 1), (1, 0))
    return tf.add_n([tf.pad(kernel, [rows, columns, (0, 0), (0, 0)]) for rows in places for columns in places])


class Growing(Network):
    """A network with a level of detail.

    Attributes:
        lod: the level of detail at which it is used outside of training steps, a float32 variable.
        side: of the largest images.
    """

    def __init__(self, name: str, side: int, num_classes: int, lod: int):
        super().__init__(name, [], num_classes)
        self.side = side
        self.lod = self.add_weight(name="lod", shape=(), initializer=tf.constant_initializer(lod), trainable=False)

    def become(self, lod: tf.Tensor) -> None:
        """Proposes another level of detail."""
        layer_state.propose(self.lod, lod, always=True)

    def level_of(self, side: int) -> int:
        """Halvings from the largest side to this one."""
        return self.side.bit_length() - side.bit_length()

    def share_of_half(self, side: int) -> tf.Tensor:
        """At the level of detail: how much of the half of a side images of it show, 0 to 1."""
        return tf.clip_by_value(tf.convert_to_tensor(self.lod) - float(self.level_of(side)), 0.0, 1.0)

    def grown(
        self, colors: Iterable[tuple[int, tf.Tensor]], level: int | None, fade: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Images of what a generator's sides show.

        Args:
            colors: (side, images [B, side, side, C]) from the smallest side on; taken as far as they are needed.
            level: at which images end; None is for all sides, mixed by the level of detail, and images of the largest.
            fade: share of the half of the side at this level; None for none.
        """
        image: tf.Tensor | None = None
        for side, made in colors:
            if image is None:
                image = made
            elif level is None:
                image = lerped(made, enlarged(image), self.share_of_half(side))
            elif self.level_of(side) > level:
                image = made
            else:
                image = made if fade is None else lerped(made, enlarged(image), fade)
            if self.level_of(side) == level:
                break
        return image

    def seen(
        self,
        images: tf.Tensor,
        first: Callable[[int, tf.Tensor], tf.Tensor],
        block: Callable[[int, tf.Tensor], tf.Tensor],
        level: int | None,
        fade: tf.Tensor | None,
    ) -> tf.Tensor:
        """What a discriminator's blocks make of images: maps [B, 4, 4, channels].

        Args:
            images: [B, S, S, C] of a level's side, or with None of the largest.
            first: (side, images) -> maps of the side.
            block: (side, maps of the side) -> maps of its half.
            level: as of `grown`.
            fade: likewise.
        """
        side = self.side if level is None else self.side >> level
        x = first(side, images)
        while side > 4:
            x = block(side, x)
            images = shrunk(images)
            if level is None or (fade is not None and self.level_of(side) == level):
                share = self.share_of_half(side) if level is None else fade
                x = lerped(x, first(side // 2, images), share)
            side //= 2
        return x
