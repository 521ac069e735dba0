"""Batch norm whose gain and offset are computed from the latents (Chen et al. 2019, equations 1 and 2)."""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf

from compare_gan_tf2.normalizations._standardize import Standardize


class Normalization(Standardize):
    """gamma(z) x_hat + beta(z), with gamma(z) = h W_gamma + b_gamma, beta(z) = h W_beta + b_beta, h = relu(z W + b).

    h has as many units as option self_modulation_units says, 32 in the paper; with 0 of them h is z itself. b_gamma
    starts at 1 and the other biases at 0, so that the layer starts near plain batch norm. Kernels are normalized as
    the network's others are.
    """

    def build_gain(self, channels: int) -> None:
        self.modulation = _Modulation(channels, self._self_modulation_units, self._linear)

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """x [B, C] or [B, H, W, C], z float32 [B, Z] -> shape of x; labels are not looked at."""
        del labels
        if z is None:
            raise ValueError("self-modulated batch norm needs latents, which only generators have")
        gain, offset = self.modulation(z, training=training)
        return self.modulate(x, gain, offset, training)


class _Modulation(keras.layers.Layer):
    """z [B, Z] -> gain [B, C], offset [B, C]. A layer of its own for the scope `sbn` that compare_gan's names have."""

    def __init__(self, channels: int, hidden_units: int, linear: Callable[..., keras.layers.Layer]):
        super().__init__(name="sbn", autocast=False)
        self._hidden_units = hidden_units
        self.hidden = linear(hidden_units, "hidden", use_bias=True) if hidden_units else None
        self.gamma = linear(channels, "gamma", use_bias=True, bias_start=1.0)
        self.beta = linear(channels, "beta", use_bias=True)

    def build(self, z_shape: tuple) -> None:
        """Nothing: the linear layers build themselves at their first call; Keras must not try it by a trial run."""

    def call(self, z: tf.Tensor, training: bool = False) -> tuple[tf.Tensor, tf.Tensor]:
        h = z if self.hidden is None else tf.nn.relu(self.hidden(z, training=training))
        return self.gamma(h, training=training), self.beta(h, training=training)
