"""DualGAN's networks: a U-Net with 3x3 kernels, and a discriminator of whole images or patches (Yi et al. 2017).

Inside the networks images are in [-1, 1], outside in [0, 1]. Convolutions pad as TensorFlow's SAME. Instance norm has
gain and offset. The authors' code also normalizes maps of one pixel, which become constant, so the layers around them
are never trained; here such maps are not normalized, unless normalizes_one_pixel is set. As in that code, initializer
normal is cut at two deviations for convolutions, and not for transposed ones and the linear layer.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, flatten, leaky_relu, relu, tanh
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.architectures.unet import UNet, halvings, level_filters, level_sides
from compare_gan_tf2.options import Options

HONORS = ("normalizes_one_pixel", "unet_halvings")
# What is added to variances in the authors' program.
IMPLIES = {"batch_norm_epsilon": 1e-6}

_lrelu = leaky_relu(0.2)
_FILTERS, _MOST_FILTERS = 64, 8
# Halvings of the discriminator, from this shorter side of the images on.
_HALVINGS = {64: 5, 32: 4, 16: 3, 0: 2}


def translator(image_shape: tuple[int, int, int], options: Options, name: str) -> UNet:
    """From images of one domain to images of another, of the same shape.

    Args:
        image_shape: of both.
        options: the task's.
        name: of the network; networks of other names start differently.
    """
    make, levels = Layers(options, "generator").within(name), options.unet_halvings or halvings(image_shape)
    cut = _cut(options, "generator").within(name)
    filters, sides = level_filters(make, levels), level_sides(image_shape, levels)
    below = level_sides(image_shape, levels + 1)[1:]

    def norm(place: str, shape: tuple[int, ...]) -> list[Callable]:
        silences = options.normalizes_one_pixel and max(shape) == 1
        return [*([tf.zeros_like] if silences else []), make.norm(f"{place}_norm", "instance")]

    down: list[list[Callable]] = [[cut.conv("down0", filters[0], 5, 2)]]
    for level in range(1, levels):
        conv = cut.conv(f"down{level}", filters[level], 3, 2)
        down.append([_lrelu, conv, *norm(f"down{level}", below[level])])
    up: list[list[Callable]] = []
    for level in range(levels - 1, 0, -1):
        conv = make.deconv(f"up{level}", filters[level - 1], 3, 2, sides[level])
        up.append([relu, conv, *norm(f"up{level}", sides[level])])
    up.append([relu, make.deconv("up0", image_shape[2], 5, 2, sides[0]), tanh])
    return UNet(name, down, up, image_shape=image_shape, up_first=True)


def critic(image_shape: tuple[int, int, int], options: Options, name: str) -> Critic:
    """Judges whole images; arguments as of `translator`."""
    make, cut = Layers(options, "discriminator").within(name), _cut(options, "discriminator").within(name)
    filters = make.channels(_FILTERS)
    number = next(halved for side, halved in _HALVINGS.items() if min(image_shape[:2]) >= side)
    chain: list[Callable] = [cut.conv("conv0", filters, 5, 2), _lrelu]
    for i in range(1, number):
        conv = cut.conv(f"conv{i}", filters * min(1 << i, _MOST_FILTERS), 3, 2)
        chain += [conv, make.norm(f"norm{i}", "instance"), _lrelu]
    return Critic(name, [*chain, flatten, make.linear("out", 1)], image_shape=image_shape)


def _cut(options: Options, network: str) -> Layers:
    """What makes the convolutions."""
    return Layers(options.replace(initializer="truncated") if options.initializer == "normal" else options, network)


class Critic(Network):
    """images float32 [B, H, W, C] in [0, 1] -> float32 [B, 1], how real they are."""

    def __init__(self, name: str, chain: list[Callable], *, image_shape: tuple[int, int, int]):
        super().__init__(name, chain, 0)
        self(tf.zeros([1, *image_shape]))

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        return tf.cast(self.follow(2.0 * images - 1.0, None, None, training), tf.float32)
