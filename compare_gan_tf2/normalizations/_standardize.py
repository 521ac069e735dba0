"""The common core of the batch normalisations: (x - mean) / sqrt(variance + epsilon), per channel."""

from __future__ import annotations

import abc
from collections.abc import Callable

import keras
import tensorflow as tf

from compare_gan_tf2 import state


class Standardize(keras.layers.Layer):
    """Batch statistics in training, their moving averages in evaluation (Ioffe and Szegedy 2015, algorithms 1 and 2).

    Statistics are over all axes but the last, over the global batch when there are several replicas, biased, and
    computed in float32. Moving averages start at 0 and 1 and go m <- decay m + (1 - decay) batch.

    Args:
        decay: of the moving averages, per update.
        epsilon: added to the variance.
        linear: linear(units, name) makes a linear layer without bias, with the network's initialiser and kernel
            normalisation, for normalisations that compute their gain; unused by the others.
        reference: version of compare_gan to be exact about, or "none".
        name: of the layer.
    """

    uses_batch_statistics = True

    def __init__(self, *, decay: float, epsilon: float, linear: Callable, reference: str, name: str):
        super().__init__(name=name)
        self._decay = decay
        self._epsilon = epsilon
        self._linear = linear
        self._reference = reference

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
            mean, variance = _global_moments(wide)
            if state.moves(state.STATISTICS, training):
                self._move(self.moving_mean, mean)
                self._move(self.moving_variance, variance)
        else:
            mean, variance = tf.convert_to_tensor(self.moving_mean), tf.convert_to_tensor(self.moving_variance)
        return tf.cast((wide - mean) * tf.math.rsqrt(variance + self._epsilon), x.dtype)

    def _move(self, moving: keras.Variable, batch: tf.Tensor) -> None:
        moving.assign(self._decay * moving + (1.0 - self._decay) * tf.stop_gradient(batch))


def _global_moments(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and biased variance [C] over all axes but the last and over all replicas, whose shares are equal.

    Not tf.nn.moments: it stops the gradient at the mean, which is right for first derivatives and wrong for the second
    ones that gradient penalties take. In two passes, because E[x^2] - E[x]^2 loses digits and can be negative.
    """
    axes = list(range(x.shape.rank - 1))
    context = tf.distribute.get_replica_context()

    def over_replicas(share: tf.Tensor) -> tf.Tensor:
        if context is None or context.num_replicas_in_sync == 1:
            return share
        return context.all_reduce(tf.distribute.ReduceOp.MEAN, share)

    mean = over_replicas(tf.reduce_mean(x, axes))
    return mean, over_replicas(tf.reduce_mean(tf.math.squared_difference(x, mean), axes))
