"""SRGAN's networks: SRResNet, and a discriminator of eight convolutions and two linear layers (Ledig et al. 2017).

Sides divisible by option zoom. Low-resolution images go in as they are, in [0, 1]; images come out of a tanh.
"""

from __future__ import annotations

from collections.abc import Callable

from compare_gan_tf2.architectures._blocks import Layers, flatten, leaky_relu, tanh
from compare_gan_tf2.architectures._padded import padded
from compare_gan_tf2.architectures._upscaling import (
    Judge,
    Residual,
    Shape,
    Upscaler,
    before_shuffle,
    doublings,
    enlarging_reach,
    halvings,
    shuffled,
    small_shape,
)
from compare_gan_tf2.architectures.prelu import PRelu
from compare_gan_tf2.options import Options

ANY_SIZE_FROM = 8
TILES = True
HONORS = ("translator_blocks",)
IMPLIES = {"d_normalization": "batch"}

_lrelu = leaky_relu(0.2)
PUBLISHED_BLOCKS = 16
_FILTERS, _UNITS, _MOST_HALVINGS = 64, 1024, 4


def upscaler(image_shape: Shape, options: Options) -> Upscaler:
    """Residual blocks between convolutions of 9x9, and a pixel shuffle for every doubling of the sides.

    Args:
        image_shape: of the high-resolution images.
        options: the task's.
    """
    make = Layers(options, "generator")
    filters, small = make.channels(_FILTERS), small_shape(image_shape, options)
    upsampling: list[Callable] = []
    for i in range(1, doublings(options) + 1):
        upsampling += [before_shuffle(make, f"up{i}", filters), shuffled, PRelu(f"up{i}_prelu")]
    residual = residual_stage(make, make, filters, options.translator_blocks or PUBLISHED_BLOCKS)
    chain: list[Callable] = [*residual, *upsampling, padded(make, "out", small[2], 9, 1, 4), tanh]
    return Upscaler(chain, small, centers_output=True)


def reach(options: Options) -> int:
    """How far the upscaler sees, in low-resolution pixels."""
    inside = 5 + 2 * (options.translator_blocks or PUBLISHED_BLOCKS)
    return inside + enlarging_reach(options, 4)


def residual_stage(make: Layers, inside: Layers, filters: int, blocks: int) -> list[Callable]:
    """The convolution of 9x9, and the residual blocks with a skip connection around all of them.

    Args:
        make: of the network's layers.
        inside: of the layers inside the skip connection.
        filters: channels.
        blocks: how many.
    """
    links: list[Callable] = []
    for i in range(1, blocks + 1):
        of_block = inside.within(f"block{i}")
        inner: list[Callable] = [
            padded(of_block, "conv1", filters, 3, 1, 1), of_block.norm("bn1"), PRelu("prelu"),
            padded(of_block, "conv2", filters, 3, 1, 1), of_block.norm("bn2"),
        ]  # fmt: skip
        links.append(Residual(f"block{i}", inner))
    links += [padded(inside, "merge", filters, 3, 1, 1), inside.norm("merge_bn")]
    return [padded(make, "in", filters, 9, 1, 4), PRelu("in_prelu"), Residual("residual", links)]


def hr_discriminator(image_shape: Shape, options: Options) -> Judge:
    """Pairs of convolutions, the second of each with a stride of 2, then 1024 hidden units and one logit."""
    make = Layers(options, "discriminator")
    chain: list[Callable] = [*strided(make, image_shape), flatten]
    chain += [make.linear("hidden", make.channels(_UNITS)), _lrelu]
    return Judge([*chain, make.linear("out", 1)], image_shape, centers=True)


def strided(make: Layers, image_shape: Shape) -> list[Callable]:
    """The convolutions 3x3 of the discriminator: four pairs, or fewer of images below 64 pixels."""
    chain: list[Callable] = []
    for i in range(halvings(image_shape, _MOST_HALVINGS)):
        filters = make.channels(_FILTERS << i)
        chain.append(padded(make, f"conv{i}_0", filters, 3, 1, 1))
        chain += [make.norm(f"bn{i}_0"), _lrelu] if i else [_lrelu]
        chain += [padded(make, f"conv{i}_1", filters, 3, 2, 1), make.norm(f"bn{i}_1"), _lrelu]
    return chain
