"""ResNet-STL: three residual blocks up, five down; sides divisible by 8 (Miyato et al. 2018, table 5)."""

from __future__ import annotations

from compare_gan_tf2.architectures import possible
from compare_gan_tf2.architectures._attention import attend
from compare_gan_tf2.architectures._blocks import Layers, relu, reshape, sigmoid, spatial_mean
from compare_gan_tf2.architectures._resnet import Block
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.options import Options


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """A seed of 512 channels, [6, 6] for images of 48 pixels, three blocks that double it.

    compare_gan's spectral norm left the first layer and the last convolution alone; in reference mode so do we.
    """
    possible.check("resnet_stl", image_shape, options, conditional=bool(num_classes))
    height, width, colours = image_shape
    make = Layers(options, "generator")
    ends = Layers(options, "generator", ignores_weight_normalization=True)
    c512, c256, c128, c64 = (make.channels(c) for c in (512, 256, 128, 64))
    h8, w8 = height // 8, width // 8
    blocks = [
        Block(make, "B1", c256, "up"),
        Block(make, "B2", c128, "up"),
        Block(make, "B3", c64, "up"),
    ]
    attention = possible.attention("resnet_stl", image_shape, "generator", options.g_attention)
    return Generator(
        [
            ends.linear("fc_noise", c512 * h8 * w8), reshape(h8, w8, c512),
            *attend(make, blocks, attention), make.norm("final_norm"), relu,
            ends.conv("final_conv", colours, 3), sigmoid,
        ],
        z_dim=options.z_dim,
        num_classes=num_classes,
    )  # fmt: skip


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """Four blocks that halve the image, one that does not; features are the means over space [B, 1024]."""
    possible.check("resnet_stl", image_shape, options, conditional=bool(num_classes))
    make = Layers(options, "discriminator")
    blocks = [
        Block(make, "B0", make.channels(64), "down"),
        Block(make, "B1", make.channels(128), "down"),
        Block(make, "B2", make.channels(256), "down"),
        Block(make, "B3", make.channels(512), "down"),
        Block(make, "B4", make.channels(1024), "same"),
    ]
    attention = possible.attention("resnet_stl", image_shape, "discriminator", options.d_attention)
    return Discriminator(
        [*attend(make, blocks, attention), relu, spatial_mean],
        make.linear("disc_final_fc", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )
