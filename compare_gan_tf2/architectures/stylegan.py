"""StyleGAN's networks: a mapping network sets the style of each layer; can grow; square, sides powers of two.

Karras et al. 2019, with as many channels as option width says: 512 at most at width 1. Inside the networks images are
in [-1, 1], not clipped, outside in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import tensorflow as tf

from compare_gan_tf2.architectures._progressive import (
    Channels,
    Conv,
    Dense,
    Growing,
    blurred,
    instance_norm,
    leaky,
    pixel_norm,
)
from compare_gan_tf2.architectures._style import StyleLayer
from compare_gan_tf2.architectures.growing_discriminators import MeanDiscriminator
from compare_gan_tf2.architectures.pggan import first_level, published_channels
from compare_gan_tf2.architectures.stylegan2 import Truncation
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws, layer_state, row_seeds
from compare_gan_tf2.runtime.precision import compute_dtype
from compare_gan_tf2.runtime.replicas import global_mean

# Facts, read without importing this file.
JOINS_LABELS = True
NAMES_SIDES = True
SIDES = (8, 16, 32, 64, 128, 256, 512, 1024)

_MAPPING_RATE = 0.01
_UNTRUNCATED = Truncation()


def mixing_generator(image_shape: tuple[int, int, int], options: Options, num_classes: int) -> AdainGenerator:
    """Mapping and synthesis, as the options say."""
    return AdainGenerator(
        image_shape, published_channels(options), z_dim=options.z_dim,
        style_length=options.style_length or options.z_dim, mapping_layers=options.mapping_layers,
        num_classes=num_classes, seed=f"{options.seed}/generator", lod=first_level(image_shape, options),
        truncation=Truncation(options.truncation_psi, options.truncation_cutoff),
    )  # fmt: skip


def smoothing_discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int) -> MeanDiscriminator:
    """PGGAN's, which smooths maps before it halves them, and has a logit for every class."""
    return MeanDiscriminator(
        image_shape, published_channels(options), num_classes=num_classes, blurs=True,
        seed=f"{options.seed}/discriminator", lod=first_level(image_shape, options),
    )  # fmt: skip


