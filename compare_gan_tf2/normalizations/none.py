"""Activations as they are."""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf


class Normalization(keras.layers.Layer):
    """Gives its input back."""

    uses_batch_statistics = False

    def __init__(self, *, decay: float, epsilon: float, linear: Callable, reference: str, name: str):
        del decay, epsilon, linear, reference
        super().__init__(name=name)

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """x itself."""
        del z, labels, training
        return x
