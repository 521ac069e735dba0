"""StarGAN's networks: one translator for all domains, and a discriminator that tells them apart (Choi et al. 2018).

Inside the networks images are in [-1, 1], outside in [0, 1]. The wanted domain stands beside the colors, as constant
planes. Padding is with zeros on purpose: instance norm removes what is constant, so that only the border tells the
domain; reflected, there would be no border.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, flatten, halved, leaky_relu, relu, tanh
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.options import Options

HONORS = ("translator_blocks",)

_lrelu = leaky_relu(0.01)
_FILTERS = 64
# The published number of residual blocks, from this shorter side of the images on.
_PUBLISHED_DEPTH = {64: 6, 0: 4}


def domain_translator(
    image_shape: tuple[int, int, int], options: Options, name: str, conditions: int
) -> DomainTranslator:
    """From images and what they shall be to images of the same shape.

    Args:
        image_shape: of both.
        options: the task's.
        name: of the network; networks of other names start differently.
        conditions: numbers that say what an image shall be: domains or attributes.
    """
    make = Layers(options, "generator").within(name)
    filters, (height, width, colors) = make.channels(_FILTERS), image_shape
    depth = next(depth for side, depth in _PUBLISHED_DEPTH.items() if min(height, width) >= side)
    chain: list[Callable] = [make.conv("in", filters, 7, use_bias=False), make.norm("in_norm"), relu]
    for i in (1, 2):
        chain += [make.conv(f"down{i}", filters << i, 4, 2, use_bias=False), make.norm(f"down{i}_norm"), relu]
    chain += [Residual(f"block{i}", make, 4 * filters) for i in range(1, (options.translator_blocks or depth) + 1)]
    for i in (1, 0):
        sides = (halved(height, i), halved(width, i))
        chain += [
            make.deconv(f"up{i}", filters << i, 4, 2, sides, use_bias=False), make.norm(f"up{i}_norm"), relu,
        ]  # fmt: skip
    chain += [make.conv("out", colors, 7, use_bias=False), tanh]
    return DomainTranslator(name, chain, image_shape=image_shape, conditions=conditions)


def domain_discriminator(
    image_shape: tuple[int, int, int], options: Options, name: str, conditions: int
) -> DomainDiscriminator:
    """Judges patches, and tells the domain or the attributes of the whole image; arguments as above."""
    make = Layers(options, "discriminator").within(name)
    filters, chain = make.channels(_FILTERS), list[Callable]()
    for i in range(_halvings(image_shape)):
        chain += [make.conv(f"down{i}", filters << i, 4, 2), _lrelu]
    patches, kinds = make.conv("patches", 1, 3, use_bias=False), make.linear("kinds", conditions, use_bias=False)
    return DomainDiscriminator(name, chain, patches, kinds, image_shape=image_shape)


class DomainTranslator(Network):
    """(images float32 [B, H, W, C] in [0, 1], conditions float32 [B, c]) -> images of the same shape and range."""

    def __init__(self, name: str, chain: list[Callable], *, image_shape: tuple[int, int, int], conditions: int):
        super().__init__(name, chain, 0)
        self(tf.zeros([1, *image_shape]), tf.zeros([1, conditions]))

    def call(self, images: tf.Tensor, conditions: tf.Tensor, training: bool = False) -> tf.Tensor:
        planes = conditions[:, None, None, :] * tf.ones_like(images[..., :1])
        x = tf.concat([2.0 * images - 1.0, planes], -1)
        return 0.5 * tf.cast(self.follow(x, None, None, training), tf.float32) + 0.5


class DomainDiscriminator(Network):
    """images float32 [B, H, W, C] in [0, 1] -> float32 [B, h, w, 1], how real patches are, and logits [B, c]."""

    def __init__(
        self,
        name: str,
        chain: list[Callable],
        patches: Callable,
        kinds: Callable,
        *,
        image_shape: tuple[int, int, int],
    ):
        super().__init__(name, chain, 0)
        self.patches, self.kinds = patches, kinds
        self(tf.zeros([1, *image_shape]))

    def call(self, images: tf.Tensor, training: bool = False) -> tuple[tf.Tensor, tf.Tensor]:
        x = self.follow(2.0 * images - 1.0, None, None, training)
        judged, kinds = self.patches(x, training=training), self.kinds(flatten(x), training=training)
        return tf.cast(judged, tf.float32), tf.cast(kinds, tf.float32)


class Residual(keras.layers.Layer):
    """x + two convolutions of x, both normalized, the first rectified."""

    def __init__(self, name: str, make: Layers, filters: int):
        super().__init__(name=name, autocast=False)
        make = make.within(name)
        self.first, self.first_norm = make.conv("conv1", filters, 3, use_bias=False), make.norm("norm1")
        self.second, self.second_norm = make.conv("conv2", filters, 3, use_bias=False), make.norm("norm2")
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        del z, labels
        y = relu(self.first_norm(self.first(x, training=training), training=training))
        return x + self.second_norm(self.second(y, training=training), training=training)


def _halvings(image_shape: tuple[int, int, int]) -> int:
    """Down to two pixels of the shorter side: 6 of the published 128."""
    number, shorter = 1, min(image_shape[:2])
    while halved(shorter, number) > 2:
        number += 1
    return number