class MixingGenerator(Growing):
    """(z float32 [B, z_dim], labels) -> images float32 [B, R, R, C]; in training also beyond [0, 1], else clipped.

    A mapping of the latents styles every layer, and each layer can have a style of its own.

    Args:
        side: R.
        mapping: layers from latents, or latents and embedded labels, to w.
        z_dim: length of the latents.
        style_length: length of w.
        styles: how many w an image takes.
        seed: of the initial weights.
        num_classes: of the labels that are embedded beside the latents; 0 without labels.
        lod: level of detail at the start.
        center_decay: by which the mean of all w follows a batch's.
        truncation: outside of training.
    """

    def __init__(
        self,
        side: int,
        mapping: Sequence[Callable[[tf.Tensor], tf.Tensor]],
        *,
        z_dim: int,
        style_length: int,
        styles: int,
        seed: str,
        num_classes: int = 0,
        lod: int = 0,
        center_decay: float = 0.995,
        truncation: Truncation = _UNTRUNCATED,
    ):
        super().__init__("generator", side, num_classes, lod)
        self.z_dim, self.styles, self._center_decay, self._truncation = z_dim, styles, center_decay, truncation
        self.embedding = _Embedding("mapping.embed", seed, num_classes, z_dim) if num_classes else None
        self.mapping = list(mapping)
        self.center = self.add_weight(name="center", shape=(style_length,), initializer="zeros", trainable=False)

    def colors_of(self, ws: tf.Tensor, training: bool) -> Iterator[tuple[int, tf.Tensor]]:
        """Images of every side with the side, made as they are asked for; ws float32 [B, styles, n]."""
        raise NotImplementedError

    def activated(self, x: tf.Tensor) -> tf.Tensor:
        """What follows a layer of the mapping."""
        return leaky(x)

    def mapped(self, z: tf.Tensor, training: bool = False, labels: tf.Tensor | None = None) -> tf.Tensor:
        """z float32 [B, z_dim] and labels -> w float32 [B, n]; a training call lets the mean of all w follow."""
        classes = self.one_hot(labels)
        w = z if self.embedding is None else tf.concat([z, self.embedding(classes)], axis=1)
        w = pixel_norm(w)
        for layer in self.mapping:
            w = self.activated(layer(w))
        if training:
            center = tf.convert_to_tensor(self.center)
            batch = tf.stop_gradient(global_mean(tf.reduce_mean(w, 0)))
            layer_state.propose(self.center, batch + (center - batch) * self._center_decay, always=True)
        return w

    def for_layers(self, w: tf.Tensor, truncation: Truncation = _UNTRUNCATED) -> tf.Tensor:
        """w float32 [B, n] for every layer: float32 [B, styles, n]; truncated, nearer to the mean of all w."""
        ws = tf.repeat(w[:, None], self.styles, axis=1)
        if truncation.psi == 1.0:
            return ws
        center = tf.convert_to_tensor(self.center)
        is_truncated = tf.range(self.styles)[None, :, None] < (truncation.layers or self.styles)
        return tf.where(is_truncated, center + (ws - center) * truncation.psi, ws)

    def synthesized(
        self, ws: tf.Tensor, level: int | None = None, fade: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """Images float32 around [-1, 1] of the side at a level, or with None of the largest at the level of detail.

        Args:
            ws: float32 [B, styles, n], a vector for each layer.
            level: see `Growing.grown`.
            fade: likewise.
            training: whether noise is drawn.
        """
        return self.grown(self.colors_of(ws, training), level, fade)

    def call(self, z: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False) -> tf.Tensor:
        w = self.mapped(z, training, labels)
        ws = self.for_layers(w) if training else self.for_layers(w, self._truncation)
        images = 0.5 * self.synthesized(ws, training=training) + 0.5
        return images if training else tf.clip_by_value(images, 0.0, 1.0)


class AdainGenerator(MixingGenerator):
    """StyleGAN's.

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
            Dense(f"mapping.fc{i}", seed, lengths[i], style_length, rate=_MAPPING_RATE) for i in range(mapping_layers)
        ]
        super().__init__(
            image_shape[0], mapping, z_dim=z_dim, style_length=style_length, seed=seed, num_classes=num_classes,
            styles=2 * image_shape[0].bit_length() - 4, **more,
        )  # fmt: skip
        self.start = _Start("b4", seed, channels(4))
        self.blocks: list[list[tuple[Conv | None, _Styled]]] = []
        self.colors: list[Conv] = []
        before = channels(4)
        for side in (1 << power for power in range(2, image_shape[0].bit_length())):
            here = channels(side)
            first = None if side == 4 else _convolution(f"b{side}.conv0", seed, before, here, "doubles")
            second = _convolution(f"b{side}.conv1", seed, here, here)
            self.blocks.append(
                [
                    (conv, _Styled(f"b{side}.{name}", seed, here, style_length, side))
                    for name, conv in (("const" if side == 4 else "conv0", first), ("conv1", second))
                ]
            )
            self.colors.append(Conv(f"b{side}.torgb", seed, here, image_shape[2], 1, gain=1.0))
            before = here

    def colors_of(self, ws: tf.Tensor, training: bool) -> Iterator[tuple[int, tf.Tensor]]:
        x = tf.cast(tf.tile(tf.convert_to_tensor(self.start.map)[None], [tf.shape(ws)[0], 1, 1, 1]), compute_dtype())
        x = tf.ensure_shape(x, [ws.shape[0], *x.shape[1:]])
        place = 0
        for block, colors in zip(self.blocks, self.colors, strict=True):
            for conv, styled in block:
                x = x if conv is None else conv(x)
                # Of a transposed convolution the pattern of its steps.
                x = blurred(x) if conv is not None and conv.doubles else x
                x = styled(x, ws[:, place], draws_noise=training)
                place += 1
            yield x.shape[1], tf.cast(colors(x), tf.float32)


def _convolution(name: str, seed: str, inputs: int, filters: int, resizes: str = "") -> Conv:
    """One whose bias is added after the noise."""
    return Conv(name, seed, inputs, filters, resizes=resizes, use_bias=False)


class _Embedding(StyleLayer):
    """One-hot labels [B, classes] -> [B, n]; no rate is equalized here."""

    def __init__(self, name: str, seed: str, classes: int, length: int):
        super().__init__(name, seed)
        self.kernel = self._normal("kernel", (classes, length))

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return x @ self.kernel


class _Start(StyleLayer):
    """The map [4, 4, C] that every image begins with."""

    def __init__(self, name: str, seed: str, channels: int):
        super().__init__(name, seed)
        self.map = self._constant("const", (4, 4, channels), 1.0)


class _Styled(StyleLayer):
    """What follows a convolution: noise, bias, leaky ReLU, instance norm, then a scale and a shift made of w (AdaIN).

    Args:
        layer: name of the convolution.
        seed: see `StyleLayer`.
        channels: of its maps.
        style_length: of w.
        side: of its maps.
    """

    def __init__(self, layer: str, seed: str, channels: int, style_length: int, side: int):
        super().__init__(f"{layer}.styled", seed)
        self._purpose = f"noise/{layer}"
        self.bias = self._constant("bias", (channels,))
        self.noise_weight = self._constant("noise_weight", (channels,))
        self.noise = self._normal("noise", (side, side), trainable=False)
        self.affine = Dense(f"{layer}.affine", seed, style_length, 2 * channels, gain=1.0)

    def call(self, x: tf.Tensor, w: tf.Tensor, draws_noise: bool) -> tf.Tensor:
        """x [B, side, side, channels], w float32 [B, n]; noise is drawn, or always the same."""
        noise = tf.convert_to_tensor(self.noise)[None, :, :, None]
        if draws_noise and draws.is_drawing():
            noise = draws.rows_of("normal", self._purpose, [*x.shape[:3], 1])
        elif row_seeds.are_given():
            noise = row_seeds.rows_of("normal", self._purpose, [*x.shape[1:3], 1])
        y = leaky(tf.cast(x, tf.float32) + noise * self.noise_weight + self.bias)
        scale, shift = tf.split(self.affine(w)[:, None, None, :], 2, axis=-1)
        return tf.cast(instance_norm(y) * (scale + 1.0) + shift, x.dtype)
