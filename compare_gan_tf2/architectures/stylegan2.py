"""StyleGAN2's networks: mapping network, modulated convolutions, shortcuts; square, sides powers of two.

Karras et al. 2020; as they come configuration F: a generator that adds up colors, a residual discriminator, and as many
channels as option width says, 512 at most at width 1. Labels as in Karras et al. 2020b (ADA). Inside the networks
images are in [-1, 1], outside in [0, 1].
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping

import tensorflow as tf

from compare_gan_tf2.architectures import _style
from compare_gan_tf2.architectures._style import (
    EqualConv,
    EqualDense,
    ModulatedConv,
    StyleLayer,
    ToRgb,
    activated,
    doubled,
    group_deviation,
    halved,
)
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws, layer_state, row_seeds
from compare_gan_tf2.runtime.draws import Share
from compare_gan_tf2.runtime.precision import compute_dtype
from compare_gan_tf2.runtime.replicas import gathered, global_mean

SIDES = (8, 16, 32, 64, 128, 256, 512, 1024)
JOINS_LABELS = True
NAMES_SIDES = True

# channels(side of a map) -> channels of the map.
Channels = Callable[[int], int]
_HALF = 0.5**0.5
# Of an image that is alone in its group: the root of what is added to a variance of 0.
_ALONE = 1e-4
# Images of a group where nothing else is said.
_GROUP = 4


def style_generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> StyleGenerator:
    """Mapping and synthesis, as the options say."""
    return StyleGenerator(
        image_shape, _channels(options), z_dim=options.z_dim, style_length=options.style_length or options.z_dim,
        mapping_layers=options.mapping_layers, seed=f"{options.seed}/generator", num_classes=num_classes,
        shortcuts=options.g_shortcuts, clamp=options.activation_clamp,
        truncation=Truncation(options.truncation_psi, options.truncation_cutoff),
    )  # fmt: skip


def style_discriminator(
    image_shape: tuple[int, int, int], options: Options, num_classes: int = 0
) -> StyleDiscriminator:
    """The discriminator, as the options say."""
    return StyleDiscriminator(
        image_shape, _channels(options), seed=f"{options.seed}/discriminator", group=options.deviation_group,
        deviations=options.deviation_features, num_classes=num_classes, mapping_layers=options.label_mapping_layers,
        shortcuts=options.d_shortcuts, clamp=options.activation_clamp,
    )  # fmt: skip


def _channels(options: Options) -> Channels:
    return lambda side: max(1, round(min(options.channel_base // side, 512) * options.width))


@dataclasses.dataclass(frozen=True)
class Truncation:
    """The truncation trick: w comes nearer to the mean of all w, for fewer strange images and less variety.

    Attributes:
        psi: factor on the distance from the mean; 1 changes nothing, 0 gives one image for all latents.
        layers: how many of the first layers get such a w; 0 is all.
    """

    psi: float = 1.0
    layers: int = 0


@dataclasses.dataclass(frozen=True)
class Stage:
    """What a network has made after the layers of one size.

    Attributes:
        side: of its maps; of the discriminator, before they are halved.
        x: the maps [B, side, side, channels] in the dtype to compute in; of the discriminator halved.
        colors: float32 [B, side, side, C], the image so far; None where a stage makes none.
    """

    side: int
    x: tf.Tensor
    colors: tf.Tensor | None = None


class StyleGenerator(Network):
    """(z float32 [B, z_dim], labels) -> images float32 [B, R, R, C], beyond [0, 1] too in training, else clipped to it.

    Args:
        image_shape: (R, R, C).
        channels: of every map.
        z_dim: length of the latents.
        style_length: length of the vectors w that styles are made of.
        mapping_layers: from latents to w.
        seed: of the initial weights.
        noise: "random", drawn in training steps, or "constant", the same maps always, as outside of them.
        center_decay: by which the mean of all w follows a batch's.
        num_classes: of the labels; 0 without labels.
        shortcuts: "skip" adds up the colors of all sizes, "residual" maps; "original" has neither.
        clamp: bound on what convolutions give; 0 is none.
        truncation: outside of training.
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
        num_classes: int = 0,
        shortcuts: str = "skip",
        clamp: float = 0.0,
        truncation: Truncation = Truncation(),
    ):
        super().__init__("generator", [], num_classes)
        self.z_dim, self._noise, self._center_decay = z_dim, noise, center_decay
        self._truncation = truncation
        self.sides = [1 << power for power in range(2, image_shape[0].bit_length())]
        self.mapping = _style.Mapping(
            seed, z_dim=z_dim, length=style_length, layers=mapping_layers, num_classes=num_classes
        )
        self.start = _Start("b4", seed, channels(4))
        self.center = self.add_weight(name="center", shape=(style_length,), initializer="zeros", trainable=False)
        self.convolutions: list[tuple[ModulatedConv, _Map]] = []
        self.colors: list[ToRgb] = []
        self.shortcuts: list[EqualConv] = []
        before = channels(4)
        for side in self.sides:
            here = channels(side)
            if shortcuts == "residual" and side > 4:
                skip = EqualConv(f"b{side}.skip", seed, before, here, 1, doubles=True, use_bias=False)
                self.shortcuts.append(skip)
            for name in ("conv1",) if side == 4 else ("conv0", "conv1"):
                conv = ModulatedConv(
                    f"b{side}.{name}", seed, before, here, style_length, doubles=name == "conv0", clamp=clamp
                )
                self.convolutions.append((conv, _Map(f"b{side}.{name}.noise", seed, side)))
                before = here
            if shortcuts == "skip" or side == self.sides[-1]:
                self.colors.append(ToRgb(f"b{side}.torgb", seed, here, image_shape[2], style_length, clamp=clamp))

    @property
    def styles(self) -> int:
        """How many w an image takes: one for each convolution, and one for the last colors."""
        return len(self.convolutions) + 1

    def mapped(self, z: tf.Tensor, training: bool = False, labels: tf.Tensor | None = None) -> tf.Tensor:
        """z float32 [B, z_dim] and labels -> w float32 [B, n]; a training call lets the mean of all w follow."""
        w = self.mapping.mapped(z, self.one_hot(labels))
        if training:
            center = tf.convert_to_tensor(self.center)
            batch = tf.stop_gradient(global_mean(tf.reduce_mean(w, 0)))
            layer_state.propose(self.center, batch + (center - batch) * self._center_decay, always=True)
        return w

    def for_layers(self, w: tf.Tensor, truncation: Truncation = Truncation()) -> tf.Tensor:
        """w float32 [B, n] for every layer: float32 [B, styles, n]; truncated, nearer to the mean of all w."""
        ws = tf.repeat(w[:, None], self.styles, axis=1)
        if truncation.psi == 1.0:
            return ws
        center = tf.convert_to_tensor(self.center)
        nearer = center + (ws - center) * truncation.psi
        is_truncated = tf.range(self.styles)[None, :, None] < (truncation.layers or self.styles)
        return tf.where(is_truncated, nearer, ws)

    def synthesized(
        self, ws: tf.Tensor, training: bool = False, noise: Mapping[str, tf.Tensor] | None = None
    ) -> tf.Tensor:
        """Images float32 [B, R, R, C] around [-1, 1].

        Args:
            ws: float32 [B, styles, n], a vector for each layer.
            training: whether noise is drawn, where the network has random noise.
            noise: maps float32 [B or 1, side, side, 1] by the names of layers ("b8.conv0"), in place of all others.
        """
        (*_, last) = self.stages(ws, training, noise)
        return last.colors

    def stages(
        self, ws: tf.Tensor, training: bool = False, noise: Mapping[str, tf.Tensor] | None = None
    ) -> Iterator[Stage]:
        """What there is after the layers of each size, from 4 on; arguments as of `synthesized`."""
        x = tf.cast(tf.tile(tf.convert_to_tensor(self.start.map)[None], [tf.shape(ws)[0], 1, 1, 1]), compute_dtype())
        x = tf.ensure_shape(x, [ws.shape[0], *x.shape[1:]])
        image, place = None, 0
        shortcuts, colors = iter(self.shortcuts), iter(self.colors)
        for side in self.sides:
            beside = next(shortcuts)(x) * tf.cast(_HALF, x.dtype) if self.shortcuts and side > 4 else None
            for last in (True,) if side == 4 else (False, True):
                conv, constant = self.convolutions[place]
                gain = _HALF if last and beside is not None else 1.0
                map_ = self._noise_of(conv.name, constant, x, side, training) if noise is None else noise[conv.name]
                x = conv(x, ws[:, place], map_, gain=gain)
                place += 1
            x = x if beside is None else beside + x
            if len(self.colors) > 1 or side == self.sides[-1]:
                # The next block's first convolution has the same w.
                made = next(colors)(x, ws[:, place])
                image = made if image is None else doubled(image) + made
            yield Stage(side, x, image)

    def call(self, z: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False) -> tf.Tensor:
        w = self.mapped(z, training, labels)
        ws = self.for_layers(w) if training else self.for_layers(w, self._truncation)
        images = 0.5 * self.synthesized(ws, training) + 0.5
        return images if training else tf.clip_by_value(images, 0.0, 1.0)

    def _noise_of(self, name: str, constant: _Map, x: tf.Tensor, side: int, training: bool) -> tf.Tensor:
        if training and self._noise == "random" and draws.is_drawing():
            return draws.rows_of("normal", f"noise/{name}", [x.shape[0], side, side, 1])
        if row_seeds.are_given():
            return row_seeds.rows_of("normal", f"noise/{name}", [side, side, 1])
        return tf.convert_to_tensor(constant.map)[None, :, :, None]


