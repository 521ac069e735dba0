"""Networks of adversarial autoencoders beside any architecture's: codes in parts, and what judges them alone.

Makhzani et al. (2015) have them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType

import tensorflow as tf

from compare_gan_tf2.architectures import joint
from compare_gan_tf2.architectures._blocks import Layers, Linear, relu
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.options import Options

_HIDDEN = 1000


class CodeDiscriminator(Network):
    """codes float32 [B, n] -> logits float32 [B, 1] that a code comes from the prior, and from no image.

    Args:
        name: of the network.
        chain: links from codes to logits.
        length: n.
    """

    def __init__(self, name: str, chain: Sequence[Callable], *, length: int):
        super().__init__(name, chain, 0)
        self(tf.zeros([1, length]))

    def call(self, codes: tf.Tensor, training: bool = False) -> tf.Tensor:
        return tf.cast(self.follow(codes, None, None, training), tf.float32)


class HeadedEncoder(Network):
    """images float32 [B, H, W, C] in [0, 1] -> parts of codes by name, float32 [B, n] each.

    Args:
        trunk: links from images to [B, features].
        heads: by the parts' names; an objective of one part leaves the other heads alone.
        image_shape: of the images.
    """

    def __init__(self, trunk: Sequence[Callable], heads: Mapping[str, Linear], *, image_shape: tuple[int, int, int]):
        super().__init__("encoder", trunk, 0)
        self.heads = dict(heads)
        self(tf.zeros([1, *image_shape]))

    def call(self, images: tf.Tensor, training: bool = False) -> dict[str, tf.Tensor]:
        features = self.follow(images, None, None, training)
        return {name: tf.cast(head(features, training=training), tf.float32) for name, head in self.heads.items()}


def headed_encoder(
    architecture: ModuleType, image_shape: tuple[int, int, int], options: Options, units: Mapping[str, int]
) -> HeadedEncoder:
    """The architecture's encoder of codes (`joint.code_encoder`) with a linear layer for each part of the codes.

    Args:
        architecture: the component.
        image_shape: of the images.
        options: the task's.
        units: outputs by the parts' names.
    """
    *trunk, _ = joint.code_encoder(architecture, image_shape, options, 1).chain
    make = Layers(options, "discriminator").within("encoder")
    heads = {name: make.linear(f"code_{name}", number) for name, number in units.items()}
    return HeadedEncoder(trunk, heads, image_shape=image_shape)


def code_discriminator(options: Options, length: int, name: str) -> CodeDiscriminator:
    """The paper's, beside any architecture: two hidden layers of 1000, never normalized.

    Args:
        options: the task's; width, and those of the discriminator's kernels.
        length: of codes.
        name: of the network; networks of two names start differently.
    """
    make = Layers(options, "discriminator").within(name)
    hidden = make.channels(_HIDDEN)
    chain: list[Callable] = [
        make.linear("fc1", hidden), relu,
        make.linear("fc2", hidden), relu,
        make.linear("fc3", 1),
    ]  # fmt: skip
    return CodeDiscriminator(name, chain, length=length)
