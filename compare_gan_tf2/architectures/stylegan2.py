"""StyleGAN2's networks, a generator that adds up colors and a residual discriminator; square, sides powers of two.

Configuration F of Karras et al. 2020 with as many channels as option width says: 512 at most at width 1. Images inside
are in [-1, 1]; outside, as everywhere, in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from compare_gan_tf2.architectures._style import (
    EqualConv,
    EqualDense,
    ModulatedConv,
    StyleLayer,
    ToRgb,
    activated,
    doubled,
    group_deviation,
    unit_length,
)
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws, layer_state
from compare_gan_tf2.runtime.draws import Share
from compare_gan_tf2.runtime.precision import compute_dtype
from compare_gan_tf2.runtime.replicas import gathered, global_mean

SIDES = (8, 16, 32, 64, 128, 256, 512, 1024)

# channels(side of a map) -> channels of the map.
Channels = Callable[[int], int]
_MAPPING_RATE = 0.01
_HALF = 0.5**0.5
# Of an image that is alone in its group: the root of what is added to a variance of 0.
_ALONE = 1e-4


def style_generator(image_shape: tuple[int, int, int], options: Options) -> StyleGenerator:
    """Mapping and synthesis, as the options say."""
    return StyleGenerator(
        image_shape, _channels(options), z_dim=options.z_dim, style_length=options.z_dim,
        mapping_layers=options.mapping_layers, seed=f"{options.seed}/generator",
    )  # fmt: skip


def style_discriminator(image_shape: tuple[int, int, int], options: Options) -> StyleDiscriminator:
    """The residual one."""
    return StyleDiscriminator(image_shape, _channels(options), seed=f"{options.seed}/discriminator")


def _channels(options: Options) -> Channels:
    return lambda side: max(1, round(min(32768 // side, 512) * options.width))


class StyleGenerator(Network):
    """(z float32 [B, z_dim]) -> images float32 [B, R, R, C]; in training also beyond [0, 1], else clipped to it.

    Args:
        image_shape: (R, R, C).
        channels: of every map.
        z_dim: length of the latents.
        style_length: length of the vectors w that styles are made of.
        mapping_layers: from latents to w.
        seed: of the initial weights.
        noise: "random", drawn in training steps, or "constant", the same maps always, as outside of them.
        center_decay: by which the mean of all w follows a batch's.
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
        noise: str = "random",
        center_decay: float = 0.995,
    ):
        super().__init__("generator", [], 0)
        self.z_dim, self._noise, self._center_decay = z_dim, noise, center_decay
        self.sides = [1 << power for power in range(2, image_shape[0].bit_length())]
        lengths = [z_dim] + [style_length] * mapping_layers
        self.mapping = [
            EqualDense(f"mapping.fc{i}", seed, lengths[i], style_length, rate=_MAPPING_RATE)
            for i in range(mapping_layers)
        ]
        self.start = _Start("b4", seed, channels(4))
        self.center = self.add_weight(name="center", shape=(style_length,), initializer="zeros", trainable=False)
        self.convolutions: list[tuple[ModulatedConv, _Map]] = []
        self.colors: list[ToRgb] = []
        before = channels(4)
        for side in self.sides:
            for name in ("conv1",) if side == 4 else ("conv0", "conv1"):
                conv = ModulatedConv(
                    f"b{side}.{name}", seed, before, channels(side), style_length, doubles=name == "conv0"
                )
                self.convolutions.append((conv, _Map(f"b{side}.{name}.noise", seed, side)))
                before = channels(side)
            self.colors.append(ToRgb(f"b{side}.torgb", seed, before, image_shape[2], style_length))

    @property
    def styles(self) -> int:
        """How many w an image takes: one for each convolution, and one for the last colors."""
        return len(self.convolutions) + 1

    def mapped(self, z: tf.Tensor, training: bool = False) -> tf.Tensor:
        """z float32 [B, z_dim] -> w float32 [B, n]; a training call lets the mean of all w follow."""
        w = unit_length(z)
        for layer in self.mapping:
            w = activated(layer(w))
        if training:
            center = tf.convert_to_tensor(self.center)
            batch = tf.stop_gradient(global_mean(tf.reduce_mean(w, 0)))
            layer_state.propose(self.center, batch + (center - batch) * self._center_decay, always=True)
        return w

    def synthesized(self, ws: tf.Tensor, training: bool = False) -> tf.Tensor:
        """ws float32 [B, styles, n], a vector for each layer -> images float32 [B, R, R, C] around [-1, 1]."""
        x = tf.cast(tf.tile(tf.convert_to_tensor(self.start.map)[None], [tf.shape(ws)[0], 1, 1, 1]), compute_dtype())
        x = tf.ensure_shape(x, [ws.shape[0], *x.shape[1:]])
        image, place = None, 0
        for side, colors in zip(self.sides, self.colors, strict=True):
            for _ in range(1 if side == 4 else 2):
                conv, noise = self.convolutions[place]
                x = conv(x, ws[:, place], self._noise_of(conv.name, noise, x, side, training))
                place += 1
            # The next block's first convolution has the same w.
            made = colors(x, ws[:, place])
            image = made if image is None else doubled(image) + made
        return image

    def call(self, z: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False) -> tf.Tensor:
        del labels
        w = self.mapped(z, training)
        images = 0.5 * self.synthesized(tf.repeat(w[:, None], self.styles, axis=1), training) + 0.5
        return images if training else tf.clip_by_value(images, 0.0, 1.0)

    def _noise_of(self, name: str, constant: _Map, x: tf.Tensor, side: int, training: bool) -> tf.Tensor:
        if training and self._noise == "random" and draws.is_drawing():
            return draws.rows_of("normal", f"noise/{name}", [x.shape[0], side, side, 1])
        return tf.convert_to_tensor(constant.map)[None, :, :, None]


