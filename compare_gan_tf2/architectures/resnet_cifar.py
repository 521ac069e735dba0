"""ResNet-CIFAR: three residual blocks up, four down; sides divisible by 8 (Miyato et al. 2018, table 4)."""

from __future__ import annotations

from compare_gan_tf2.architectures._blocks import Layers, relu, reshape, sigmoid, spatial_mean
from compare_gan_tf2.architectures._resnet import ConditionedGenerator, residual_chain
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.options import Options, architecture_limits

# Names of the blocks, how they change the sides of the map, channels.
BLOCKS = {
    "generator": [("B1 B2 B3", "up", 256)],
    "discriminator": [("B1 B2", "down", 128), ("B3 B4", "same", 128)],
}
HONORS = ("embed_y", "embed_z", "gradient_checkpointing", "hierarchical_z")
IMPLIES = {"embed_bias": True}
REFERENCE_VERSIONS = ("v1", "v2", "v3")
REFERENCE_SIDE = 32
REFERENCE_LABELS = "projection"


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """An initial map of 256 channels, [4, 4] for images of 32 pixels, three blocks that double it.

    Options can replace latents or labels by linear embeddings, of the length of the latents unless said otherwise, and
    give a quarter of the latents to the seed and to each block.
    """
    architecture_limits.check("resnet_cifar", image_shape, options, conditional=bool(num_classes))
    height, width, colors = image_shape
    make = Layers(options, "generator")
    c256 = make.channels(256)
    h8, w8 = height // 8, width // 8
    embeds_y = options.embed_y and num_classes
    return ConditionedGenerator(
        [
            make.linear("fc_noise", c256 * h8 * w8), reshape(h8, w8, c256),
            *residual_chain(make, "resnet_cifar", image_shape[0]), make.norm("final_norm"), relu,
            make.conv("final_conv", colors, 3), sigmoid,
        ],
        embed_z=make.embedding("embed_z", options.z_dim, is_normalized=True) if options.embed_z else None,
        embed_y=make.embedding("embed_y", options.embed_y_dim, is_normalized=True) if embeds_y else None,
        hierarchical=options.hierarchical_z,
        z_dim=options.z_dim,
        num_classes=num_classes,
    )  # fmt: skip


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """Two blocks that halve the image, two that do not; features are the means over space [B, 128].

    The embedding of compare_gan's projection started like any other kernel; in reference mode so does ours.
    """
    architecture_limits.check("resnet_cifar", image_shape, options, conditional=bool(num_classes))
    make = Layers(options, "discriminator")
    return Discriminator(
        [*residual_chain(make, "resnet_cifar", image_shape[0]), relu, spatial_mean],
        make.linear("disc_final_fc", 1),
        make.projection("embedding_fc", draws_glorot=options.reference == "none"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )
