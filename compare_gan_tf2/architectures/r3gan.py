"""R3GAN's networks: residual blocks of grouped convolutions, no normalization; sides are powers of two.

Huang, Gokaslan, Kuleshov and Tompkin 2024, «The GAN is dead; long live the GAN!» (2501.05441), as in the authors' code:
768 channels up to 32 pixels, then half as many at each doubling, times option width. Images inside are in [-1, 1], of a
generator in training also beyond; outside, as everywhere, in [0, 1].
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Conv, Kernel, Layers, Linear, leaky_relu
from compare_gan_tf2.architectures._grouped import GroupedConv
from compare_gan_tf2.architectures._style import doubled, halved
from compare_gan_tf2.architectures.labeled import JoinLabels
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options, architecture_limits
from compare_gan_tf2.runtime.recomputation import Recomputed

SIDES = (8, 16, 32, 64, 128, 256, 512, 1024)
HONORS = ("cardinality", "gradient_checkpointing", "stage_blocks")
IMPLIES = {"g_normalization": "none", "z_dim": 64, "z_distribution": "normal"}
REQUIRES = {
    "d_weight_normalization": ("none", "a block's last kernel starts at 0 and has no norm to be divided by"),
    "g_normalization": ("none", "its generator has no place for one"),
    "g_weight_normalization": ("none", "a block's last kernel starts at 0 and has no norm to be divided by"),
    "initializer": ("normal", "its kernels are drawn by their numbers of inputs and blocks"),
    "initializer_stddev": (0.02, "it would have no effect: kernels are drawn by their numbers of inputs and blocks"),
}
JOINS_LABELS = True
NAMES_SIDES = True
DISCRIMINATOR_NORMALIZES = False

_WIDTH = 768
_WIDEST_SIDE = 32
_EXPANSION = 2
_SLOPE = 0.2
_activated = leaky_relu(_SLOPE)


@dataclasses.dataclass(frozen=True)
class Stage:
    """The blocks of one size of a map.

    Attributes:
        side: of the map.
        width: its channels.
        groups: of the 3x3 convolutions.
        blocks: their number.
    """

    side: int
    width: int
    groups: int
    blocks: int


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """A learned map of 4x4 pixels, scaled by the latents; stages of blocks with a doubling before all but the first.

    A label is embedded in as many numbers as there are latents, and put behind them.
    """
    architecture_limits.check("r3gan", image_shape, options, bool(num_classes))
    make = Layers(options, "generator")
    return generator_of(make, stages(image_shape[0], options), image_shape[2], options.z_dim, num_classes)


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> R3Discriminator:
    """Stages of blocks with a halving behind all but the last; features are C weighted sums over the last 4x4 pixels.

    With d_conditioning=projection the logit is the inner product of C numbers, a linear function of the features, with
    an embedding of the label.
    """
    architecture_limits.check("r3gan", image_shape, options, bool(num_classes))
    projects = bool(num_classes) and options.d_conditioning == "projection"
    make = Layers(options, "discriminator")
    return discriminator_of(make, stages(image_shape[0], options), image_shape, num_classes, projects=projects)


def stages(side: int, options: Options) -> list[Stage]:
    """From 4x4 pixels to the image's; channels are multiples of 8."""
    sides = [1 << power for power in range(2, side.bit_length())]
    published = [_WIDTH * min(1.0, _WIDEST_SIDE / each) for each in sides]
    widths = [8 * max(1, round(channels * options.width / 8)) for channels in published]
    return [
        Stage(each, width, _groups(width, max(widths), options.cardinality), options.stage_blocks)
        for each, width in zip(sides, widths, strict=True)
    ]


def generator_of(make: Layers, plan: Sequence[Stage], colors: int, z_dim: int, num_classes: int) -> Generator:
    """The generator of stages from 4x4 pixels on."""
    chain: list[Callable] = []
    if num_classes:
        embedding = make.made(_Linear, "g_label", z_dim, "g_label", stddev=num_classes**-0.5)
        chain.append(JoinLabels("g_join", embedding))
    before = plan[0].width
    chain.append(_Start(make, before, 2 * z_dim if num_classes else z_dim))
    for stage in plan:
        if stage.width != before:
            chain.append(_plain(make, f"g_s{stage.side}_conv", before, stage.width))
        if stage is not plan[0]:
            chain.append(doubled)
        chain += _blocks(make, "g", stage, plan)
        before = stage.width
    chain += [_plain(make, "g_to_rgb", before, colors), _Images(name="g_images", autocast=False)]
    return Generator(chain, z_dim=z_dim, num_classes=num_classes)


def discriminator_of(
    make: Layers, plan: Sequence[Stage], image_shape: tuple[int, int, int], num_classes: int, *, projects: bool
) -> R3Discriminator:
    """The discriminator of stages from 4x4 pixels on, which it has in reverse."""
    colors = image_shape[2] + (num_classes if make.concatenates else 0)
    chain: list[Callable] = [_centered, _plain(make, "d_from_rgb", colors, plan[-1].width)]
    for stage, after in zip(reversed(plan[1:]), reversed(plan[:-1]), strict=True):
        chain += [*_blocks(make, "d", stage, plan), halved]
        if after.width != stage.width:
            chain.append(_plain(make, f"d_s{stage.side}_conv", stage.width, after.width))
    width = plan[0].width
    chain += [*_blocks(make, "d", plan[0], plan), _Sums(make, width)]

    def embedding(length: int) -> Linear:
        del length
        return make.made(_Linear, "d_label", width, "d_label", stddev=(num_classes * width) ** -0.5)

    return R3Discriminator(
        chain,
        make.made(_Linear, "d_head", width if projects else 1, "d_head", stddev=width**-0.5),
        embedding if projects else None,
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )


