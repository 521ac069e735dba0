"""Batch norm whose gain and offset are linear in the label (de Vries et al. 2017; Dumoulin et al. 2017)."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.normalizations._standardize import Standardize


class Normalization(Standardize):
    """(1 + y W_gamma) x_hat + y W_beta, without biases.

    compare_gan had no 1: its gain started near 0, and deep networks did not learn (google/compare_gan#54). In
    reference mode the 1 is left out again.
    """

    def build_gain(self, channels: int) -> None:
        self.gain = self._linear(channels, "gamma", use_bias=False)
        self.offset = self._linear(channels, "beta", use_bias=False)

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """x [B, C] or [B, H, W, C], labels float32 [B, Y] (one-hot or any embedding) -> shape of x."""
        del z
        if labels is None:
            raise ValueError("conditional batch norm needs labels")
        gain, offset = self.gain(labels, training=training), self.offset(labels, training=training)
        if self._reference == "none":
            gain = 1.0 + gain
        return self.modulate(x, gain, offset, training)
