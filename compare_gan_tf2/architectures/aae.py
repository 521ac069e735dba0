"""Adversarial autoencoder's networks: fully connected, two hidden layers of 1000 units each (Makhzani et al. 2015).

No layer is normalized. Labels stand beside the latents. Any image size; encoders of codes are the discriminator up to
its features, and a linear layer.
"""

from __future__ import annotations

import math

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, flatten, relu, reshape, sigmoid
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.options import Options, architecture_limits

DISCRIMINATOR_NORMALIZES = False
IMPLIES = {"g_normalization": "none", "initializer_stddev": 0.01}
JOINS_LABELS = True

_HIDDEN = 1000


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """Two hidden layers and a sigmoid per pixel and channel."""
    architecture_limits.check("aae", image_shape, options, bool(num_classes))
    make = Layers(options, "generator")
    hidden = make.channels(_HIDDEN)
    return Generator(
        [
            _JoinLabels("g_labels"),
            make.linear("g_fc1", hidden), relu,
            make.linear("g_fc2", hidden), relu,
            make.linear("g_fc3", math.prod(image_shape)), reshape(*image_shape), sigmoid,
        ],
        z_dim=options.z_dim,
        num_classes=num_classes,
    )  # fmt: skip


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """Pixels moved to [-1, 1], two hidden layers; features are the second's [B, 1000]."""
    architecture_limits.check("aae", image_shape, options, bool(num_classes))
    make = Layers(options, "discriminator")
    hidden = make.channels(_HIDDEN)
    return Discriminator(
        [
            lambda x: 2.0 * flatten(x) - 1.0,
            make.linear("d_fc1", hidden), relu,
            make.linear("d_fc2", hidden), relu,
        ],
        make.linear("d_fc3", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )  # fmt: skip


class _JoinLabels(keras.layers.Layer):
    """x [B, Z] and labels [B, classes] -> [B, Z + classes]; x itself without labels."""

    def __init__(self, name: str):
        super().__init__(name=name, autocast=False)
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        del z, training
        return x if labels is None else tf.concat([x, tf.cast(labels, x.dtype)], axis=1)
