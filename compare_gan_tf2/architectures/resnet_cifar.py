"""ResNet-CIFAR: three residual blocks up, four down; sides divisible by 8 (Miyato et al. 2018, table 4)."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.architectures import _possible
from compare_gan_tf2.architectures._blocks import Layers, relu, reshape, spatial_mean
from compare_gan_tf2.architectures._networks import Discriminator, Generator
from compare_gan_tf2.architectures._resnet import Block, ConditionedGenerator
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options


def generator(
    image_shape: tuple[int, int, int],
    options: Options,
    num_classes: int = 0,
    *,
    embed_z: bool = False,
    embed_y: bool = False,
    hierarchical_z: bool = False,
) -> Generator:
    """A seed of 256 channels, [4, 4] for images of 32 pixels, three blocks that double it.

    The last three arguments are compare_gan's own, and off there too: latents or labels made linear embeddings of
    length z_dim, and a quarter of the latents for the seed and each block instead of all of them for all.
    """
    height, width, colours = _checked(image_shape, options)
    if hierarchical_z and options.z_dim % 4:
        raise UserError(f"hierarchical latents of resnet_cifar need z_dim divisible by 4, and it is {options.z_dim}")
    make = Layers(options, "generator")
    c256 = make.channels(256)
    h8, w8 = height // 8, width // 8
    return ConditionedGenerator(
        [
            make.linear("fc_noise", c256 * h8 * w8), reshape(h8, w8, c256),
            Block(make, "B1", c256, "up"),
            Block(make, "B2", c256, "up"),
            Block(make, "B3", c256, "up"), make.norm("final_norm"), relu,
            make.conv("final_conv", colours, 3, 1), tf.sigmoid,
        ],
        embed_z=make.linear("embed_z", options.z_dim) if embed_z else None,
        embed_y=make.linear("embed_y", options.z_dim) if embed_y and num_classes else None,
        hierarchical=hierarchical_z,
        z_dim=options.z_dim,
        num_classes=num_classes,
    )  # fmt: skip


def discriminator(
    image_shape: tuple[int, int, int], options: Options, num_classes: int = 0, *, project_y: bool = False
) -> Discriminator:
    """Two blocks that halve the image, two that do not; features are the means over space [B, 128].

    With project_y there is compare_gan's projection of the labels, whose embedding starts like any other kernel.
    """
    _checked(image_shape, options)
    make = Layers(options, "discriminator")
    c128 = make.channels(128)
    return Discriminator(
        [
            Block(make, "B1", c128, "down"),
            Block(make, "B2", c128, "down"),
            Block(make, "B3", c128, "same"),
            Block(make, "B4", c128, "same"), relu, spatial_mean,
        ],
        make.linear("disc_final_fc", 1),
        (lambda units: make.linear("embedding_fc", units, use_bias=False)) if project_y
        else make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )  # fmt: skip


def _checked(image_shape: tuple[int, int, int], options: Options) -> tuple[int, int, int]:
    _possible.check("resnet_cifar", image_shape, options, conditional=False)
    return image_shape
