"""PReLU: leaky ReLU whose slope is trained."""

from __future__ import annotations

import keras
import tensorflow as tf

_SLOPE = 0.25


class PRelu(keras.layers.Layer):
    """max(x, 0) + a min(x, 0), with one trained number a of the whole layer, 0.25 at the start (He et al. 2015)."""

    def __init__(self, name: str):
        super().__init__(name=name, autocast=False)

    def build(self, x_shape: tuple, z_shape: tuple | None = None, labels_shape: tuple | None = None) -> None:
        self.slope = self.add_weight(name="slope", shape=(1,), initializer=keras.initializers.Constant(_SLOPE))

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        del z, labels, training
        return tf.maximum(x, 0.0) + tf.cast(tf.convert_to_tensor(self.slope), x.dtype) * tf.minimum(x, 0.0)
