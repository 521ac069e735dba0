"""BicycleGAN's networks: a U-Net with latents at every level, an encoder, two-scale discriminators (Zhu et al. 2017).

Inside the networks images are in [-1, 1], outside in [0, 1]. Instance norm has no gain and no offset, and every
convolution a bias. A U-Net halves the sides as `unet` does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, leaky_relu, relu, spatial_mean, tanh
from compare_gan_tf2.architectures._convolution import average_pool
from compare_gan_tf2.architectures._padded import instance_norm, padded
from compare_gan_tf2.architectures._scales import MultiscaleDiscriminator
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.architectures.unet import UNet, halvings, level_filters, level_sides
from compare_gan_tf2.options import Options

HONORS = ("patch_layers", "patch_scales", "unet_halvings")

_lrelu = leaky_relu(0.2)
_FILTERS, _MOST_FILTERS, _MOST_ENCODED = 64, 8, 4
_SCALES = 2
# Layers of a discriminator behind the first one, from this shorter side of the images on.
_PATCH_LAYERS = {256: 3, 64: 2, 0: 1}
# The encoder halves the sides down to so many pixels, but twice at least behind its first layer.
_ENCODED_SIDE, _LEAST_BLOCKS = 8, 2


def latent_translator(image_shape: tuple[int, int, int], options: Options, name: str) -> UNet:
    """From images and latents [B, z_dim] to images of the same shape; arguments as of `unet.translator`."""
    make, levels = Layers(options, "generator").within(name), options.unet_halvings or halvings(image_shape)
    filters, sides = level_filters(make, levels), level_sides(image_shape, levels)
    down: list[list[Callable]] = [[make.conv("down0", filters[0], 4, 2)]]
    for level in range(1, levels):
        norm = [instance_norm] if level < levels - 1 else []
        down.append([_lrelu, make.conv(f"down{level}", filters[level], 4, 2), *norm])
    up: list[list[Callable]] = []
    for level in range(levels - 1, 0, -1):
        up.append([relu, make.deconv(f"up{level}", filters[level - 1], 4, 2, sides[level]), instance_norm])
    up.append([relu, make.deconv("up0", image_shape[2], 4, 2, sides[0]), tanh])
    return UNet(name, down, up, image_shape=image_shape, z_dim=options.z_dim, up_first=True)


def gaussian_encoder(image_shape: tuple[int, int, int], options: Options, name: str) -> GaussianEncoder:
    """From images to the latents behind them; arguments as of `unet.translator`."""
    make = Layers(options, "discriminator").within(name)
    filters = make.channels(_FILTERS)
    blocks = max(_LEAST_BLOCKS, round(math.log2(min(image_shape[:2]) / 2 / _ENCODED_SIDE)))
    chain: list[Callable] = [padded(make, "conv", filters, 4, 2, 1)]
    chain += [
        _Halving(f"block{i}", make, filters * min(i, _MOST_ENCODED), filters * min(i + 1, _MOST_ENCODED))
        for i in range(1, blocks + 1)
    ]
    heads: list[Callable] = [make.linear(each, options.z_dim) for each in ("mean", "log_variance")]
    return GaussianEncoder(name, [*chain, _lrelu, spatial_mean], heads, image_shape=image_shape)


def multiscale_discriminator(image_shape: tuple[int, int, int], options: Options, name: str) -> MultiscaleDiscriminator:
    """Judges patches of images in two sizes; arguments as of `unet.translator`."""
    make = Layers(options, "discriminator").within(name)
    layers = options.patch_layers or next(n for side, n in _PATCH_LAYERS.items() if min(image_shape[:2]) >= side)
    chains = [_patches(make.within(f"scale{i}"), i, layers) for i in range(options.patch_scales or _SCALES)]
    return MultiscaleDiscriminator(name, chains, image_shape=image_shape)


def _patches(make: Layers, scale: int, layers: int) -> list[Callable]:
    """Layers of one size, with half the channels for every half of the size."""
    filters = max(1, round(make.channels(_FILTERS) / (1 << scale)))
    chain: list[Callable] = [padded(make, f"scale{scale}_conv0", filters, 4, 2, 1), _lrelu]
    for i in range(1, layers + 1):
        more, stride = filters * min(1 << i, _MOST_FILTERS), 2 if i < layers else 1
        chain += [padded(make, f"scale{scale}_conv{i}", more, 4, stride, 1), instance_norm, _lrelu]
    return [*chain, padded(make, f"scale{scale}_out", 1, 4, 1, 1)]


class GaussianEncoder(Network):
    """images float32 [B, H, W, C] in [0, 1] -> mean and log variance of their latents, float32 [B, z_dim]."""

    def __init__(
        self, name: str, chain: list[Callable], heads: Sequence[Callable], *, image_shape: tuple[int, int, int]
    ):
        super().__init__(name, [*chain, *heads], 0)
        self(tf.zeros([1, *image_shape]))

    def call(self, images: tf.Tensor, training: bool = False) -> tuple[tf.Tensor, tf.Tensor]:
        *chain, mean, log_variance = self.chain
        features = self.follow(2.0 * images - 1.0, None, None, training, chain)
        return mean(features, training=training), log_variance(features, training=training)


class _Halving(keras.layers.Layer):
    """Halves the sides: two convolutions of x, and one of x itself, each averaged over 2x2 pixels, and added."""

    def __init__(self, name: str, make: Layers, filters: int, out: int):
        super().__init__(name=name, autocast=False)
        make = make.within(name)
        self.first, self.second = padded(make, "conv1", filters, 3, 1, 1), padded(make, "conv2", out, 3, 1, 1)
        self.shortcut = padded(make, "shortcut", out, 1, 1, 0)
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        del z, labels
        y = self.first(_lrelu(instance_norm(x)), training=training)
        y = average_pool(self.second(_lrelu(instance_norm(y)), training=training))
        return y + self.shortcut(average_pool(x), training=training)
