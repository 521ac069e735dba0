"""StyleGAN2's networks of configurations B to D, which grow: modulated convolutions, smoothed downsampling.

Karras et al. 2020, table 1. Other than configuration E and F they have colors of every side only to grow, and neither
residual nor skip connections. Inside the networks images are in [-1, 1], outside in [0, 1].
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from compare_gan_tf2.architectures._progressive import Channels, with_deviation
from compare_gan_tf2.architectures._style import EqualConv, EqualDense, ModulatedConv, ToRgb, activated
from compare_gan_tf2.architectures.growing_discriminators import GrowingDiscriminator
from compare_gan_tf2.architectures.pggan import first_level, published_channels
from compare_gan_tf2.architectures.stylegan import _MAPPING_RATE, MixingGenerator
from compare_gan_tf2.architectures.stylegan2 import Truncation, _Map, _Start
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws, row_seeds
from compare_gan_tf2.runtime.precision import compute_dtype

# Facts, read without importing this file.
JOINS_LABELS = True
NAMES_SIDES = True
SIDES = (8, 16, 32, 64, 128, 256, 512, 1024)


def mixing_generator(image_shape: tuple[int, int, int], options: Options, num_classes: int) -> ModulatedGenerator:
    """Mapping and synthesis, as the options say."""
    return ModulatedGenerator(
        image_shape, published_channels(options), z_dim=options.z_dim,
        style_length=options.style_length or options.z_dim, mapping_layers=options.mapping_layers,
        num_classes=num_classes, seed=f"{options.seed}/generator", lod=first_level(image_shape, options),
        truncation=Truncation(options.truncation_psi, options.truncation_cutoff),
    )  # fmt: skip


def smoothing_discriminator(
    image_shape: tuple[int, int, int], options: Options, num_classes: int
) -> FilteringDiscriminator:
    """The discriminator, which has a logit for every class."""
    return FilteringDiscriminator(
        image_shape, published_channels(options), num_classes=num_classes, seed=f"{options.seed}/discriminator",
        lod=first_level(image_shape, options),
    )  # fmt: skip


class ModulatedGenerator(MixingGenerator):
    """StyleGAN2's of configurations B to D; colors have a style as the next side's first convolution has it.

    Args:
        image_shape: (R, R, C).
        channels: of every map.
        z_dim, style_length, seed, num_classes, lod, center_decay, truncation: see `MixingGenerator`.
        mapping_layers: from latents to w.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        channels: Channels,
        *,
        z_dim: int,
        style_length: int,
        mapping_layers: int,
        seed: str,
        num_classes: int = 0,
        **more: Any,
    ):
        lengths = [z_dim * (2 if num_classes else 1)] + [style_length] * mapping_layers
        mapping = [
            EqualDense(f"mapping.fc{i}", seed, lengths[i], style_length, rate=_MAPPING_RATE)
            for i in range(mapping_layers)
        ]
        super().__init__(
            image_shape[0], mapping, z_dim=z_dim, style_length=style_length, seed=seed, num_classes=num_classes,
            styles=2 * image_shape[0].bit_length() - 4, **more,
        )  # fmt: skip
        self.start = _Start("b4", seed, channels(4))
        self.blocks: list[list[tuple[ModulatedConv, _Map]]] = []
        self.colors: list[ToRgb] = []
        before = channels(4)
        for side in (1 << power for power in range(2, image_shape[0].bit_length())):
            here, block = channels(side), []
            for name in ("conv1",) if side == 4 else ("conv0", "conv1"):
                conv = ModulatedConv(f"b{side}.{name}", seed, before, here, style_length, doubles=name == "conv0")
                block.append((conv, _Map(f"b{side}.{name}.noise", seed, side)))
                before = here
            self.blocks.append(block)
            self.colors.append(ToRgb(f"b{side}.torgb", seed, here, image_shape[2], style_length))

    def activated(self, x: tf.Tensor) -> tf.Tensor:
        return activated(x)

    def colors_of(self, ws: tf.Tensor, training: bool) -> Iterator[tuple[int, tf.Tensor]]:
        x = tf.cast(tf.tile(tf.convert_to_tensor(self.start.map)[None], [tf.shape(ws)[0], 1, 1, 1]), compute_dtype())
        x = tf.ensure_shape(x, [ws.shape[0], *x.shape[1:]])
        place = 0
        for number, (block, colors) in enumerate(zip(self.blocks, self.colors, strict=True)):
            side = 4 << number
            for conv, constant in block:
                noise = tf.convert_to_tensor(constant.map)[None, :, :, None]
                if training and draws.is_drawing():
                    noise = draws.rows_of("normal", f"noise/{conv.name}", [x.shape[0], side, side, 1])
                elif row_seeds.are_given():
                    noise = row_seeds.rows_of("normal", f"noise/{conv.name}", [side, side, 1])
                x = conv(x, ws[:, place], noise)
                place += 1
            yield side, colors(x, ws[:, place])


class FilteringDiscriminator(GrowingDiscriminator):
    """StyleGAN2's of configurations B to D.

    Args:
        image_shape: (R, R, C).
        channels: of every map.
        seed: of the initial weights.
        num_classes: 0 without labels; else every class has a logit of its own.
        group: of images that are compared.
        lod: level of detail at the start.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        channels: Channels,
        *,
        seed: str,
        num_classes: int = 0,
        group: int = 4,
        lod: int = 0,
    ):
        super().__init__(image_shape[0], num_classes=num_classes, lod=lod)
        self._group = group
        self.from_rgb: dict[int, EqualConv] = {}
        self.blocks: dict[int, tuple[EqualConv, EqualConv]] = {}
        for side in (1 << power for power in range(2, image_shape[0].bit_length())):
            here = channels(side)
            self.from_rgb[side] = EqualConv(f"b{side}.fromrgb", seed, image_shape[2], here, 1)
            if side > 4:
                self.blocks[side] = (
                    EqualConv(f"b{side}.conv0", seed, here, here, 3),
                    EqualConv(f"b{side}.conv1", seed, here, channels(side // 2), 3, halves=True),
                )
        width = channels(4)
        self.last = EqualConv("b4.conv", seed, width + 1, width, 3)
        self.hidden = EqualDense("b4.fc", seed, 16 * width, channels(2))
        self.head = EqualDense("b4.out", seed, channels(2), self.units)

    def first(self, side: int, images: tf.Tensor) -> tf.Tensor:
        return activated(self.from_rgb[side](images))

    def block(self, side: int, x: tf.Tensor) -> tf.Tensor:
        first, second = self.blocks[side]
        return activated(second(activated(first(x))))

    def finished(self, x: tf.Tensor, training: bool) -> tf.Tensor:
        x = activated(self.last(with_deviation(x, self._group, training)))
        return activated(self.hidden(tf.reshape(x, [-1, 16 * x.shape[-1]])))
