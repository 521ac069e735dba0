"""PGGAN's networks, which grow from 4x4 pixels to the full size; square images whose side is a power of two.

Karras et al. 2018, table 2, with as many channels as option width says: 512 at most at width 1. Inside the networks
images are in [-1, 1], not clipped, outside in [0, 1].
"""

from __future__ import annotations

from collections.abc import Iterator

import tensorflow as tf

from compare_gan_tf2.architectures._progressive import (
    Channels,
    Conv,
    FirstMap,
    Growing,
    channels_of,
    leaky,
    pixel_norm,
)
from compare_gan_tf2.architectures.growing_discriminators import MeanDiscriminator
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime.precision import compute_dtype

# Facts, read without importing this file.
JOINS_LABELS = True
NAMES_SIDES = True
SIDES = (8, 16, 32, 64, 128, 256, 512, 1024)


def growing_generator(image_shape: tuple[int, int, int], options: Options, num_classes: int) -> GrowingGenerator:
    """The generator that the options say."""
    return GrowingGenerator(
        image_shape, published_channels(options), z_dim=options.z_dim, num_classes=num_classes,
        seed=f"{options.seed}/generator", lod=first_level(image_shape, options),
    )  # fmt: skip


def growing_discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int) -> MeanDiscriminator:
    """The discriminator, which also tells classes where there are any."""
    return MeanDiscriminator(
        image_shape, published_channels(options), num_classes=num_classes, tells_classes=num_classes > 0,
        seed=f"{options.seed}/discriminator", lod=first_level(image_shape, options),
    )  # fmt: skip


def published_channels(options: Options) -> Channels:
    """Channels of the published networks times option width."""
    published = channels_of(8192, 512)
    return lambda side: max(1, round(published(side) * options.width))


def first_level(image_shape: tuple[int, int, int], options: Options) -> int:
    """The level of detail that a training begins with."""
    return image_shape[0].bit_length() - (options.growing_from or image_shape[0]).bit_length()


class GrowingGenerator(Growing):
    """(z float32 [B, z_dim], labels) -> images float32 [B, R, R, C]; in training also beyond [0, 1], else clipped.

    Args:
        image_shape: (R, R, C).
        channels: of every map.
        z_dim: length of the latents.
        num_classes: of the labels that are put behind them; 0 without labels.
        seed: of the initial weights.
        lod: level of detail at the start.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        channels: Channels,
        *,
        z_dim: int,
        seed: str,
        num_classes: int = 0,
        lod: int = 0,
    ):
        super().__init__("generator", image_shape[0], num_classes, lod)
        self.z_dim = z_dim
        before = channels(4)
        self.start = FirstMap("b4.dense", seed, z_dim + num_classes, before)
        self.convolutions: list[tuple[Conv, ...]] = []
        self.colors: list[Conv] = []
        for side in (1 << power for power in range(2, image_shape[0].bit_length())):
            here = channels(side)
            doubling = () if side == 4 else (Conv(f"b{side}.conv0", seed, before, here, resizes="doubles"),)
            self.convolutions.append((*doubling, Conv(f"b{side}.conv1", seed, here, here)))
            self.colors.append(Conv(f"b{side}.torgb", seed, here, image_shape[2], 1, gain=1.0))
            before = here

    def synthesized(
        self, z: tf.Tensor, labels: tf.Tensor | None, level: int | None, fade: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Images float32 around [-1, 1] of the side at a level, or with None of the largest at the level of detail."""
        classes = self.one_hot(labels)
        latents = pixel_norm(z if classes is None else tf.concat([z, classes], axis=1))
        return self.grown(self._colors(tf.cast(latents, compute_dtype())), level, fade)

    def call(self, z: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False) -> tf.Tensor:
        images = 0.5 * self.synthesized(z, labels, None) + 0.5
        return images if training else tf.clip_by_value(images, 0.0, 1.0)

    def _colors(self, latents: tf.Tensor) -> Iterator[tuple[int, tf.Tensor]]:
        """Images of every side, made as they are asked for."""
        x = pixel_norm(leaky(self.start(latents)))
        for block, colors in zip(self.convolutions, self.colors, strict=True):
            for conv in block:
                x = pixel_norm(leaky(conv(x)))
            yield x.shape[1], tf.cast(colors(x), tf.float32)
