"""Networks that give codes of images, and that judge images and codes in pairs, of the parts of any architecture."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable, Sequence
from types import ModuleType

import keras
import tensorflow as tf

from compare_gan_tf2.architectures import _blocks
from compare_gan_tf2.architectures._blocks import Layers, Linear, flatten
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.options import Options

_lrelu = _blocks.leaky_relu(0.2)
# ALI's, beside its networks for images of 32 pixels (Dumoulin et al. 2017, appendix A).
_CODE_UNITS, _PAIR_UNITS = 512, 1024


class CodeEncoder(Network):
    """images float32 [B, H, W, C] in [0, 1] -> float32 [B, n]: codes, or what makes a distribution of them."""

    def __init__(self, chain: Sequence[Callable], *, image_shape: tuple[int, int, int]):
        super().__init__("encoder", chain, 0)
        self(tf.zeros([1, *image_shape]))

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        return tf.cast(self.follow(images, None, None, training), tf.float32)

    def outputs(self, images: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        """What a user of the trained network is given where it judges images: what it gives, as features."""
        del labels
        return {"features": self(images, training=False)}


class JoinCodes(keras.layers.Layer):
    """Where codes, after links of their own, come to what was made of images; a link of a chain.

    Args:
        name: of the layer.
        chain: links from codes [B, Z] to [B, n].
        adds: whether they are added to the images' [B, n]; else both are put side by side.
    """

    def __init__(self, name: str, chain: Sequence[Callable], *, adds: bool):
        super().__init__(name=name, autocast=False)
        self.chain = list(chain)
        self._adds = adds
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """x [B, ...] and codes z [B, Z] -> [B, n], or [B, n of x + n of z]."""
        del labels
        codes = tf.cast(z, x.dtype)
        for link in self.chain:
            codes = link(codes, training=training) if isinstance(link, keras.layers.Layer) else link(codes)
        return x + codes if self._adds else tf.concat([flatten(x), codes], axis=1)


class JointDiscriminator(Network):
    """(images float32 [B, H, W, C] in [0, 1], codes float32 [B, Z]) -> logits float32 [B, 1] of the pairs.

    Args:
        chain: one of its links is a `JoinCodes`.
        head: makes logits of what the chain gives.
        image_shape: of the images.
        code_length: Z.
    """

    def __init__(self, chain: Sequence[Callable], head: Linear, *, image_shape: tuple[int, int, int], code_length: int):
        super().__init__("discriminator", chain, 0)
        self.head = head
        self._of_images = next(i for i, link in enumerate(self.chain) if isinstance(link, JoinCodes))
        self(tf.zeros([1, *image_shape]), tf.zeros([1, code_length]))

    def call(self, images: tf.Tensor, codes: tf.Tensor, training: bool = False) -> tf.Tensor:
        joined = self.follow(images, codes, None, training)
        return self.head(tf.cast(flatten(joined), tf.float32), training=training)

    def outputs(self, images: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        """What it knows of images without codes: features float32 [B, n], what is joined with the codes."""
        del labels
        features = self.follow(images, None, None, False, self.chain[: self._of_images])
        return {"features": tf.cast(flatten(features), tf.float32)}


def code_encoder(
    architecture: ModuleType, image_shape: tuple[int, int, int], options: Options, units: int
) -> CodeEncoder:
    """The architecture's own encoder of codes, or else its discriminator up to the features, and a linear layer.

    Args:
        architecture: the component.
        image_shape: of the images.
        options: the task's; those of the discriminator's layers count.
        units: outputs of the encoder.
    """
    if hasattr(architecture, "code_encoder"):
        made: CodeEncoder = architecture.code_encoder(image_shape, options, units)
        return made
    other = of_encoder(options)
    body = architecture.discriminator(image_shape, other, 0)
    return CodeEncoder(
        [*body.chain, flatten, Layers(other, "discriminator").linear("code", units)], image_shape=image_shape
    )


def of_encoder(options: Options, **changes: str) -> Options:
    """Options, some of them changed, by which a discriminator's layers start as an encoder, with other kernels."""
    seed = zlib.crc32(f"{options.seed}/encoder".encode()) & 0x3FFFFFFF
    return dataclasses.replace(options, seed=seed, **changes)  # type: ignore[arg-type]


def joint_discriminator(
    architecture: ModuleType, image_shape: tuple[int, int, int], options: Options, code_length: int
) -> JointDiscriminator:
    """The architecture's own, or else its discriminator up to the features, which meet the codes late, as in ALI."""
    if hasattr(architecture, "joint_discriminator"):
        made: JointDiscriminator = architecture.joint_discriminator(image_shape, options, code_length)
        return made
    body = architecture.discriminator(image_shape, options, 0)
    make = Layers(options, "discriminator")
    units, pair_units = make.channels(_CODE_UNITS), make.channels(_PAIR_UNITS)
    of_codes: list[Callable] = [make.linear("code_fc1", units), _lrelu, make.linear("code_fc2", units), _lrelu]
    joined: list[Callable] = [JoinCodes("codes", of_codes, adds=False), make.linear("pair_fc1", pair_units), _lrelu]
    return JointDiscriminator(
        [*body.chain, *joined], make.linear("pair_fc2", 1), image_shape=image_shape, code_length=code_length
    )
