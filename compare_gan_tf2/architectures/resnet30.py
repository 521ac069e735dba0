"""ResNet107: thirty-five residual blocks per network; sides divisible by 32 (Kurach et al. 2019)."""

from __future__ import annotations

from compare_gan_tf2.architectures._blocks import Layers, flatten, reshape, sigmoid
from compare_gan_tf2.architectures._resnet import residual_chain
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.options import Options, architecture_limits

# Names of the blocks, how they change the sides of the map, channels: for each number of channels five blocks that keep
# them, and one that goes on to the next, which is called "up" in both networks, as in compare_gan.
BLOCKS = {
    "generator": [
        ("B_0_0 B_0_1 B_0_2 B_0_3 B_0_4", "same", 512), ("B_0_up", "up", 256),
        ("B_1_0 B_1_1 B_1_2 B_1_3 B_1_4", "same", 256), ("B_1_up", "up", 128),
        ("B_2_0 B_2_1 B_2_2 B_2_3 B_2_4", "same", 128), ("B_2_up", "up", 64),
        ("B_3_0 B_3_1 B_3_2 B_3_3 B_3_4", "same", 64), ("B_3_up", "up", 32),
        ("B_4_0 B_4_1 B_4_2 B_4_3 B_4_4", "same", 32), ("B_4_up", "up", 16),
        ("B_5_0 B_5_1 B_5_2 B_5_3 B_5_4", "same", 16),
    ],
    "discriminator": [
        ("B_0_0 B_0_1 B_0_2 B_0_3 B_0_4", "same", 16), ("B_0_up", "down", 32),
        ("B_1_0 B_1_1 B_1_2 B_1_3 B_1_4", "same", 32), ("B_1_up", "down", 64),
        ("B_2_0 B_2_1 B_2_2 B_2_3 B_2_4", "same", 64), ("B_2_up", "down", 128),
        ("B_3_0 B_3_1 B_3_2 B_3_3 B_3_4", "same", 128), ("B_3_up", "down", 256),
        ("B_4_0 B_4_1 B_4_2 B_4_3 B_4_4", "same", 256), ("B_4_up", "down", 512),
        ("B_5_0 B_5_1 B_5_2 B_5_3 B_5_4", "same", 512),
    ],
}  # fmt: skip
HONORS = ("gradient_checkpointing",)
REFERENCE_VERSIONS = ("v1", "v2", "v3")
REFERENCE_SIDE = 128
REFERENCE_LABELS = "generator"


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """An initial map of 512 channels, [4, 4] for images of 128 pixels; five blocks and one that doubles it, six times.

    As in compare_gan there is neither norm nor ReLU behind the last block, nor a sixth doubling. Its spectral norm left
    the first layer and the last convolution alone; in reference mode so do we.
    """
    architecture_limits.check("resnet30", image_shape, options, conditional=bool(num_classes))
    height, width, colors = image_shape
    make = Layers(options, "generator")
    ends = Layers(options, "generator", ignores_weight_normalization=True)
    c512, h32, w32 = make.channels(512), height // 32, width // 32
    return Generator(
        [
            ends.linear("fc_noise", c512 * h32 * w32), reshape(h32, w32, c512),
            *residual_chain(make, "resnet30", height),
            ends.conv("final_conv", colors, 3), sigmoid,
        ],
        z_dim=options.z_dim,
        num_classes=num_classes,
    )  # fmt: skip


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """A convolution to 16 channels, the generator's blocks mirrored; features are the last map, flat, without a ReLU.

    compare_gan's spectral norm left the first convolution alone; in reference mode so do we.
    """
    architecture_limits.check("resnet30", image_shape, options, conditional=bool(num_classes))
    make = Layers(options, "discriminator")
    first = Layers(options, "discriminator", ignores_weight_normalization=True)
    return Discriminator(
        [
            first.conv("color_conv", make.channels(16), 3),
            *residual_chain(make, "resnet30", image_shape[0]), flatten,
        ],
        make.linear("disc_final_fc", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )  # fmt: skip