class R3Discriminator(Discriminator):
    """`Discriminator` whose projection is of the head's outputs, of which it has as many as the embedding."""

    def call(
        self, images: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor]:
        classes = self.one_hot(labels)
        features = tf.cast(self._features(images, classes, training), tf.float32)
        logits = self.head(features, training=training)
        if self.embedding is not None:
            embedded = self.embedding(classes, training=training)
            logits = tf.reduce_sum(logits * embedded, axis=1, keepdims=True)
        if self.compared is not None:
            logits += self.compared(features, training=training)
        return logits, features


class Block(Recomputed):
    """x plus what 1x1, grouped 3x3 and 1x1 convolutions make of it, the inner ones twice as wide; [B, H, W, C].

    The inner convolutions have a bias and a leaky ReLU behind it, the last one has neither and starts at 0, so that a
    block begins as the identity (Zhang et al. 2019, Fixup, by whose rule the inner ones start).

    Args:
        make: makes the network's layers.
        name: of the block.
        width: C.
        groups: of the 3x3 convolution.
        blocks: of the network.
    """

    def __init__(self, make: Layers, name: str, width: int, groups: int, blocks: int):
        super().__init__(name=name, autocast=False)
        make, inner = make.within(name), _EXPANSION * width
        gain = math.sqrt(2.0 / (1.0 + _SLOPE**2)) * blocks**-0.25
        self.conv1 = make.made(_Conv, "conv1", inner, 1, 1, "conv1", stddev=gain * width**-0.5)
        fan_in = 9 * inner // groups
        self.conv2 = make.made(_Grouped, "conv2", inner, 3, "conv2", groups=groups, stddev=gain * fan_in**-0.5)
        self.conv3 = make.made(_Conv, "conv3", width, 1, 1, "conv3", stddev=0.0, use_bias=False)
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        del z, labels
        y = _activated(self.conv1(x, training=training))
        y = _activated(self.conv2(y, training=training))
        return x + self.conv3(y, training=training)


class _Drawn(Kernel):
    """Of a `Kernel`: its kernel is drawn from N(0, stddev^2), by the seed of the initializer that the options name."""

    def __init__(self, *arguments: Any, stddev: float, initializer: Any, **more: Any):
        start = keras.initializers.RandomNormal(stddev=stddev, seed=initializer.seed)
        super().__init__(*arguments, initializer=start, **more)


class _Conv(_Drawn, Conv):
    """A convolution with its own deviation at the start."""


class _Grouped(_Drawn, GroupedConv):
    """A grouped one."""


class _Linear(_Drawn, Linear):
    """A linear layer with its own deviation at the start, without a bias."""

    def __init__(self, *arguments: Any, **more: Any):
        super().__init__(*arguments, use_bias=False, **more)


class _Start(keras.layers.Layer):
    """Latents [B, n] -> [B, 4, 4, C]: the learned map, each channel times a linear function of the latents."""

    def __init__(self, make: Layers, width: int, latents: int):
        super().__init__(name="g_start", autocast=False)
        make = make.within(self.name)
        self.linear = make.made(_Linear, "linear", width, "linear", stddev=latents**-0.5)
        start = keras.initializers.RandomNormal(stddev=1.0, seed=make.seed("basis"))
        self.basis = self.add_weight(name="basis", shape=(4, 4, width), initializer=start)
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        del z, labels
        return tf.cast(self.basis, x.dtype) * self.linear(x, training=training)[:, None, None, :]


class _Sums(keras.layers.Layer):
    """[B, 4, 4, C] -> float32 [B, C], of every channel a weighted sum: a depthwise convolution of the whole map."""

    def __init__(self, make: Layers, width: int):
        super().__init__(name="d_sums", autocast=False)
        start = keras.initializers.RandomNormal(stddev=0.25, seed=make.seed("d_sums/basis"))
        self.basis = self.add_weight(name="basis", shape=(4, 4, width), initializer=start)
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        del z, labels, training
        return tf.reduce_sum(tf.cast(x, tf.float32) * self.basis, [1, 2])


class _Images(keras.layers.Layer):
    """Colors around [-1, 1] -> float32 around [0, 1], outside of training clipped to it."""

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        del z, labels
        images = 0.5 * tf.cast(x, tf.float32) + 0.5
        return images if training else tf.clip_by_value(images, 0.0, 1.0)


def _plain(make: Layers, name: str, inputs: int, filters: int) -> Conv:
    """A 1x1 convolution without a bias."""
    made: Conv = make.made(_Conv, name, filters, 1, 1, name, stddev=inputs**-0.5, use_bias=False)
    return made


def _blocks(make: Layers, prefix: str, stage: Stage, plan: Sequence[Stage]) -> list[Block]:
    """Those of a stage."""
    count = sum(each.blocks for each in plan)
    return [
        Block(make, f"{prefix}_s{stage.side}_block{i}", stage.width, stage.groups, count) for i in range(stage.blocks)
    ]


def _centered(images: tf.Tensor) -> tf.Tensor:
    """From [0, 1] to [-1, 1]."""
    return 2.0 * images - 1.0


def _groups(width: int, widest: int, cardinality: int) -> int:
    """Groups of a stage's 3x3 convolutions: 16 channels in each, or `cardinality` groups where it is widest."""
    groups = cardinality * width // widest if cardinality else width // 8
    if not groups or _EXPANSION * width % groups:
        raise UserError(
            f"option cardinality is {cardinality}, and {_EXPANSION * width} channels cannot be cut into {groups} "
            f"groups; the widest stage has {_EXPANSION * widest}; set another one, or 0 for groups of 16 channels"
        )
    return groups