class StyleDiscriminator(Network):
    """(images float32 [B, R, R, C] in [0, 1], labels) -> logits float32 [B, 1] and features float32 [B, F].

    In training an image is compared with others of the whole batch, over all replicas, in groups. With labels the logit
    is the inner product of the last layer with what a mapping makes of the label, divided by the root of its length.

    Args:
        image_shape: (R, R, C).
        channels: of every map.
        seed: of the initial weights.
        group: of images that are compared; 0 is the largest number up to 4 that divides the batch.
        deviations: channels that the comparison gives.
        num_classes: of the labels; 0 without labels.
        mapping_layers: of the mapping of labels.
        shortcuts: "residual" adds up maps, "skip" shows the image to every size; "original" has neither.
        clamp: bound on what convolutions give; 0 is none.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        channels: Channels,
        *,
        seed: str,
        group: int = 0,
        deviations: int = 1,
        num_classes: int = 0,
        mapping_layers: int = 2,
        shortcuts: str = "residual",
        clamp: float = 0.0,
    ):
        super().__init__("discriminator", [], num_classes)
        side, colors = image_shape[0], image_shape[2]
        self._group, self._deviations, self._clamp = group, deviations, clamp
        self.from_rgb = EqualConv(f"b{side}.fromrgb", seed, colors, channels(side), 1)
        self.smaller: list[EqualConv] = []
        self.blocks: list[tuple[EqualConv, ...]] = []
        while side > 4:
            here, after = channels(side), channels(side // 2)
            block = [
                EqualConv(f"b{side}.conv0", seed, here, here, 3),
                EqualConv(f"b{side}.conv1", seed, here, after, 3, halves=True),
            ]
            if shortcuts == "residual":
                block.append(EqualConv(f"b{side}.skip", seed, here, after, 1, halves=True, use_bias=False))
            self.blocks.append(tuple(block))
            side //= 2
            if shortcuts == "skip":
                self.smaller.append(EqualConv(f"b{side}.fromrgb", seed, colors, after, 1))
        width = channels(4)
        self.last = EqualConv("b4.conv", seed, width + deviations, width, 3)
        self.hidden = EqualDense("b4.fc", seed, 16 * width, width)
        self.head = EqualDense("b4.out", seed, width, width if num_classes else 1)
        self.mapping: _style.Mapping | None = None
        if num_classes:
            self.mapping = _style.Mapping(seed, z_dim=0, length=width, layers=mapping_layers, num_classes=num_classes)

    def call(
        self, images: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor]:
        (*_, last) = self.stages(images)
        x = tf.cast(last.x, tf.float32)
        channels = self._deviation(x, training) * tf.ones_like(x[..., :1])
        x = activated(self.last(tf.concat([x, channels], axis=-1)), clamp=self._clamp)
        features = activated(self.hidden(tf.reshape(x, [-1, 16 * x.shape[-1]])))
        logits = self.head(features)
        if self.mapping is not None:
            of_label = self.mapped(labels)
            logits = tf.reduce_sum(logits * of_label, axis=1, keepdims=True) / float(of_label.shape[1]) ** 0.5
        return logits, features

    def mapped(self, labels: tf.Tensor | None) -> tf.Tensor:
        """What is made of labels for the inner product: float32 [B, channels of the smallest maps]."""
        assert self.mapping is not None, "the discriminator is not conditional"
        return self.mapping.mapped(None, self.one_hot(labels))

    def stages(self, images: tf.Tensor) -> Iterator[Stage]:
        """Halved maps after the layers of each size, down to maps of 4x4; images are in [0, 1]."""
        image = tf.cast(2.0 * images - 1.0, compute_dtype())
        x = activated(self.from_rgb(image), clamp=self._clamp)
        smaller = iter(self.smaller)
        for first, second, *skip in self.blocks:
            side, gain = x.shape[1], _HALF if skip else 1.0
            y = activated(first(x), clamp=self._clamp)
            y = activated(second(y), gain, clamp=self._clamp * gain)
            x = skip[0](x) * tf.cast(_HALF, x.dtype) + y if skip else y
            yield Stage(side, x)
            if self.smaller:
                image = halved(image)
                # The authors' program has no bound in the smallest size.
                x = x + activated(next(smaller)(image), clamp=self._clamp if side > 8 else 0.0)
        if self.smaller:
            yield Stage(4, x)

    def outputs(self, images: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        """What a user of the trained network is given: prediction (the probability of being real), logits, features."""
        logits, features = self(images, labels, training=False)
        return {"prediction": tf.sigmoid(logits), "logits": logits, "features": features}

    def _deviation(self, x: tf.Tensor, training: bool) -> tf.Tensor:
        """[B, 1, 1, deviations]; outside of training every image is alone, so that its logit is its own."""
        if not training:
            return tf.fill([tf.shape(x)[0], 1, 1, self._deviations], _ALONE)
        whole = gathered(x)
        most = min(self._group or _GROUP, whole.shape[0])
        group = next(size for size in range(most, 0, -1) if whole.shape[0] % size == 0)
        return Share().cut(group_deviation(whole, group, self._deviations))


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
