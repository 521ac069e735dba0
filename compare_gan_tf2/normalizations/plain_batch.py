"""Batch norm without gain and offset: activations with mean 0 and variance 1 (Ioffe and Szegedy 2015).

BiGAN's networks for MNIST have it (Donahue et al. 2017), and CoGAN's generators (Liu and Tuzel 2016).
"""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.normalizations._standardize import Standardize


class Normalization(Standardize):
    """x_hat itself."""

    def build_gain(self, channels: int) -> None:
        """There is none."""

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """x [B, C] or [B, H, W, C] -> same shape; z and labels are not looked at."""
        del z, labels
        return self.standardize(x, training)
