"""DCGAN: four strided convolutions per network, any image size (Radford et al. 2016, figure 1)."""

from __future__ import annotations

from compare_gan_tf2.architectures import _blocks
from compare_gan_tf2.architectures._blocks import Layers, halved, relu, reshape, tanh
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.options import Options

REFERENCE_VERSIONS = ("v1", "v2", "v3")
REFERENCE_LABELS = "generator"

_lrelu = _blocks.leaky_relu(0.2)


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """An initial map of 512 channels, four transposed convolutions of stride 2, tanh moved to [0, 1]."""
    height, width, colors = image_shape
    make = Layers(options, "generator", ignores_weight_normalization=True)
    sides = [(halved(height, n), halved(width, n)) for n in range(5)]
    c512, c256, c128, c64 = (make.channels(c) for c in (512, 256, 128, 64))
    return Generator(
        [
            make.linear("g_fc1", c512 * sides[4][0] * sides[4][1]), reshape(*sides[4], c512), make.norm("g_bn1"), relu,
            make.deconv("g_dc1", c256, 5, 2, sides[3]), make.norm("g_bn2"), relu,
            make.deconv("g_dc2", c128, 5, 2, sides[2]), make.norm("g_bn3"), relu,
            make.deconv("g_dc3", c64, 5, 2, sides[1]), make.norm("g_bn4"), relu,
            make.deconv("g_dc4", colors, 5, 2, sides[0]), lambda x: 0.5 * tanh(x) + 0.5,
        ],
        z_dim=options.z_dim,
        num_classes=num_classes,
    )  # fmt: skip


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """Four convolutions of stride 2; features are the last map [B, H/16, W/16, 512]."""
    make = Layers(options, "discriminator")
    return Discriminator(
        [
            make.conv("d_conv1", make.channels(64), 5, 2), _lrelu,
            make.conv("d_conv2", make.channels(128), 5, 2), make.norm("d_bn1"), _lrelu,
            make.conv("d_conv3", make.channels(256), 5, 2), make.norm("d_bn2"), _lrelu,
            make.conv("d_conv4", make.channels(512), 5, 2), make.norm("d_bn3"), _lrelu,
        ],
        make.linear("d_fc4", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )  # fmt: skip
