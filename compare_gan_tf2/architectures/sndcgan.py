"""SNDCGAN: the convolutional networks of the spectral norm paper, any image size (Miyato et al. 2018, table 3)."""

from __future__ import annotations

from compare_gan_tf2.architectures import _blocks
from compare_gan_tf2.architectures._blocks import Layers, flatten, halved, relu, reshape, tanh
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.options import Options, architecture_limits

DISCRIMINATOR_NORMALIZES = False
REFERENCE_VERSIONS = ("v1", "v2", "v3")

_lrelu = _blocks.leaky_relu(0.1)


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """An initial map of 512 channels, three transposed convolutions of stride 2, one of stride 1.

    The first normalization acts on the flat vector, with statistics of its own for every position, as in compare_gan.
    """
    height, width, colors = image_shape
    architecture_limits.check("sndcgan", image_shape, options, bool(num_classes))
    make = Layers(options, "generator", ignores_weight_normalization=True)
    sides = [(halved(height, n), halved(width, n)) for n in range(4)]
    c512, c256, c128, c64 = (make.channels(c) for c in (512, 256, 128, 64))
    return Generator(
        [
            make.linear("g_fc1", c512 * sides[3][0] * sides[3][1]), make.norm("g_bn1"), relu, reshape(*sides[3], c512),
            make.deconv("g_dc2", c256, 4, 2, sides[2]), make.norm("g_bn2"), relu,
            make.deconv("g_dc3", c128, 4, 2, sides[1]), make.norm("g_bn3"), relu,
            make.deconv("g_dc4", c64, 4, 2, sides[0]), make.norm("g_bn4"), relu,
            make.deconv("g_dc5", colors, 3, 1, sides[0]), lambda x: (tanh(x) + 1.0) / 2.0,
        ],
        z_dim=options.z_dim,
        num_classes=num_classes,
    )  # fmt: skip


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """Seven convolutions on images moved to [-1, 1]; features are the last map, flat.

    There is no place for a normalization of activations: one that is asked for is refused outside reference mode.
    """
    architecture_limits.check("sndcgan", image_shape, options, bool(num_classes))
    make = Layers(options, "discriminator", draws_convolutions_normally=True)
    plan = [(64, 3, 1), (128, 4, 2), (128, 3, 1), (256, 4, 2), (256, 3, 1), (512, 4, 2), (512, 3, 1)]
    convolutions = [
        link
        for number, (filters, size, stride) in enumerate(plan, 1)
        for link in (make.conv(f"d_conv{number}", make.channels(filters), size, stride), _lrelu)
    ]
    return Discriminator(
        [lambda images: 2.0 * images - 1.0, *convolutions, flatten],
        make.linear("d_fc1", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )
