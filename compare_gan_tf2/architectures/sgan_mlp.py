"""Fully connected networks with noise, for semi-supervised MNIST (Salimans et al. 2016, section 5).

The discriminator's kernels are normalized by weight norm, whose lengths only the last layer trains; gan=sgan_k_outputs
starts them from data. The published generator has batch norm without a gain; here it is that of the options, as
everywhere. Any image size; rates, latents and batches are the published ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, flatten, relu, reshape, sigmoid
from compare_gan_tf2.architectures.class_discriminator import ClassDiscriminator
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.architectures.noise import GaussianNoise
from compare_gan_tf2.options import Options, architecture_limits

DISCRIMINATOR_NORMALIZES = False
IMPLIES = {
    "batch_size": 100, "d_learning_rate": 3e-3, "d_weight_normalization": "weight", "g_learning_rate": 3e-3,
    "g_weight_normalization": "weight", "z_dim": 100,
}  # fmt: skip

_OF_GENERATOR = (500, 500)
_OF_DISCRIMINATOR = (1000, 500, 250, 250, 250)
# Of images, which are in [0, 1], and of hidden layers.
_FIRST_NOISE, _NOISE = 0.3, 0.5


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """Two hidden layers, normalized before the softplus, and a sigmoid per pixel and channel."""
    architecture_limits.check("sgan_mlp", image_shape, options, bool(num_classes))
    make, chain = Layers(options, "generator"), list[Callable]()
    for i, units in enumerate(_OF_GENERATOR, 1):
        # Behind a normalization of activations a kernel's length says nothing.
        linear = make.linear(f"g_fc{i}", make.channels(units), is_normalized=False)
        chain += [linear, make.norm(f"g_bn{i}"), tf.nn.softplus]
    out = make.linear("g_out", math.prod(image_shape))
    return Generator([*chain, out, reshape(*image_shape), sigmoid], z_dim=options.z_dim, num_classes=num_classes)


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """Five hidden layers; features are the last's [B, 250], with noise in training."""
    architecture_limits.check("sgan_mlp", image_shape, options, bool(num_classes))
    make = Layers(options, "discriminator")
    return Discriminator(
        [*_hidden(make), GaussianNoise(_NOISE, "d_noise_out")],
        make.linear("d_out", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )


def class_discriminator(image_shape: tuple[int, int, int], options: Options, outputs: int) -> ClassDiscriminator:
    """Five hidden layers; features are the last's [B, 250], before its noise."""
    architecture_limits.check("sgan_mlp", image_shape, options, conditional=False)
    make = Layers(options, "discriminator")
    head: list[Callable] = [GaussianNoise(_NOISE, "d_noise_out"), make.linear("d_out", outputs)]
    return ClassDiscriminator(_hidden(make), head, image_shape=image_shape)


def _hidden(make: Layers) -> list[Callable]:
    chain: list[Callable] = [flatten]
    for i, units in enumerate(_OF_DISCRIMINATOR, 1):
        noise = GaussianNoise(_NOISE if i > 1 else _FIRST_NOISE, f"d_noise{i}")
        chain += [noise, make.linear(f"d_fc{i}", make.channels(units), trains_length=False), relu]
    return chain
