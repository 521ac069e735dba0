"""Batch norm with a learned gain and offset per channel (Ioffe and Szegedy 2015)."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.normalizations._standardize import Standardize


class Normalization(Standardize):
    """gamma x_hat + beta; gamma starts at 1, beta at 0."""

    def build_gain(self, channels: int) -> None:
        self.gamma = self.add_weight(name="gamma", shape=(channels,), initializer="ones")
        self.beta = self.add_weight(name="beta", shape=(channels,), initializer="zeros")

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """x [B, C] or [B, H, W, C] -> same shape; z and labels are not looked at."""
        del z, labels
        return self.standardize(x, training, self.gamma, self.beta)
