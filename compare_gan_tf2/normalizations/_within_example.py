"""The common core of the normalizations that look at one example at a time, the same in training and evaluation."""

from __future__ import annotations

import abc

import tensorflow as tf

from compare_gan_tf2.normalizations._base import BaseNormalization


class WithinExample(BaseNormalization):
    """gamma (x - mean) / sqrt(variance + epsilon) + beta; gamma and beta [C], the moments of the example's own axes."""

    def build(self, x_shape: tuple, z_shape: tuple | None = None, labels_shape: tuple | None = None) -> None:
        # In the reference's order.
        self.beta = self.add_weight(name="beta", shape=(x_shape[-1],), initializer="zeros")
        self.gamma = self.add_weight(name="gamma", shape=(x_shape[-1],), initializer="ones")

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """x [B, C] or [B, H, W, C] -> same shape; z, labels and training are not looked at."""
        del z, labels, training
        return tf.cast(self.standardize(tf.cast(x, tf.float32)) * self.gamma + self.beta, x.dtype)

    @abc.abstractmethod
    def standardize(self, x: tf.Tensor) -> tf.Tensor:
        """float32 x without its mean and variance."""


def standardized(x: tf.Tensor, axes: list[int], epsilon: float, *, stops_at_mean: bool = False) -> tf.Tensor:
    """(x - mean) / sqrt(variance + epsilon) with the biased moments over these axes.

    Args:
        x: float32.
        axes: over which moments are taken.
        epsilon: added to the variance.
        stops_at_mean: whether the variance's gradient stops at the mean, as in tf.nn.moments. First derivatives are
            the same; second ones, which gradient penalties take, are those of compare_gan's versions.
    """
    mean = tf.reduce_mean(x, axes, keepdims=True)
    deviation = x - mean
    of_variance = x - tf.stop_gradient(mean) if stops_at_mean else deviation
    return deviation * tf.math.rsqrt(tf.reduce_mean(tf.square(of_variance), axes, keepdims=True) + epsilon)
