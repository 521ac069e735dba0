"""InfoGAN's networks, also used in "Are GANs Created Equal?" (Chen et al. 2016, table 1); sides divisible by 4."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from compare_gan_tf2.architectures import _blocks
from compare_gan_tf2.architectures._blocks import Layers, flatten, reshape, sigmoid
from compare_gan_tf2.architectures.networks import Autoencoder, Discriminator, Encoder, Generator
from compare_gan_tf2.options import Options, architecture_limits

SIDES_DIVISIBLE_BY = 4
REFERENCE_VERSIONS = ("v1", "v2", "v3")

_lrelu = _blocks.leaky_relu(0.2)


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """Two linear layers, two transposed convolutions; both first normalizations act on the flat vector.

    compare_gan always used plain batch norm here, whatever was asked for; in reference mode so do we.
    """
    return _upwards(image_shape, options, num_classes, _lrelu, ("g_fc1", "g_fc2", "g_dc3", "g_dc4"), "g_bn")


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """Two convolutions, two linear layers; features are the first linear layer's [B, 1024]."""
    architecture_limits.check("infogan", image_shape, options, bool(num_classes))
    make = Layers(options, "discriminator")
    return Discriminator(
        [
            make.conv("d_conv1", make.channels(64), 4, 2), _lrelu,
            make.conv("d_conv2", make.channels(128), 4, 2), make.norm("d_bn2"), _lrelu,
            flatten,
            make.linear("d_fc3", make.channels(1024)), make.norm("d_bn3"), _lrelu,
        ],
        make.linear("d_fc4", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )  # fmt: skip


def autoencoder(image_shape: tuple[int, int, int], options: Options) -> Autoencoder:
    """The discriminator of v1's BEGAN: two convolutions to a code of 64, and their mirror image.

    compare_gan's spectral norm left the transposed convolutions alone; in reference mode so do we.
    """
    architecture_limits.check("infogan", image_shape, options, conditional=False)
    height, width, colors = image_shape
    make = Layers(options, "discriminator")
    upwards = Layers(options, "discriminator", ignores_weight_normalization=True)
    code, deep, shallow = make.channels(64), make.channels(128), make.channels(64)
    h4, w4 = height // 4, width // 4
    return Autoencoder(
        [
            make.conv("d_conv1", shallow, 4, 2), _lrelu,
            make.conv("d_conv2", deep, 4, 2), flatten,
            make.linear("d_fc6", code), make.norm("d_bn1"), _lrelu,
        ],
        [
            make.linear("d_fc1", deep * h4 * w4), make.norm("d_bn2"), _lrelu,
            reshape(h4, w4, deep),
            upwards.deconv("d_deconv1", shallow, 4, 2, (height // 2, width // 2)), make.norm("d_bn3"), _lrelu,
            upwards.deconv("d_deconv2", colors, 4, 2, (height, width)), sigmoid,
        ],
        image_shape=image_shape,
    )  # fmt: skip


def encoder(image_shape: tuple[int, int, int], options: Options) -> Encoder:
    """The encoder of v1's VAE: the discriminator with 2 z_dim outputs."""
    architecture_limits.check("infogan", image_shape, options, conditional=False)
    make = Layers(options, "discriminator")
    return Encoder(
        [
            make.conv("en_conv1", make.channels(64), 4, 2), _lrelu,
            make.conv("en_conv2", make.channels(128), 4, 2), make.norm("en_bn2"), _lrelu,
            flatten,
            make.linear("en_fc3", make.channels(1024)), make.norm("en_bn3"), _lrelu,
            make.linear("en_fc4", 2 * options.z_dim),
        ],
        image_shape=image_shape,
    )  # fmt: skip


def decoder(image_shape: tuple[int, int, int], options: Options) -> Generator:
    """The decoder of v1's VAE: the generator with ReLU in place of leaky ReLU, with the same liberties."""
    return _upwards(image_shape, options, 0, _blocks.relu, ("de_fc1", "de_fc2", "de_dc3", "de_dc4"), "de_bn")


def _upwards(
    image_shape: tuple[int, int, int],
    options: Options,
    num_classes: int,
    activation: Callable[[tf.Tensor], tf.Tensor],
    layers: tuple[str, str, str, str],
    norm: str,
) -> Generator:
    """From latents to images, with the activation and the layers' names given."""
    architecture_limits.check("infogan", image_shape, options, bool(num_classes))
    height, width, colors = image_shape
    make = Layers(options, "generator", ignores_weight_normalization=True)
    kind = None if options.reference == "none" else "batch"
    hidden, deep, shallow = make.channels(1024), make.channels(128), make.channels(64)
    h4, w4 = height // 4, width // 4
    return Generator(
        [
            make.linear(layers[0], hidden), make.norm(f"{norm}1", kind), activation,
            make.linear(layers[1], deep * h4 * w4), make.norm(f"{norm}2", kind), activation,
            reshape(h4, w4, deep),
            make.deconv(layers[2], shallow, 4, 2, (height // 2, width // 2)), make.norm(f"{norm}3", kind), activation,
            make.deconv(layers[3], colors, 4, 2, (height, width)), sigmoid,
        ],
        z_dim=options.z_dim,
        num_classes=num_classes,
    )  # fmt: skip
