"""Labels among a network's inputs: beside latents or pixels, or as vectors that latents are multiplied with."""

from __future__ import annotations

import dataclasses
from types import ModuleType
from typing import Any

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, Linear, flatten
from compare_gan_tf2.architectures.networks import Network
from compare_gan_tf2.options import Options


class JoinLabels(keras.layers.Layer):
    """[B, ...] and labels -> [B, n + units], flat, with the class's learned vector behind; a link of a chain.

    Args:
        name: of the layer.
        vector: of `Layers.vector_of_class`.
    """

    def __init__(self, name: str, vector: Linear):
        super().__init__(name=name, autocast=False)
        self.vector = vector
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """Labels are float32 [B, classes], as of `Network.one_hot`."""
        del z
        return tf.concat([flatten(x), tf.cast(self.vector(labels, training=training), x.dtype)], axis=1)


class LabeledGenerator(Network):
    """(z float32 [B, z_dim], labels) -> images float32 [B, H, W, C] in [0, 1], of latents that the label is put into.

    Args:
        body: an architecture's generator, which takes what becomes of the latents.
        z_dim: of the latents without labels.
        num_classes: of the labels.
        vector: of `Layers.vector_of_class`, which latents are multiplied with number by number; None puts the label
            behind them as a vector of zeros with a one (Mirza and Osindero 2014; Odena et al. 2017).
    """

    def __init__(self, body: Any, *, z_dim: int, num_classes: int, vector: Linear | None):
        super().__init__("generator", [], num_classes)
        self.body, self.z_dim, self.vector = body, z_dim, vector
        self(tf.zeros([1, z_dim]), tf.zeros([1], tf.int32))

    def call(self, z: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False) -> tf.Tensor:
        classes = self.one_hot(labels)
        if self.vector is None:
            latents = tf.concat([z, classes], axis=1)
        else:
            latents = z * self.vector(classes, training=training)
        return self.body(latents, labels, training=training)


def labeled_generator(
    architecture: ModuleType, image_shape: tuple[int, int, int], options: Options, num_classes: int
) -> keras.Model:
    """The architecture's generator, which sees labels as option g_conditioning says.

    Args:
        architecture: the component; one that joins labels with its latents itself does so.
        image_shape: of the images.
        options: the task's.
        num_classes: of the labels; 0 for an unconditional model.
    """
    way = options.g_conditioning
    joins = getattr(architecture, "JOINS_LABELS", False)
    if not num_classes or way == "normalization" or joins:
        made: keras.Model = architecture.generator(image_shape, options, num_classes)
        return made
    vector, more = None, num_classes
    if way == "multiplication":
        vector, more = Layers(options, "generator").vector_of_class("g_label", options.z_dim), 0
    wider = dataclasses.replace(options, z_dim=options.z_dim + more)
    body = architecture.generator(image_shape, wider, num_classes)
    return LabeledGenerator(body, z_dim=options.z_dim, num_classes=num_classes, vector=vector)
