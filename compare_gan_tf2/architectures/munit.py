"""UNIT's and MUNIT's networks: content and style autoencoders, multiscale discriminators (Huang et al. 2018).

Sides divisible by 4. Inside the networks images are in [-1, 1], outside in [0, 1]. Convolutions reflect at the border.
A content is a map of a quarter of the sides; a style is z_dim numbers, which set gains and offsets of instance norm in
the decoder. Instance norm elsewhere has neither. Kernels of discriminators start normal whatever initializer is, as in
the authors' code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, leaky_relu, relu, spatial_mean, tanh
from compare_gan_tf2.architectures._padded import instance_norm, padded
from compare_gan_tf2.architectures._scales import MultiscaleDiscriminator
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.architectures.resnet_translator import Residual
from compare_gan_tf2.options import Options

SIDES_DIVISIBLE_BY = 4
HONORS = ("patch_layers", "patch_scales", "style_units", "translator_blocks")
IMPLIES = {"initializer": "he"}

_lrelu = leaky_relu(0.2)
_FILTERS, _DECODED, _MOST_LAYERS, _SCALES = 64, 2, 4, 3
# Residual blocks, from this shorter side of the images on.
_DEPTHS = {64: 4, 0: 2}
# Halvings of the encoder of styles.
_STYLE_HALVINGS, _WIDER = 4, 2
_EPSILON = 1e-5


def content_encoder(image_shape: tuple[int, int, int], options: Options, name: str) -> Encoder:
    """From images to contents float32 [B, H / 4, W / 4, C].

    Args:
        image_shape: of the images.
        options: the task's.
        name: of the network; networks of other names start differently.
    """
    make = Layers(options, "generator").within(name)
    filters = make.channels(_FILTERS)
    chain: list[Callable] = [padded(make, "in", filters, 7, 1, 3, reflects=True), instance_norm, relu]
    for i in range(1, _DECODED + 1):
        chain += [padded(make, f"down{i}", filters << i, 4, 2, 1, reflects=True), instance_norm, relu]
    blocks = [Residual(f"block{i}", make, filters << _DECODED) for i in range(1, _blocks(image_shape, options) + 1)]
    return Encoder(name, [*chain, *blocks], image_shape=image_shape)


def style_encoder(image_shape: tuple[int, int, int], options: Options, name: str) -> Encoder:
    """From images to styles float32 [B, z_dim], without a norm, which would erase them; as of `content_encoder`."""
    make = Layers(options, "generator").within(name)
    filters = make.channels(_FILTERS)
    chain: list[Callable] = [padded(make, "in", filters, 7, 1, 3, reflects=True), relu]
    for i in range(1, _STYLE_HALVINGS + 1):
        chain += [padded(make, f"down{i}", filters << min(i, _WIDER), 4, 2, 1, reflects=True), relu]
    return Encoder(name, [*chain, spatial_mean, make.linear("style", options.z_dim)], image_shape=image_shape)


def domain_decoder(image_shape: tuple[int, int, int], options: Options, name: str) -> Decoder:
    """From contents to images; arguments as of `content_encoder`."""
    make = Layers(options, "generator").within(name)
    filters = make.channels(_FILTERS) << _DECODED
    blocks = [Residual(f"block{i}", make, filters) for i in range(1, _blocks(image_shape, options) + 1)]
    return Decoder(name, [*blocks, *_enlarging(make, filters, image_shape[2])], _content(image_shape, filters))


def style_decoder(image_shape: tuple[int, int, int], options: Options, name: str) -> StyleDecoder:
    """From contents and styles to images; arguments as of `content_encoder`."""
    make = Layers(options, "generator").within(name)
    filters, number = make.channels(_FILTERS) << _DECODED, _blocks(image_shape, options)
    blocks = [StyledResidual(f"block{i}", make, filters) for i in range(1, number + 1)]
    styling = [
        make.linear("style1", options.style_units), relu, make.linear("style2", options.style_units), relu,
        make.linear("styles", 4 * number * filters),
    ]  # fmt: skip
    enlarging = _enlarging(make, filters, image_shape[2])
    return StyleDecoder(name, blocks, enlarging, styling, _content(image_shape, filters), options.z_dim)


def multiscale_discriminator(image_shape: tuple[int, int, int], options: Options, name: str) -> MultiscaleDiscriminator:
    """Judges patches of images in several sizes; arguments as of `content_encoder`."""
    own = options.replace(initializer="normal") if options.initializer == "he" else options
    make = Layers(own, "discriminator").within(name)
    scales = options.patch_scales or _SCALES
    layers = options.patch_layers or _layers(image_shape, scales)
    chains = [_patches(make.within(f"scale{i}"), f"scale{i}", layers) for i in range(scales)]
    return MultiscaleDiscriminator(name, chains, image_shape=image_shape)


def _patches(make: Layers, scale: str, layers: int) -> list[Callable]:
    chain: list[Callable] = []
    for i in range(layers):
        filters = make.channels(_FILTERS) << i
        chain += [padded(make, f"{scale}_conv{i}", filters, 4, 2, 1, reflects=True), _lrelu]
    return [*chain, padded(make, f"{scale}_out", 1, 1, 1, 0)]


def _layers(image_shape: tuple[int, int, int], scales: int) -> int:
    """As many layers as the smallest size has two pixels for."""
    side, number = min(image_shape[:2]), 0
    for _ in range(scales - 1):
        side = -(-side // 2)
    while side > 1 and number < _MOST_LAYERS:
        side, number = side // 2, number + 1
    return max(1, number)


def _blocks(image_shape: tuple[int, int, int], options: Options) -> int:
    return options.translator_blocks or next(n for side, n in _DEPTHS.items() if min(image_shape[:2]) >= side)


def _content(image_shape: tuple[int, int, int], filters: int) -> tuple[int, int, int]:
    return image_shape[0] >> _DECODED, image_shape[1] >> _DECODED, filters


def _enlarging(make: Layers, filters: int, colors: int) -> list[Callable]:
    """From contents to images in [-1, 1]."""
    chain: list[Callable] = []
    for i in range(1, _DECODED + 1):
        conv = padded(make, f"up{i}", filters >> i, 5, 1, 2, reflects=True)
        chain += [doubled, conv, StandardizedExample(f"up{i}_norm", make.seed(f"up{i}_norm")), relu]
    return [*chain, padded(make, "out", colors, 7, 1, 3, reflects=True), tanh]


def doubled(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] -> [B, 2 H, 2 W, C], every pixel four times."""
    return tf.repeat(tf.repeat(x, 2, axis=1), 2, axis=2)


