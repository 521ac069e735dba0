"""ESRGAN's networks: residual-in-residual dense blocks, and a VGG-style discriminator (Wang et al. 2018).

Sides divisible by option zoom. Images inside are in [0, 1], as in the authors' code; they come out of a convolution.
"""

from __future__ import annotations

from collections.abc import Callable

from compare_gan_tf2.architectures._blocks import Layers, flatten, leaky_relu
from compare_gan_tf2.architectures._padded import PaddedConv, padded
from compare_gan_tf2.architectures._upscaling import (
    Judge,
    Residual,
    Shape,
    Upscaler,
    doubled,
    doublings,
    enlarging_reach,
    halvings,
    rrdb,
    small_shape,
)
from compare_gan_tf2.options import Options

ANY_SIZE_FROM = 8
TILES = True
HONORS = ("translator_blocks",)
IMPLIES = {"d_normalization": "batch", "g_normalization": "none", "initializer": "pytorch"}

PUBLISHED_BLOCKS = 23
_lrelu = leaky_relu(0.2)
_FILTERS, _UNITS, _MOST_HALVINGS = 64, 100, 5


def upscaler(image_shape: Shape, options: Options) -> Upscaler:
    """Dense blocks that grow by half of their channels; sides are doubled by repeated pixels and a convolution.

    Args:
        image_shape: of the high-resolution images.
        options: the task's.
    """
    make = Layers(options, "generator")
    filters, small = make.channels(_FILTERS), small_shape(image_shape, options)
    chain = dense_stage(make, filters, max(1, filters // 2), options.translator_blocks, _lrelu, starts_small=True)
    for i in range(1, doublings(options) + 1):
        chain += [doubled, padded(make, f"up{i}", filters, 3, 1, 1), _lrelu]
    chain += [padded(make, "hr", filters, 3, 1, 1), _lrelu, padded(make, "out", small[2], 3, 1, 1)]
    return Upscaler(chain, small)


def reach(options: Options) -> int:
    """How far the upscaler sees, in low-resolution pixels."""
    inside = 2 + 15 * (options.translator_blocks or PUBLISHED_BLOCKS)
    return inside + enlarging_reach(options, 2)


def dense_stage(
    make: Layers, filters: int, growth: int, blocks: int, activation: Callable, *, starts_small: bool = False
) -> list[Callable]:
    """The first convolution, and the dense blocks with a skip connection around all of them; 0 are the published 23."""
    links: list[Callable] = [
        rrdb(f"block{i}", make, growth, filters, activation, starts_small=starts_small)
        for i in range(1, (blocks or PUBLISHED_BLOCKS) + 1)
    ]
    return [
        padded(make, "in", filters, 3, 1, 1),
        Residual("residual", [*links, padded(make, "merge", filters, 3, 1, 1)]),
    ]


def hr_discriminator(image_shape: Shape, options: Options) -> Judge:
    """Pairs of convolutions, 3x3 and 4x4 with a stride of 2, until maps have 4x4 pixels or five pairs are reached."""
    make = Layers(options, "discriminator")

    def conv(name: str, filters: int, size: int, stride: int) -> PaddedConv:
        has_bias = make.normalization == "none"
        return make.made(PaddedConv, name, filters, size, stride, 1, name, use_bias=has_bias)

    chain: list[Callable] = []
    for i in range(halvings(image_shape, _MOST_HALVINGS)):
        filters = make.channels(_FILTERS * min(1 << i, 8))
        first = (
            [conv(f"conv{i}_0", filters, 3, 1), make.norm(f"bn{i}_0")] if i else [padded(make, "in", filters, 3, 1, 1)]
        )
        chain += [*first, _lrelu, conv(f"conv{i}_1", filters, 4, 2), make.norm(f"bn{i}_1"), _lrelu]
    chain += [flatten, make.linear("hidden", _UNITS), _lrelu, make.linear("out", 1)]
    return Judge(chain, image_shape, centers=False)
