"""A discriminator that gives a logit for each class, and features, of the parts of any architecture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, flatten
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.options import Options


class ClassDiscriminator(Network):
    """images float32 [B, H, W, C] in [0, 1] -> logits float32 [B, outputs], features float32 [B, F].

    Args:
        chain: makes the features, which are flattened.
        head: links that make the logits of these.
        image_shape: of the images.

    Attributes:
        compared: gives what is added to the logits for how features of a batch resemble each other, or None; see
            `minibatch_discrimination`.
    """

    def __init__(self, chain: Sequence[Callable], head: Sequence[Callable], *, image_shape: tuple[int, ...]):
        super().__init__("discriminator", chain, 0)
        self.head = list(head)
        self.compared: keras.layers.Layer | None = None
        logits, features = self(tf.zeros([1, *image_shape]))
        self.outputs_number = int(logits.shape[-1])
        self.features_shape = tuple(features.shape[1:])

    def call(
        self, images: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor]:
        del labels
        features = flatten(tf.cast(self.follow(images, None, None, training), tf.float32))
        logits = tf.cast(self.follow(features, None, None, training, self.head), tf.float32)
        if self.compared is not None:
            logits += self.compared(features, training=training)
        return logits, features

    def outputs(self, images: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        """What a user of the trained network is given: logits of the classes, and features."""
        logits, features = self(images, labels, training=False)
        return {"logits": logits, "features": features}


def class_discriminator(
    architecture: ModuleType, image_shape: tuple[int, int, int], options: Options, outputs: int
) -> ClassDiscriminator:
    """The architecture's own, or else its discriminator up to the features, and a linear layer.

    Args:
        architecture: the component.
        image_shape: of the images.
        options: the task's.
        outputs: how many logits there are.
    """
    if hasattr(architecture, "class_discriminator"):
        made: ClassDiscriminator = architecture.class_discriminator(image_shape, options, outputs)
        return made
    body = architecture.discriminator(image_shape, options, 0)
    head = Layers(options, "discriminator").linear("d_classes", outputs)
    return ClassDiscriminator(body.chain, [head], image_shape=image_shape)