class StyleDiscriminator(Network):
    """images float32 [B, R, R, C] in [0, 1] -> logits float32 [B, 1] and features float32 [B, F].

    In training an image is compared with others of the whole batch, over all replicas, in groups of four at most.

    Args:
        image_shape: (R, R, C).
        channels: of every map.
        seed: of the initial weights.
        group: of images that are compared.
    """

    def __init__(self, image_shape: tuple[int, int, int], channels: Channels, *, seed: str, group: int = 4):
        super().__init__("discriminator", [], 0)
        side = image_shape[0]
        self._group = group
        self.from_rgb = EqualConv(f"b{side}.fromrgb", seed, image_shape[2], channels(side), 1)
        self.blocks: list[tuple[EqualConv, EqualConv, EqualConv]] = []
        while side > 4:
            here, after = channels(side), channels(side // 2)
            self.blocks.append(
                (
                    EqualConv(f"b{side}.conv0", seed, here, here, 3),
                    EqualConv(f"b{side}.conv1", seed, here, after, 3, halves=True),
                    EqualConv(f"b{side}.skip", seed, here, after, 1, halves=True, use_bias=False),
                )
            )
            side //= 2
        width = channels(4)
        self.last = EqualConv("b4.conv", seed, width + 1, width, 3)
        self.hidden = EqualDense("b4.fc", seed, 16 * width, width)
        self.head = EqualDense("b4.out", seed, width, 1)

    def call(
        self, images: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor]:
        del labels
        x = activated(self.from_rgb(tf.cast(2.0 * images - 1.0, compute_dtype())))
        for first, second, skip in self.blocks:
            x = skip(x) * tf.cast(_HALF, x.dtype) + activated(second(activated(first(x))), _HALF)
        x = tf.cast(x, tf.float32)
        x = activated(self.last(tf.concat([x, self._deviation(x, training) * tf.ones_like(x[..., :1])], axis=-1)))
        features = activated(self.hidden(tf.reshape(x, [-1, 16 * x.shape[-1]])))
        return self.head(features), features

    def outputs(self, images: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        """What a user of the trained network is given: prediction (the probability of being real), logits, features."""
        logits, features = self(images, labels, training=False)
        return {"prediction": tf.sigmoid(logits), "logits": logits, "features": features}

    def _deviation(self, x: tf.Tensor, training: bool) -> tf.Tensor:
        """[B, 1, 1, 1]; outside of training every image is alone, so that its logit is its own."""
        if not training:
            return tf.fill([tf.shape(x)[0], 1, 1, 1], _ALONE)
        whole = gathered(x)
        group = next(size for size in range(min(self._group, whole.shape[0]), 0, -1) if whole.shape[0] % size == 0)
        return Share().cut(group_deviation(whole, group))


class _Start(StyleLayer):
    """The map [4, 4, C] that every image begins with."""

    def __init__(self, name: str, seed: str, channels: int):
        super().__init__(name, seed)
        self.map = self._normal("const", (4, 4, channels))


class _Map(StyleLayer):
    """A layer's noise [side, side] where none is drawn."""

    def __init__(self, name: str, seed: str, side: int):
        super().__init__(name, seed)
        self.map = self._normal("map", (side, side), trainable=False)
