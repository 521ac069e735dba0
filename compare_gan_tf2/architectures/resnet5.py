"""ResNet19: five residual blocks up, six down; sides 4, 8, ..., 128 (Gulrajani et al. 2017; Kurach et al. 2019)."""

from __future__ import annotations

from compare_gan_tf2.architectures import possible
from compare_gan_tf2.architectures._attention import attend
from compare_gan_tf2.architectures._blocks import Layers, relu, reshape, sigmoid, spatial_mean
from compare_gan_tf2.architectures._resnet import Block
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.options import Options


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """A seed [4, 4, 512]; of the five blocks as many double it as the image needs, the first ones.

    compare_gan's spectral norm left the first layer and the last convolution alone; in reference mode so do we.
    """
    possible.check("resnet5", image_shape, options, conditional=bool(num_classes))
    # How often 4 pixels must double to be the image's side.
    doublings, colours = (image_shape[0] // 4).bit_length() - 1, image_shape[2]
    make = Layers(options, "generator")
    ends = Layers(options, "generator", ignores_weight_normalization=True)
    c512 = make.channels(512)
    blocks = [
        Block(make, f"B{number}", make.channels(channels), "up" if number <= doublings else "same")
        for number, channels in enumerate((512, 256, 256, 128, 64), 1)
    ]
    attention = possible.attention("resnet5", image_shape, "generator", options.g_attention)
    return Generator(
        [
            ends.linear("fc_noise", c512 * 4 * 4), reshape(4, 4, c512),
            *attend(make, blocks, attention), make.norm("final_norm"), relu,
            ends.conv("final_conv", colours, 3), sigmoid,
        ],
        z_dim=options.z_dim,
        num_classes=num_classes,
    )  # fmt: skip


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """Six blocks that halve the image, down to one pixel at most; features are the means over space [B, 512]."""
    possible.check("resnet5", image_shape, options, conditional=bool(num_classes))
    make = Layers(options, "discriminator")
    blocks = [
        Block(make, f"B{number}", make.channels(channels), "down")
        for number, channels in enumerate((64, 128, 256, 256, 512, 512))
    ]
    attention = possible.attention("resnet5", image_shape, "discriminator", options.d_attention)
    return Discriminator(
        [*attend(make, blocks, attention), relu, spatial_mean],
        make.linear("disc_final_fc", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )
