"""BigBiGAN's encoder and discriminator, of the parts of any architecture (Donahue and Simonyan 2019, section 2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType

import keras
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.architectures import _blocks
from compare_gan_tf2.architectures._blocks import Layers, Linear, flatten, spatial_mean
from compare_gan_tf2.architectures.joint import of_encoder
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.options import Options

SCORES = ("x", "z", "xz")

_lrelu = _blocks.leaky_relu(0.2)
# For images of 32 and 64 pixels; the paper's networks for 128 pixels have 2048 units, and four blocks.
_UNITS, _BLOCKS = 256, 3


class PooledEncoder(Network):
    """images float32 [B, H, W, C] in [0, 1] -> float32 [B, n]: what makes a distribution of codes.

    Args:
        chain: from images to features.
        head: from features, pooled, to the outputs.
        image_shape: of the images.
    """

    def __init__(self, chain: Sequence[Callable], head: Linear, *, image_shape: tuple[int, int, int]):
        super().__init__("encoder", chain, 0)
        self.head = head
        self(tf.zeros([1, *image_shape]))

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        made: tf.Tensor = self.head(self.pooled(images, training), training=training)
        return made

    def pooled(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Features float32 [B, F]; of a map the means over space."""
        features = self.follow(images, None, None, training)
        return spatial_mean(features) if features.shape.rank == 4 else tf.cast(flatten(features), tf.float32)


class ResidualDense(keras.layers.Layer):
    """x + f(x), f two linear layers behind leaky ReLU each; a link of a chain, x [B, n]."""

    def __init__(self, name: str, make: Layers, units: int):
        super().__init__(name=name, autocast=False)
        make = make.within(name)
        self.first, self.second = make.linear("fc1", units), make.linear("fc2", units)
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        del z, labels
        hidden = self.first(_lrelu(x), training=training)
        return x + self.second(_lrelu(hidden), training=training)


class ScoredPairs(Network):
    """(images float32 [B, H, W, C] in [0, 1], codes float32 [B, Z]) -> scores float32 [B, 3].

    They are linear, and in the order of SCORES: of the images' features, of the codes', and of both together.

    Args:
        chain: from images to features.
        of_codes: from codes to features.
        of_pairs: from both, side by side, to those of pairs.
        heads: of the three scores.
        image_shape: of the images.
        code_length: Z.
    """

    def __init__(
        self,
        chain: Sequence[Callable],
        of_codes: Sequence[Callable],
        of_pairs: Sequence[Callable],
        heads: Sequence[Linear],
        *,
        image_shape: tuple[int, int, int],
        code_length: int,
    ):
        super().__init__("discriminator", chain, 0)
        self.of_codes, self.of_pairs, self.heads = list(of_codes), list(of_pairs), list(heads)
        self(tf.zeros([1, *image_shape]), tf.zeros([1, code_length]))

    def call(self, images: tf.Tensor, codes: tf.Tensor, training: bool = False) -> tf.Tensor:
        x = flatten(self.follow(images, None, None, training))
        z = self.follow(codes, None, None, training, self.of_codes)
        pairs = self.follow(tf.concat([x, tf.cast(z, x.dtype)], axis=1), None, None, training, self.of_pairs)
        scores = [
            head(tf.cast(each, tf.float32), training=training)
            for head, each in zip(self.heads, (x, z, pairs), strict=True)
        ]
        return tf.concat(scores, axis=1)

    def outputs(self, images: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        """What it knows of images without codes: features float32 [B, n], and their score [B, 1]."""
        del labels
        features = tf.cast(flatten(self.follow(images, None, None, False)), tf.float32)
        return {"features": features, "score_x": self.heads[0](features, training=False)}


def pooled_encoder(
    architecture: ModuleType, image_shape: tuple[int, int, int], options: Options, units: int
) -> PooledEncoder:
    """The architecture's discriminator up to its features, pooled, and a linear layer.

    Its kernels are not normalized, and its activations by batch norm, where the architecture has a place for that.
    """
    normalizes = components.facts("architectures", options.architecture)["DISCRIMINATOR_NORMALIZES"]
    own = of_encoder(options, d_normalization="batch" if normalizes else "none", d_weight_normalization="none")
    body = architecture.discriminator(image_shape, own, 0)
    return PooledEncoder(body.chain, Layers(own, "discriminator").linear("code", units), image_shape=image_shape)


def scored_pairs(
    architecture: ModuleType, image_shape: tuple[int, int, int], options: Options, code_length: int
) -> ScoredPairs:
    """The architecture's discriminator up to its features; residual blocks for codes and for pairs."""
    make = Layers(options, "discriminator")
    units = make.channels(_UNITS)

    def residual(part: str) -> list[Callable]:
        blocks = [ResidualDense(f"{part}_block{i}", make, units) for i in range(1, _BLOCKS + 1)]
        return [make.linear(f"{part}_fc", units), *blocks, _lrelu]

    return ScoredPairs(
        architecture.discriminator(image_shape, options, 0).chain,
        residual("codes"),
        residual("pairs"),
        [make.linear(f"score_{name}", 1) for name in SCORES],
        image_shape=image_shape,
        code_length=code_length,
    )
