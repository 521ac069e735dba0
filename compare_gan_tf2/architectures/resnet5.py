"""ResNet19: five residual blocks up, six down; sides 4, 8, ..., 128 (Gulrajani et al. 2017; Kurach et al. 2019)."""

from __future__ import annotations

from compare_gan_tf2.architectures._blocks import Layers, relu, reshape, sigmoid, spatial_mean
from compare_gan_tf2.architectures._resnet import residual_chain
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.options import Options, architecture_limits

# Side of the images -> names of the blocks, how they change the sides of the map, channels. Of the generator's blocks
# the first ones double the map, as many as the images need.
BLOCKS = {
    "generator": {
        4: [("B1", "same", 512), ("B2 B3", "same", 256), ("B4", "same", 128), ("B5", "same", 64)],
        8: [("B1", "up", 512), ("B2 B3", "same", 256), ("B4", "same", 128), ("B5", "same", 64)],
        16: [("B1", "up", 512), ("B2", "up", 256), ("B3", "same", 256), ("B4", "same", 128), ("B5", "same", 64)],
        32: [("B1", "up", 512), ("B2 B3", "up", 256), ("B4", "same", 128), ("B5", "same", 64)],
        64: [("B1", "up", 512), ("B2 B3", "up", 256), ("B4", "up", 128), ("B5", "same", 64)],
        128: [("B1", "up", 512), ("B2 B3", "up", 256), ("B4", "up", 128), ("B5", "up", 64)],
    },
    "discriminator": [("B0", "down", 64), ("B1", "down", 128), ("B2 B3", "down", 256), ("B4 B5", "down", 512)],
}  # fmt: skip
HONORS = ("gradient_checkpointing",)
REFERENCE_VERSIONS = ("v1", "v2", "v3")
REFERENCE_LABELS = "generator"


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """An initial map [4, 4, 512]; of the five blocks as many double it as the image needs, the first ones.

    compare_gan's spectral norm left the first layer and the last convolution alone; in reference mode so do we.
    """
    architecture_limits.check("resnet5", image_shape, options, conditional=bool(num_classes))
    make = Layers(options, "generator")
    ends = Layers(options, "generator", ignores_weight_normalization=True)
    c512 = make.channels(512)
    return Generator(
        [
            ends.linear("fc_noise", c512 * 4 * 4), reshape(4, 4, c512),
            *residual_chain(make, "resnet5", image_shape[0]), make.norm("final_norm"), relu,
            ends.conv("final_conv", image_shape[2], 3), sigmoid,
        ],
        z_dim=options.z_dim,
        num_classes=num_classes,
    )  # fmt: skip


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """Six blocks that halve the image, down to one pixel at most; features are the means over space [B, 512]."""
    architecture_limits.check("resnet5", image_shape, options, conditional=bool(num_classes))
    make = Layers(options, "discriminator")
    return Discriminator(
        [*residual_chain(make, "resnet5", image_shape[0]), relu, spatial_mean],
        make.linear("disc_final_fc", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )
