"""CycleGAN's networks: a residual image-to-image generator, and a patch discriminator (Zhu et al. 2017).

Sides divisible by 4. Inside the networks images are in [-1, 1], outside in [0, 1]. Instance norm has no gain and no
offset, as in the authors' PyTorch code.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, leaky_relu, relu, tanh
from compare_gan_tf2.architectures._padded import doubling, instance_norm, padded
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.options import Options

SIDES_DIVISIBLE_BY = 4
ANY_SIZE_FROM = 16
HONORS = ("patch_layers", "translator_blocks")

_lrelu = leaky_relu(0.2)
_FILTERS = 64
# The published number of residual blocks, from this shorter side of the images on.
_PUBLISHED_DEPTH = {256: 9, 64: 6, 0: 4}
# Layers of the discriminator with a stride: a map of patches has at least 6x6 places where there are so many pixels.
_PATCH_LAYERS = {64: 3, 0: 2}


def translator(image_shape: tuple[int, int, int], options: Options, name: str) -> Translator:
    """From images of one domain to images of another, of the same shape.

    Args:
        image_shape: of both.
        options: the task's.
        name: of the network; networks of other names start differently.
    """
    make = Layers(options, "generator").within(name)
    filters, blocks = make.channels(_FILTERS), options.translator_blocks or _by_side(_PUBLISHED_DEPTH, image_shape)
    chain = [
        padded(make, "in", filters, 7, 1, 3, reflects=True), instance_norm, relu,
        padded(make, "down1", 2 * filters, 3, 2, 1), instance_norm, relu,
        padded(make, "down2", 4 * filters, 3, 2, 1), instance_norm, relu,
        *(Residual(f"block{i}", make, 4 * filters) for i in range(1, blocks + 1)),
        doubling(make, "up1", 2 * filters), instance_norm, relu,
        doubling(make, "up2", filters), instance_norm, relu,
        padded(make, "out", image_shape[2], 7, 1, 3, reflects=True), tanh,
    ]  # fmt: skip
    return Translator(name, chain, image_shape=image_shape)


def patch_discriminator(image_shape: tuple[int, int, int], options: Options, name: str) -> PatchDiscriminator:
    """Judges overlapping patches, of 70x70 pixels with three layers of stride 2; arguments as of `translator`."""
    make = Layers(options, "discriminator").within(name)
    filters, layers = make.channels(_FILTERS), options.patch_layers or _by_side(_PATCH_LAYERS, image_shape)
    chain: list[Callable] = [padded(make, "conv0", filters, 4, 2, 1), _lrelu]
    for i in range(1, layers + 1):
        stride = 2 if i < layers else 1
        chain += [padded(make, f"conv{i}", filters * min(1 << i, 8), 4, stride, 1), instance_norm, _lrelu]
    return PatchDiscriminator(name, [*chain, padded(make, "out", 1, 4, 1, 1)], image_shape=image_shape)


class Translator(Network):
    """images float32 [B, H, W, C] in [0, 1] -> images of the same shape and range."""

    def __init__(self, name: str, chain: list[Callable], *, image_shape: tuple[int, int, int]):
        super().__init__(name, chain, 0)
        self(tf.zeros([1, *image_shape]))

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        return 0.5 * tf.cast(self.follow(2.0 * images - 1.0, None, None, training), tf.float32) + 0.5


class PatchDiscriminator(Network):
    """images float32 [B, H, W, C] in [0, 1] -> float32 [B, h, w, 1], for each patch how real it is."""

    def __init__(self, name: str, chain: list[Callable], *, image_shape: tuple[int, int, int]):
        super().__init__(name, chain, 0)
        self(tf.zeros([1, *image_shape]))

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        return tf.cast(self.follow(2.0 * images - 1.0, None, None, training), tf.float32)


class Residual(keras.layers.Layer):
    """x + two convolutions of x, both normalized, the first rectified."""

    def __init__(self, name: str, make: Layers, filters: int):
        super().__init__(name=name, autocast=False)
        make = make.within(name)
        self.first = padded(make, "conv1", filters, 3, 1, 1, reflects=True)
        self.second = padded(make, "conv2", filters, 3, 1, 1, reflects=True)
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        del z, labels
        y = relu(instance_norm(self.first(x, training=training)))
        return x + instance_norm(self.second(y, training=training))


def _by_side(numbers: dict[int, int], image_shape: tuple[int, int, int]) -> int:
    return next(number for side, number in numbers.items() if min(image_shape[:2]) >= side)
