"""Sizes of StyleGAN2's networks of benchmarks.step_time, and the floating point operations of their steps."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from compare_gan_tf2.options import Options

# Channels of the largest map at width 1.
_MOST_CHANNELS = 512


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Of a generator that adds up colors, and of a residual discriminator.

    Attributes:
        sides: of the maps, from 4 to the image's.
        colors: channels of the images.
        channels: of a map by its side.
        z_dim: length of the latents.
        length: of w.
        mapping_layers: from latents to w.
        group: of images that the discriminator compares.
    """

    sides: tuple[int, ...]
    colors: int
    channels: Callable[[int], int]
    z_dim: int
    length: int
    mapping_layers: int
    group: int = 4

    @classmethod
    def of(cls, options: Options, image_shape: tuple[int, ...]) -> Sizes:
        """What a task's options say."""

        def channels(side: int) -> int:
            return max(1, round(min(options.channel_base // side, _MOST_CHANNELS) * options.width))

        return cls(
            tuple(1 << power for power in range(2, image_shape[0].bit_length())), image_shape[2], channels,
            options.z_dim, options.style_length or options.z_dim, options.mapping_layers, options.deviation_group or 4,
        )  # fmt: skip


def multiply_adds(sizes: Sizes) -> tuple[float, float, float]:
    """Of one image in the generator, in the discriminator, and in the latter's layer that sees the image."""
    g = float(sizes.length * sizes.length * (sizes.mapping_layers - 1) + sizes.z_dim * sizes.length)
    first = float(sizes.colors * sizes.channels(sizes.sides[-1]) * sizes.sides[-1] ** 2)
    d, before = first, sizes.channels(4)
    for side in sizes.sides:
        here, pixels = sizes.channels(side), side * side
        if side > 4:
            # The doubling kernel goes to every pixel of the smaller map, the halving ones give every pixel of it.
            g += 9 * before * here * pixels / 4 + sizes.length * before
            d += 9 * here * here * pixels + (9 + 1) * here * before * pixels / 4
        g += (9 * here + sizes.colors) * here * pixels + 2 * sizes.length * here
        before = here
    width = sizes.channels(4)
    d += 9 * (width + 1) * width * 16 + 16 * width * width + width
    return g, d, first


def step_flops(options: Options, image_shape: tuple[int, ...]) -> float:
    """Of the kernels in a step, lazy updates shared out among the steps between them.

    A backward pass takes a forward pass for the maps and one for the kernels. A penalty on slopes takes the forward
    pass, the slopes, and for each of both once more a backward pass: six.
    """
    g, d, first = multiply_adds(Sizes.of(options, image_shape))
    main = (3 * g + 2 * d) + (g + 2 * (3 * d - first))
    lazy = 6 * d / options.r1_interval if options.r1_gamma else 0.0
    if options.path_length_weight:
        lazy += 6 * g / 2 / options.path_length_interval
    return 2.0 * options.batch_size * (main + lazy)
