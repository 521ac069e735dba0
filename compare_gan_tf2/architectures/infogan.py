"""InfoGAN's networks, those of «Are GANs Created Equal?» (Chen et al. 2016, table 1); sides divisible by 4."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.architectures import _blocks
from compare_gan_tf2.architectures._blocks import Discriminator, Generator, Layers, flatten, reshape
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

_lrelu = _blocks.leaky_relu(0.2)


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """Two linear layers, two transposed convolutions; both first normalisations act on the flat vector.

    compare_gan always used plain batch norm here, whatever was asked for; in reference mode so do we.
    """
    height, width, colours = _checked(image_shape)
    if num_classes and options.reference != "none":
        raise UserError(f"compare_gan {options.reference} gave no labels to the generator infogan; set reference=none")
    make = Layers(options, "generator", ignores_weight_normalization=True)
    kind = None if options.reference == "none" else "batch"
    hidden, deep, shallow = make.channels(1024), make.channels(128), make.channels(64)
    h4, w4 = height // 4, width // 4
    return Generator(
        [
            make.linear("g_fc1", hidden), make.norm("g_bn1", kind), _lrelu,
            make.linear("g_fc2", deep * h4 * w4), make.norm("g_bn2", kind), _lrelu,
            reshape(h4, w4, deep),
            make.deconv("g_dc3", shallow, 4, 2, (height // 2, width // 2)), make.norm("g_bn3", kind), _lrelu,
            make.deconv("g_dc4", colours, 4, 2, (height, width)), tf.sigmoid,
        ],
        z_dim=options.z_dim,
        num_classes=num_classes,
    )  # fmt: skip


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """Two convolutions, two linear layers; features are the first linear layer's [B, 1024]."""
    _checked(image_shape)
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
    )  # fmt: skip


def _checked(image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
    height, width, _ = image_shape
    if height % 4 or width % 4:
        raise UserError(f"architecture infogan needs sides divisible by 4, and the images are {height}x{width}")
    return image_shape
