"""A discriminator that also guesses the codes of images: InfoGAN's Q, on the same features (Chen et al. 2016)."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.architectures import _blocks
from compare_gan_tf2.architectures._blocks import Layers, flatten
from compare_gan_tf2.architectures.networks import Discriminator, Network
from compare_gan_tf2.options import Options

_HIDDEN = 128
_lrelu = _blocks.leaky_relu(0.2)


class CodedDiscriminator(Network):
    """An architecture's discriminator with a head of two layers, called as that is.

    Args:
        body: the discriminator, without labels.
        options: the task's; the head's layers are as the discriminator's others.
        units: outputs of the head.
    """

    def __init__(self, body: Discriminator, options: Options, units: int):
        make = Layers(options, "discriminator").within("codes")
        hidden = make.channels(_HIDDEN)
        super().__init__(
            "discriminator",
            [flatten, make.linear("q_fc1", hidden), make.norm("q_bn1"), _lrelu, make.linear("q_fc2", units)],
            0,
        )
        self.body = body
        self.guesses(tf.zeros([1, *body.features_shape]))

    def call(
        self, images: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """images [B, H, W, C] -> logits [B, 1], features [B, ...]."""
        logits, features = self.body(images, labels, training=training)
        return logits, features

    def guesses(self, features: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Of the codes behind images with these features: float32 [B, units]."""
        return tf.cast(self.follow(features, None, None, training), tf.float32)

    def outputs(self, images: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        """As `Discriminator.outputs`, and code_guesses."""
        found = self.body.outputs(images, labels)
        return found | {"code_guesses": self.guesses(found["features"])}
