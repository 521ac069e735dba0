"""ResNet-STL: three residual blocks up, five down; sides divisible by 8 (Miyato et al. 2018, table 5)."""

from __future__ import annotations

from compare_gan_tf2.architectures._blocks import Layers, relu, reshape, sigmoid, spatial_mean
from compare_gan_tf2.architectures._resnet import residual_chain
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.options import Options, architecture_limits

# Names of the blocks, how they change the sides of the map, channels.
BLOCKS = {
    "generator": [("B1", "up", 256), ("B2", "up", 128), ("B3", "up", 64)],
    "discriminator": [
        ("B0", "down", 64), ("B1", "down", 128), ("B2", "down", 256), ("B3", "down", 512), ("B4", "same", 1024),
    ],
}  # fmt: skip
HONORS = ("gradient_checkpointing",)
REFERENCE_VERSIONS = ("v1", "v2", "v3")
REFERENCE_SIDE = 48
REFERENCE_LABELS = "generator"


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """An initial map of 512 channels, [6, 6] for images of 48 pixels, three blocks that double it.

    compare_gan's spectral norm left the first layer and the last convolution alone; in reference mode so do we.
    """
    architecture_limits.check("resnet_stl", image_shape, options, conditional=bool(num_classes))
    height, width, colors = image_shape
    make = Layers(options, "generator")
    ends = Layers(options, "generator", ignores_weight_normalization=True)
    c512, h8, w8 = make.channels(512), height // 8, width // 8
    return Generator(
        [
            ends.linear("fc_noise", c512 * h8 * w8), reshape(h8, w8, c512),
            *residual_chain(make, "resnet_stl", height), make.norm("final_norm"), relu,
            ends.conv("final_conv", colors, 3), sigmoid,
        ],
        z_dim=options.z_dim,
        num_classes=num_classes,
    )  # fmt: skip


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """Four blocks that halve the image, one that does not; features are the means over space [B, 1024]."""
    architecture_limits.check("resnet_stl", image_shape, options, conditional=bool(num_classes))
    make = Layers(options, "discriminator")
    return Discriminator(
        [*residual_chain(make, "resnet_stl", image_shape[0]), relu, spatial_mean],
        make.linear("disc_final_fc", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )
