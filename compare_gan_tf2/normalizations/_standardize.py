"""The common core of the batch normalizations: (x - mean) / sqrt(variance + epsilon), per channel."""

from __future__ import annotations

import abc

import tensorflow as tf

from compare_gan_tf2.normalizations._base import BaseNormalization
from compare_gan_tf2.runtime import layer_state


class Standardize(BaseNormalization):
    """Batch statistics in training, their moving averages in evaluation (Ioffe and Szegedy 2015, algorithms 1 and 2).

    Statistics are over all axes but the last, over the global batch when there are several replicas, biased, and
    computed in float32. Moving averages start at 0 and 1 and go m <- decay m + (1 - decay) batch; within
    `layer_state.cumulative(n)` they become the mean of n + 1 batches instead, m <- (n m + batch) / (n + 1).
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
        """Makes what turns the standardized activations into the output."""

    def standardize(
        self, x: tf.Tensor, training: bool, gain: tf.Tensor | None = None, offset: tf.Tensor | None = None
    ) -> tf.Tensor:
        """gain x_hat + offset, x_hat being x [..., C] with mean 0 and variance 1 per channel; same shape and dtype.

        Args:
            x: activations.
            training: whether its own moments are taken, and the moving ones moved.
            gain: float32 [C], or None for 1.
            offset: float32 [C], or None for 0.
        """
        has_kernel = x.dtype.size <= 4  # of float64 there is none
        if training and self._reference == "none" and _replicas() == 1 and has_kernel:
            return self._fused(x, gain, offset)
        wide = tf.cast(x, tf.float32)
        if training:
            mean, variance = _global_moments(wide, self._reference)
            self._move(mean, variance)
        else:
            mean, variance = tf.convert_to_tensor(self.moving_mean), tf.convert_to_tensor(self.moving_variance)
        scale = tf.math.rsqrt(variance + self._epsilon)
        y = wide * scale - mean * scale if self._reference == "v3" else (wide - mean) * scale
        y = tf.cast(y, x.dtype)
        y = y if gain is None else y * tf.cast(gain, x.dtype)
        return y if offset is None else y + tf.cast(offset, x.dtype)

    def modulate(self, x: tf.Tensor, gain: tf.Tensor, offset: tf.Tensor, training: bool) -> tf.Tensor:
        """gain x_hat + offset, same shape and dtype as x, with gain and offset [B, C] of each example."""
        per_example = [-1] + [1] * (x.shape.rank - 2) + [x.shape[-1]]
        gain, offset = tf.reshape(gain, per_example), tf.reshape(offset, per_example)
        return self.standardize(x, training) * tf.cast(gain, x.dtype) + tf.cast(offset, x.dtype)

    def _fused(self, x: tf.Tensor, gain: tf.Tensor | None, offset: tf.Tensor | None) -> tf.Tensor:
        """`standardize` in training on one device, as one kernel: several times faster than the formulas one by one.

        Its statistics are float32 whatever x is, and its gradient has a gradient.
        """
        channels = x.shape[-1]
        found = tf.raw_ops.FusedBatchNormV3(
            x=tf.reshape(x, [-1, 1, 1, channels]) if x.shape.rank == 2 else x,
            scale=tf.ones([channels]) if gain is None else tf.convert_to_tensor(gain),
            offset=tf.zeros([channels]) if offset is None else tf.convert_to_tensor(offset),
            mean=[],
            variance=[],
            epsilon=self._epsilon,
            is_training=True,
        )
        count = tf.cast(tf.size(x) // channels, tf.float32)
        # The kernel's variance is the unbiased one, and that of a single number is 0 to it.
        self._move(found.batch_mean, found.batch_variance * tf.maximum(count - 1.0, 1.0) / count)
        return tf.reshape(found.y, tf.shape(x)) if x.shape.rank == 2 else found.y

    def _move(self, mean: tf.Tensor, variance: tf.Tensor) -> None:
        """Takes a batch's moments into the moving ones, where they may move."""
        layer_state.follow(self.moving_mean, mean, self._decay)
        layer_state.follow(self.moving_variance, variance, self._decay)


def _replicas() -> int:
    context = tf.distribute.get_replica_context()
    return 1 if context is None else context.num_replicas_in_sync


def _global_moments(x: tf.Tensor, reference: str) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and biased variance [C] over all axes but the last and over all replicas, whose shares are equal.

    By default not as tf.nn.moments, which stops the variance's gradient at the mean: that is right for first
    derivatives and wrong for the second ones that gradient penalties take. compare_gan v1 and v2 had it. In two
    passes, because E[x^2] - E[x]^2 loses digits and can be negative; v3 took one.
    """
    axes = list(range(x.shape.rank - 1))

    def over_all(values: tf.Tensor) -> tf.Tensor:
        share, context = tf.reduce_mean(values, axes), tf.distribute.get_replica_context()
        if _replicas() == 1:
            return share
        return context.all_reduce(tf.distribute.ReduceOp.MEAN, share)

    mean = over_all(x)
    if reference == "v3":
        return mean, over_all(tf.square(x)) - tf.square(mean)
    center = mean if reference == "none" else tf.stop_gradient(mean)
    return mean, over_all(tf.math.squared_difference(x, center))
