"""VAE-GAN's networks: convolutions of 5x5, batch norm in encoder and decoder (Larsen et al. 2016, table 1).

Images of 48 pixels and more have the published channels for 64 pixels, smaller ones those that the authors' code has
for CIFAR-10. Published with d_normalization=batch. Any image size.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from compare_gan_tf2.architectures._blocks import Layers, flatten, halved, relu, reshape, tanh
from compare_gan_tf2.architectures.joint import CodeEncoder
from compare_gan_tf2.architectures.networks import Discriminator, Encoder, Generator
from compare_gan_tf2.options import Options, architecture_limits

IMPLIES = {"batch_norm_epsilon": 1e-6, "d_normalization": "batch"}


@dataclasses.dataclass(frozen=True)
class _Published:
    """Channels for one size of images; encoder and decoder have three layers with a stride, the discriminator too.

    Attributes:
        seed: of the decoder's first map.
        up: of its transposed convolutions.
        encoder_units: of the encoder's layer behind its convolutions of 64, 128 and 256.
        down: of the discriminator's convolutions, the first without a stride.
    """

    seed: int
    up: tuple[int, int, int]
    encoder_units: int
    down: tuple[int, int, int, int]


_SMALL = _Published(seed=256, up=(192, 128, 32), encoder_units=256, down=(32, 128, 192, 256))
_LARGE = _Published(seed=256, up=(256, 128, 32), encoder_units=1024, down=(32, 128, 256, 256))
_LEAST_OF_LARGE = 48
_ENCODER = (64, 128, 256)
_DISCRIMINATOR_UNITS = 512


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """A linear layer to a map, three transposed convolutions of stride 2, a convolution, tanh moved to [0, 1]."""
    architecture_limits.check("vae_gan", image_shape, options, bool(num_classes))
    height, width, colors = image_shape
    make, plan = Layers(options, "generator"), _plan(image_shape)
    sides, seed = [(halved(height, n), halved(width, n)) for n in range(4)], make.channels(plan.seed)
    chain: list[Callable] = [
        make.linear("g_fc1", seed * sides[3][0] * sides[3][1]), reshape(*sides[3], seed), make.norm("g_bn1"), relu,
    ]  # fmt: skip
    for i, channels in enumerate(plan.up, 1):
        deconv = make.deconv(f"g_dc{i}", make.channels(channels), 5, 2, sides[3 - i])
        chain += [deconv, make.norm(f"g_bn{i + 1}"), relu]
    chain += [make.conv("g_out", colors, 5), lambda x: 0.5 * tanh(x) + 0.5]
    return Generator(chain, z_dim=options.z_dim, num_classes=num_classes)


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """Four convolutions, three with a stride of 2, and a linear layer, whose [B, 512] are the features."""
    architecture_limits.check("vae_gan", image_shape, options, bool(num_classes))
    make = Layers(options, "discriminator")
    first, *others = _plan(image_shape).down
    chain: list[Callable] = [make.conv("d_conv1", make.channels(first), 5), relu]
    for i, channels in enumerate(others, 2):
        chain += [make.conv(f"d_conv{i}", make.channels(channels), 5, 2), make.norm(f"d_bn{i}"), relu]
    chain += [flatten, make.linear("d_fc5", make.channels(_DISCRIMINATOR_UNITS)), make.norm("d_bn5"), relu]
    return Discriminator(
        chain,
        make.linear("d_fc6", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )


def code_encoder(image_shape: tuple[int, int, int], options: Options, units: int) -> CodeEncoder:
    """Three convolutions of stride 2 and a linear layer; normalized as the generator is."""
    return CodeEncoder(_encoding(image_shape, options, units), image_shape=image_shape)


def encoder(image_shape: tuple[int, int, int], options: Options) -> Encoder:
    """An encoder with the same layers for gan=vae, the VAE that VAE-GAN is compared with."""
    architecture_limits.check("vae_gan", image_shape, options, conditional=False)
    return Encoder(_encoding(image_shape, options, 2 * options.z_dim), image_shape=image_shape)


def decoder(image_shape: tuple[int, int, int], options: Options) -> Generator:
    """The generator, for gan=vae."""
    return generator(image_shape, options)


def _encoding(image_shape: tuple[int, int, int], options: Options, units: int) -> list[Callable]:
    """Links from images to so many numbers."""
    make = Layers(options, "generator").within("encoder")
    chain: list[Callable] = []
    for i, channels in enumerate(_ENCODER, 1):
        conv = make.conv(f"e_conv{i}", make.channels(channels), 5, 2)
        chain += [conv, make.unconditioned_norm(f"e_bn{i}"), relu]
    hidden = make.linear("e_fc4", make.channels(_plan(image_shape).encoder_units))
    return [*chain, flatten, hidden, make.unconditioned_norm("e_bn4"), relu, make.linear("code", units)]


def _plan(image_shape: tuple[int, int, int]) -> _Published:
    return _SMALL if min(image_shape[:2]) < _LEAST_OF_LARGE else _LARGE
