"""pix2pix's networks: a U-Net, and a discriminator of patches or pixels of image pairs (Isola et al. 2017).

Inside the networks images are in [-1, 1], outside in [0, 1]. A U-Net halves the sides, rounded up, until one pixel is
left, and joins to every map on the way up the one of its size from the way down. The normalizations are those of the
options; the published one is batch norm.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, halved, leaky_relu, relu, tanh
from compare_gan_tf2.architectures._padded import padded
from compare_gan_tf2.architectures.dropout import Dropout
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.architectures.resnet_translator import PatchDiscriminator
from compare_gan_tf2.options import Options

TILES = True
HONORS = ("patch_layers", "pixel_discriminator", "unet_dropout", "unet_halvings")

_lrelu = leaky_relu(0.2)
_FILTERS, _MOST_FILTERS = 64, 8  # the second as a multiple of the first
_MOST_HALVINGS = 8
# Layers of the discriminator with a stride, from this shorter side of the images on.
_PATCH_LAYERS = {256: 3, 32: 2, 0: 1}


def translator(image_shape: tuple[int, int, int], options: Options, name: str) -> UNet:
    """From images to images of the same shape.

    Args:
        image_shape: of both.
        options: the task's.
        name: of the network; networks of other names start differently.
    """
    make, levels = Layers(options, "generator").within(name), options.unet_halvings or halvings(image_shape)
    filters, sides = level_filters(make, levels), level_sides(image_shape, levels)
    down = [_down(make, level, each, levels) for level, each in enumerate(filters)]
    up = [
        _up(make, level, filters[level - 1] if level else image_shape[2], sides[level], levels, options.unet_dropout)
        for level in range(levels - 1, -1, -1)
    ]
    return UNet(name, down, up, image_shape=image_shape)


def pair_discriminator(image_shape: tuple[int, int, int], options: Options, name: str) -> PatchDiscriminator:
    """Judges pairs of images that lie on one another as channels, [B, H, W, 2 C]; arguments as of `translator`."""
    make = Layers(options, "discriminator").within(name)
    shape = (*image_shape[:2], 2 * image_shape[2])
    chain = (
        _pixels(make) if options.pixel_discriminator else _patches(make, options.patch_layers or patch_layers(shape))
    )
    return PatchDiscriminator(name, chain, image_shape=shape)


def _patches(make: Layers, layers: int) -> list[Callable]:
    """Patches of 70x70 pixels with three layers behind the first one, of 34x34 with two."""
    filters = make.channels(_FILTERS)
    chain: list[Callable] = [padded(make, "conv0", filters, 4, 2, 1), _lrelu]
    for i in range(1, layers + 1):
        stride, more = 2 if i < layers else 1, filters * min(1 << i, _MOST_FILTERS)
        chain += [padded(make, f"conv{i}", more, 4, stride, 1, use_bias=not is_normalized(make))]
        chain += [make.norm(f"norm{i}"), _lrelu]
    return [*chain, padded(make, "out", 1, 4, 1, 1)]


def _pixels(make: Layers) -> list[Callable]:
    """Every pixel alone."""
    filters, without = make.channels(_FILTERS), {"use_bias": not is_normalized(make)}
    return [
        padded(make, "conv0", filters, 1, 1, 0), _lrelu,
        padded(make, "conv1", 2 * filters, 1, 1, 0, **without), make.norm("norm1"), _lrelu,
        padded(make, "out", 1, 1, 1, 0, **without),
    ]  # fmt: skip


def is_normalized(make: Layers) -> bool:
    """Whether activations are normalized, so that a bias before would do nothing."""
    return make.normalization != "none"


def patch_layers(image_shape: tuple[int, int, int]) -> int:
    """Layers with a stride behind the first one, for maps that have several places; images of 256 pixels have three."""
    return next(number for side, number in _PATCH_LAYERS.items() if min(image_shape[:2]) >= side)


def halvings(image_shape: tuple[int, int, int]) -> int:
    """So many that one pixel of the shorter side is left, 8 at most."""
    return min(_MOST_HALVINGS, max(1, math.ceil(math.log2(min(image_shape[:2])))))


def level_filters(make: Layers, levels: int) -> list[int]:
    """Channels behind every halving, the outermost first."""
    return [make.channels(_FILTERS) * min(1 << level, _MOST_FILTERS) for level in range(levels)]


def level_sides(image_shape: tuple[int, int, int], levels: int) -> list[tuple[int, int]]:
    """Sides of the maps before every halving, the outermost first."""
    height, width, _ = image_shape
    return [(halved(height, level), halved(width, level)) for level in range(levels)]


class UNet(Network):
    """images float32 [B, H, W, C] in [0, 1] -> images of the same shape and range.

    Args:
        name: of the network.
        down: links of the levels that halve the sides, the outermost first.
        up: links of those that double them, the innermost first.
        image_shape: of the images.
        z_dim: length of latents that lie beside every map on the way down, as channels; 0 for none.
        up_first: whether on the way up the map from below comes first, and the one from the way down second.
    """

    def __init__(
        self,
        name: str,
        down: list[list[Callable]],
        up: list[list[Callable]],
        *,
        image_shape: tuple[int, int, int],
        z_dim: int = 0,
        up_first: bool = False,
    ):
        super().__init__(name, [link for links in (*down, *up) for link in links], 0)
        self.z_dim = z_dim
        self._levels = [len(links) for links in (*down, *up)]
        self._up_first = up_first
        self(tf.zeros([1, *image_shape]), *([tf.zeros([1, z_dim])] if z_dim else []))

    def call(self, images: tf.Tensor, z: tf.Tensor | None = None, training: bool = False) -> tf.Tensor:
        links, levels = iter(self.chain), len(self._levels) // 2
        x, maps = 2.0 * images - 1.0, list[tf.Tensor]()
        for number in self._levels[:levels]:
            maps.append(x)
            x = x if z is None else _beside(x, z)
            x = self.follow(x, None, None, training, list(itertools.islice(links, number)))
        for number in self._levels[levels:]:
            x = self.follow(x, None, None, training, list(itertools.islice(links, number)))
            beside = tf.cast(maps.pop(), x.dtype)
            if maps:  # the outermost is the image itself
                x = tf.concat([x, beside] if self._up_first else [beside, x], -1)
        return 0.5 * tf.cast(x, tf.float32) + 0.5


def _down(make: Layers, level: int, filters: int, levels: int) -> list[Callable]:
    """Halves the sides: the outermost without an activation before, neither it nor the innermost with a norm behind."""
    has_norm = 0 < level < levels - 1
    conv = make.conv(f"down{level}", filters, 4, 2, use_bias=not is_normalized(make))
    before: list[Callable] = [_lrelu] if level else []
    return [*before, conv, *([make.norm(f"down{level}_norm")] if has_norm else [])]


def _up(make: Layers, level: int, filters: int, sides: tuple[int, int], levels: int, dropout: float) -> list[Callable]:
    """Doubles the sides; the middle levels of deep ones drop activations, as PyTorch's version does."""
    has_bias = level == 0 or not is_normalized(make)
    links: list[Callable] = [relu, make.deconv(f"up{level}", filters, 4, 2, sides, use_bias=has_bias)]
    if level == 0:
        return [*links, tanh]
    drops = dropout and 4 <= level < levels - 1
    return [*links, make.norm(f"up{level}_norm"), *([Dropout(dropout, f"up{level}_dropout")] if drops else [])]


def _beside(x: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
    """Maps [B, H, W, C] with latents [B, Z] as further channels that are the same everywhere."""
    planes = tf.cast(z, x.dtype)[:, None, None, :] * tf.ones_like(x[..., :1])
    return tf.concat([x, planes], -1)
