"""The common core of the batch normalisations: (x - mean) / sqrt(variance + epsilon), per channel."""

from __future__ import annotations

import abc

import keras
import tensorflow as tf

from compare_gan_tf2 import state
from compare_gan_tf2.normalizations._base import BaseNormalization


class Standardize(BaseNormalization):
    """Batch statistics in training, their moving averages in evaluation (Ioffe and Szegedy 2015, algorithms 1 and 2).

    Statistics are over all axes but the last, over the global batch when there are several replicas, biased, and
    computed in float32. Moving averages start at 0 and 1 and go m <- decay m + (1 - decay) batch; within
    `state.cumulative(n)` they become the mean of n + 1 batches instead, m <- (n m + batch) / (n + 1).
    """

    uses_batch_statistics = True

    def build(self, x_shape: tuple, z_shape: tuple | None = None, labels_shape: tuple | None = None) -> None:
        channels = x_shape[-1]
        self.build_gain(channels)
        self.moving_mean = self.add_weight(name="moving_mean", shape=(channels,), initializer="zeros", trainable=False)
        self.moving_variance = self.add_weight(
            name="moving_variance", shape=(channels,), initializer="ones", trainable=False
        )

    @abc.abstractmethod
    def build_gain(self, channels: int) -> None:
        """Makes what turns the standardised activations into the output."""

    def standardize(self, x: tf.Tensor, training: bool) -> tf.Tensor:
        """x [..., C] with mean 0 and variance 1 per channel, same dtype."""
        wide = tf.cast(x, tf.float32)
        if training:
            mean, variance = _global_moments(wide, in_one_pass=self._reference == "v3")
            if state.moves(state.STATISTICS, training):
                self._move(self.moving_mean, mean)
                self._move(self.moving_variance, variance)
        else:
            mean, variance = tf.convert_to_tensor(self.moving_mean), tf.convert_to_tensor(self.moving_variance)
        scale = tf.math.rsqrt(variance + self._epsilon)
        if self._reference == "v3":
            return tf.cast(wide * scale - mean * scale, x.dtype)
        return tf.cast((wide - mean) * scale, x.dtype)

    def modulate(self, x: tf.Tensor, gain: tf.Tensor, offset: tf.Tensor, training: bool) -> tf.Tensor:
        """gain x_hat + offset, same shape and dtype as x, with gain and offset [B, C] of each example."""
        per_example = [-1] + [1] * (x.shape.rank - 2) + [x.shape[-1]]
        gain, offset = tf.reshape(gain, per_example), tf.reshape(offset, per_example)
        return self.standardize(x, training) * tf.cast(gain, x.dtype) + tf.cast(offset, x.dtype)

    def _move(self, moving: keras.Variable, batch: tf.Tensor) -> None:
        batch, number = tf.stop_gradient(batch), state.batches_averaged()
        if number is None:
            moving.assign(self._decay * moving + (1.0 - self._decay) * batch)
        else:
            number = tf.cast(number, tf.float32)
            moving.assign((number * moving + batch) / (number + 1.0))


def _global_moments(x: tf.Tensor, in_one_pass: bool) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and biased variance [C] over all axes but the last and over all replicas, whose shares are equal.

    Not tf.nn.moments: it stops the gradient at the mean, which is right for first derivatives and wrong for the second
    ones that gradient penalties take. In two passes, because E[x^2] - E[x]^2 loses digits and can be negative; in one
    it is what compare_gan v3 did.
    """
    axes = list(range(x.shape.rank - 1))
    context = tf.distribute.get_replica_context()

    def over_all(values: tf.Tensor) -> tf.Tensor:
        share = tf.reduce_mean(values, axes)
        if context is None or context.num_replicas_in_sync == 1:
            return share
        return context.all_reduce(tf.distribute.ReduceOp.MEAN, share)

    mean = over_all(x)
    if in_one_pass:
        return mean, over_all(tf.square(x)) - tf.square(mean)
    return mean, over_all(tf.math.squared_difference(x, mean))
