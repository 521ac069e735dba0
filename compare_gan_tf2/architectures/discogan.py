"""DiscoGAN's networks: a small encoder and decoder, and a discriminator that returns its features (Kim et al. 2017).

Images are in [0, 1] inside too. The sides are halved, rounded up, as long as they stay 4 pixels or more: four times of
the published 64 pixels, three times of 28 and 32. No layer has a bias; the normalizations are those of the options.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Kernel, Layers, halved, leaky_relu, relu, sigmoid
from compare_gan_tf2.architectures._padded import WideDeconv, padded
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.options import Options

TILES = True
HONORS = ("bottleneck_channels",)

_lrelu = leaky_relu(0.2)
_FILTERS, _MOST_FILTERS, _SMALLEST = 64, 8, 4
# Features that are compared are the last so many activations before the logit.
_COMPARED = 3


def translator(image_shape: tuple[int, int, int], options: Options, name: str) -> Translator:
    """From images of one domain to images of another, of the same shape.

    Args:
        image_shape: of both.
        options: the task's.
        name: of the network; networks of other names start differently.
    """
    make = Layers(options, "generator").within(name)
    filters, sides = _filters(make, image_shape), _sides(image_shape)
    chain = _encoder(make, filters)
    if channels := options.bottleneck_channels:
        chain += _bottleneck(make, make.channels(channels), filters[-1])
    for i in range(len(filters) - 1, 0, -1):
        chain += [_doubling(make, f"up{i}", filters[i - 1], sides[i]), make.norm(f"up{i}_norm"), relu]
    chain += [_doubling(make, "out", image_shape[2], sides[0]), sigmoid]
    return Translator(name, chain, image_shape=image_shape)


def feature_discriminator(image_shape: tuple[int, int, int], options: Options, name: str) -> FeatureDiscriminator:
    """Judges whole images; arguments as of `translator`."""
    make = Layers(options, "discriminator").within(name)
    chain: list[Callable] = [*_encoder(make, _filters(make, image_shape))]
    chain.append(padded(make, "out", 1, _SMALLEST, 1, 0, use_bias=False))
    return FeatureDiscriminator(name, chain, image_shape=image_shape)


class Translator(Network):
    """images float32 [B, H, W, C] in [0, 1] -> images of the same shape and range."""

    def __init__(self, name: str, chain: list[Callable], *, image_shape: tuple[int, int, int]):
        super().__init__(name, chain, 0)
        self(tf.zeros([1, *image_shape]))

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        return tf.cast(self.follow(images, None, None, training), tf.float32)


class FeatureDiscriminator(Network):
    """images float32 [B, H, W, C] in [0, 1] -> logits float32 [B, h, w, 1], and a list of features float32 [B, ...]."""

    def __init__(self, name: str, chain: list[Callable], *, image_shape: tuple[int, int, int]):
        super().__init__(name, chain, 0)
        self(tf.zeros([1, *image_shape]))

    def call(self, images: tf.Tensor, training: bool = False) -> tuple[tf.Tensor, list[tf.Tensor]]:
        x, features = images, list[tf.Tensor]()
        for link in self.chain:
            x = self.follow(x, None, None, training, [link])
            if link is _lrelu:
                features.append(tf.cast(x, tf.float32))
        return tf.cast(x, tf.float32), features[-_COMPARED:]


def _encoder(make: Layers, filters: list[int]) -> list[Callable]:
    """Down to 4x4 pixels."""
    chain: list[Callable] = []
    for i, each in enumerate(filters):
        chain += [
            make.conv(f"down{i}", each, 4, 2, use_bias=False),
            *([make.norm(f"down{i}_norm")] if i else []),
            _lrelu,
        ]
    return chain


def _bottleneck(make: Layers, channels: int, filters: int) -> list[Callable]:
    """From 4x4 pixels to one, and back."""
    wide = make.made(WideDeconv, "wide", filters, _SMALLEST, 1, "wide", use_bias=False)
    return [
        padded(make, "narrow", channels, _SMALLEST, 1, 0, use_bias=False), make.norm("narrow_norm"), _lrelu,
        wide, make.norm("wide_norm"), relu,
    ]  # fmt: skip


def _doubling(make: Layers, name: str, filters: int, sides: tuple[int, int]) -> Kernel:
    return make.deconv(name, filters, 4, 2, sides, use_bias=False)


def _filters(make: Layers, image_shape: tuple[int, int, int]) -> list[int]:
    """Channels behind every halving."""
    return [make.channels(_FILTERS) * min(1 << i, _MOST_FILTERS) for i in range(_halvings(image_shape))]


def _sides(image_shape: tuple[int, int, int]) -> list[tuple[int, int]]:
    """Sides of the maps before every halving."""
    height, width, _ = image_shape
    return [(halved(height, i), halved(width, i)) for i in range(_halvings(image_shape))]


def _halvings(image_shape: tuple[int, int, int]) -> int:
    number, shorter = 1, min(image_shape[:2])
    while halved(shorter, number + 1) >= _SMALLEST:
        number += 1
    return number