class Encoder(Network):
    """images float32 [B, H, W, C] in [0, 1] -> codes float32 [B, ...].

    Attributes:
        code_shape: of one code.
    """

    def __init__(self, name: str, chain: Sequence[Callable], *, image_shape: tuple[int, int, int]):
        super().__init__(name, chain, 0)
        self.code_shape = tuple(self(tf.zeros([1, *image_shape])).shape[1:])

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        return tf.cast(self.follow(2.0 * images - 1.0, None, None, training), tf.float32)


class Decoder(Network):
    """contents float32 [B, H / 4, W / 4, C] -> images float32 [B, H, W, C] in [0, 1]."""

    def __init__(self, name: str, chain: Sequence[Callable], content: tuple[int, int, int]):
        super().__init__(name, chain, 0)
        self(tf.zeros([1, *content]))

    def call(self, contents: tf.Tensor, training: bool = False) -> tf.Tensor:
        return 0.5 * tf.cast(self.follow(contents, None, None, training), tf.float32) + 0.5


class StyleDecoder(Network):
    """(contents float32 [B, H / 4, W / 4, C], styles float32 [B, z_dim]) -> images float32 [B, H, W, C] in [0, 1]."""

    def __init__(
        self,
        name: str,
        blocks: Sequence[StyledResidual],
        enlarging: Sequence[Callable],
        styling: Sequence[Callable],
        content: tuple[int, int, int],
        z_dim: int,
    ):
        super().__init__(name, [*blocks, *enlarging, *styling], 0)
        self._number, self._styling = len(blocks), len(styling)
        self(tf.zeros([1, *content]), tf.zeros([1, z_dim]))

    def call(self, contents: tf.Tensor, styles: tf.Tensor, training: bool = False) -> tf.Tensor:
        numbers = self.follow(styles, None, None, training, self.chain[-self._styling :])
        x = contents
        for block, own in zip(self.chain[: self._number], tf.split(numbers, self._number, axis=1), strict=True):
            x = self.follow(x, own, None, training, [block])
        x = self.follow(x, None, None, training, self.chain[self._number : -self._styling])
        return 0.5 * tf.cast(x, tf.float32) + 0.5


class StyledResidual(keras.layers.Layer):
    """x + two convolutions of x; behind each, instance norm with offset and gain of the style [B, 4 filters]."""

    def __init__(self, name: str, make: Layers, filters: int):
        super().__init__(name=name, autocast=False)
        make = make.within(name)
        self.first = padded(make, "conv1", filters, 3, 1, 1, reflects=True)
        self.second = padded(make, "conv2", filters, 3, 1, 1, reflects=True)
        self.built = True

    def call(self, x: tf.Tensor, z: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False) -> tf.Tensor:
        del labels
        offset1, gain1, offset2, gain2 = (each[:, None, None, :] for each in tf.split(tf.cast(z, x.dtype), 4, axis=1))
        y = relu(instance_norm(self.first(x, training=training)) * gain1 + offset1)
        return x + instance_norm(self.second(y, training=training)) * gain2 + offset2


class StandardizedExample(keras.layers.Layer):
    """gamma (x - mean) / (deviation + 1e-5) + beta, moments of each example, the deviation of an unbiased variance.

    gamma [C] starts uniform on [0, 1], beta [C] at 0, as in the authors' code.
    """

    def __init__(self, name: str, seed: int):
        super().__init__(name=name, autocast=False)
        self._seed = seed

    def build(self, x_shape: tuple) -> None:
        start = keras.initializers.RandomUniform(0.0, 1.0, seed=self._seed)
        self.gamma = self.add_weight(name="gamma", shape=(x_shape[-1],), initializer=start)
        self.beta = self.add_weight(name="beta", shape=(x_shape[-1],), initializer="zeros")

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """x [B, H, W, C] -> the same shape and dtype."""
        del z, labels, training
        wide, axes = tf.cast(x, tf.float32), [1, 2, 3]
        wide = wide - tf.reduce_mean(wide, axes, keepdims=True)
        count = x.shape[1] * x.shape[2] * x.shape[3]
        variance = tf.reduce_sum(tf.square(wide), axes, keepdims=True) / (count - 1)
        return tf.cast(wide / (tf.sqrt(variance) + _EPSILON) * self.gamma + self.beta, x.dtype)
