"""Batch norm with a learned offset per channel and no gain, the default of TF-Slim."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.normalizations._standardize import Standardize


class Normalization(Standardize):
    """x_hat + beta; beta starts at 0."""

    def build_gain(self, channels: int) -> None:
        self.beta = self.add_weight(name="beta", shape=(channels,), initializer="zeros")

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """x [B, C] or [B, H, W, C] -> same shape; z and labels are not looked at."""
        del z, labels
        return self.standardize(x, training, offset=self.beta)
