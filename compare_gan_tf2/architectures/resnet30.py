"""ResNet107: thirty-five residual blocks each way; sides divisible by 32 (Kurach et al. 2019)."""

from __future__ import annotations

from compare_gan_tf2.architectures import possible
from compare_gan_tf2.architectures._attention import attend
from compare_gan_tf2.architectures._blocks import Layers, flatten, reshape, sigmoid
from compare_gan_tf2.architectures._resnet import Block
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.options import Options


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """A seed of 512 channels, [4, 4] for images of 128 pixels; five blocks and one that doubles it, six times.

    As in compare_gan there is neither norm nor ReLU behind the last block, nor a sixth doubling. Its spectral norm left
    the first layer and the last convolution alone; in reference mode so do we.
    """
    possible.check("resnet30", image_shape, options, conditional=bool(num_classes))
    height, width, colours = image_shape
    make = Layers(options, "generator")
    ends = Layers(options, "generator", ignores_weight_normalization=True)
    c512, h32, w32 = make.channels(512), height // 32, width // 32
    attention = possible.attention("resnet30", image_shape, "generator", options.g_attention)
    return Generator(
        [
            ends.linear("fc_noise", c512 * h32 * w32), reshape(h32, w32, c512),
            *attend(make, _groups(make, (512, 256, 128, 64, 32, 16), "up"), attention),
            ends.conv("final_conv", colours, 3), sigmoid,
        ],
        z_dim=options.z_dim,
        num_classes=num_classes,
    )  # fmt: skip


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """A convolution to 16 channels, the generator's blocks mirrored; features are the last map, flat, without a ReLU.

    compare_gan's spectral norm left the first convolution alone; in reference mode so do we.
    """
    possible.check("resnet30", image_shape, options, conditional=bool(num_classes))
    make = Layers(options, "discriminator")
    first = Layers(options, "discriminator", ignores_weight_normalization=True)
    attention = possible.attention("resnet30", image_shape, "discriminator", options.d_attention)
    return Discriminator(
        [
            first.conv("color_conv", make.channels(16), 3),
            *attend(make, _groups(make, (16, 32, 64, 128, 256, 512), "down"), attention), flatten,
        ],
        make.linear("disc_final_fc", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )  # fmt: skip


def _groups(make: Layers, channels: tuple[int, ...], scale: str) -> list[Block]:
    """For each number of channels five blocks that keep them, and one that goes on to the next.

    The latter is called "up" in both networks, as in compare_gan.
    """
    blocks = []
    for number, (here, after) in enumerate(zip(channels, (*channels[1:], 0), strict=True)):
        blocks += [Block(make, f"B_{number}_{i}", make.channels(here), "same") for i in range(5)]
        blocks += [Block(make, f"B_{number}_up", make.channels(after), scale)] if after else []
    return blocks
