"""Networks that judge codes alone, as adversarial autoencoders have them (Makhzani et al. 2015)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, relu
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
