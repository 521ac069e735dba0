"""Gaussian noise on activations, in training only; its numbers are those of its rows."""

from __future__ import annotations

import keras
import tensorflow as tf

from compare_gan_tf2.runtime import draws


class GaussianNoise(keras.layers.Layer):
    """x [B, ...] + stddev N(0, 1) in training mode; in inference mode, and outside of a training step, x itself.

    Neither replicas nor microbatches change the noise of a row.

    Args:
        stddev: of the noise.
        name: of the layer; layers of one network have different noise if they have different names.
    """

    def __init__(self, stddev: float, name: str):
        super().__init__(name=name, autocast=False)
        self.stddev = stddev
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        del z, labels
        if not training or not draws.is_drawing():
            return x
        noise = draws.rows_of("normal", draws.counted(f"noise/{self.name}"), list(x.shape))
        return x + tf.cast(self.stddev * noise, x.dtype)
