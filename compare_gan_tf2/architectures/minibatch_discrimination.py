"""Minibatch discrimination: a discriminator sees how much features of a batch resemble each other.

Salimans et al. (2016), section 3.2, in the form of the authors' layer for MNIST, SVHN and CIFAR-10.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, Linear, flatten
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import data_start, draws, layer_state
from compare_gan_tf2.runtime.replicas import gathered, global_mean

# Deviation of the directions, whose lengths are learned apart, and the start of the biases.
_STDDEV, _BIAS = 0.05, -1.0


class MinibatchDiscrimination(keras.layers.Layer):
    """features [B, F] -> [B, kernels]: b + the sum over the batch's other rows of exp(-|M_i - M_j|_1), M = f T.

    T [F, kernels, dims] is theta with every output's direction made of length exp(log_weight_scale). The batch is that
    of all replicas; real and generated images that are judged in one call are batches of their own. In inference mode a
    row has no others: it gets the moving average of these sums over training, so that it stands for itself.

    Args:
        kernels: numbers that a row gets.
        dims: along which rows are compared for each of them.
        seed: of the start.
        decay: of the moving average, per update.
        name: of the layer.
    """

    def __init__(self, kernels: int, dims: int, *, seed: int, decay: float, name: str):
        super().__init__(name=name, autocast=False)
        self._kernels, self._dims, self._seed, self._decay = kernels, dims, seed, decay

    def build(self, input_shape: tuple) -> None:
        start = keras.initializers.RandomNormal(stddev=_STDDEV, seed=self._seed)
        shape = (self._kernels, self._dims)
        self.theta = self.add_weight(name="theta", shape=(input_shape[-1], *shape), initializer=start)
        self.log_weight_scale = self.add_weight(name="log_weight_scale", shape=shape, initializer="zeros")
        self.b = self.add_weight(name="b", shape=(self._kernels,), initializer=keras.initializers.Constant(_BIAS))
        self.moving_mean = self.add_weight(
            name="moving_mean", shape=(self._kernels,), initializer="zeros", trainable=False
        )

    def call(self, features: tf.Tensor, training: bool = False) -> tf.Tensor:
        """features float32 [B, F], of one batch or of several behind one another (`draws.behind_one_another`)."""
        if not training:
            return tf.repeat((self.moving_mean + self.b)[None], tf.shape(features)[0], axis=0)
        batches = draws.batches()
        each = [self._of_batch(batch) for batch in tf.split(features, batches)]
        sums = tf.concat([batch for batch, _ in each], 0)
        bias = tf.add_n([bias for _, bias in each]) / batches
        layer_state.follow(self.moving_mean, global_mean(tf.reduce_mean(sums, 0)), self._decay)
        return sums + bias

    def kernel(self) -> tf.Tensor:
        """T, float32 [F, kernels, dims]."""
        theta = tf.convert_to_tensor(self.theta)
        scale = tf.exp(self.log_weight_scale) * tf.math.rsqrt(tf.reduce_sum(tf.square(theta), 0))
        return theta * scale

    def _of_batch(self, features: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Sums [b, kernels] of one batch's rows, and the bias [kernels]."""
        projected = tf.einsum("bf,fkd->bkd", features, self.kernel())
        apart = distances(projected, gathered(projected))
        if not data_start.is_starting():
            return closeness(apart), tf.convert_to_tensor(self.b)
        nearest = 0.5 * global_mean(tf.reduce_mean(nearest_other(apart), 0))
        sums = closeness(apart / nearest)
        bias = -global_mean(tf.reduce_mean(sums, 0))
        scale = self.log_weight_scale - tf.math.log(nearest)[:, None]
        layer_state.propose(self.log_weight_scale, scale)
        layer_state.propose(self.b, bias)
        return sums, bias


class ComparedLogits(keras.layers.Layer):
    """features [B, ...] -> what minibatch discrimination adds to the logits, float32 [B, outputs].

    A linear layer behind features with these numbers beside them is the sum of two: the discriminator has the one.

    Args:
        make: makes the discriminator's layers.
        options: minibatch_kernels, minibatch_dims and batch_norm_decay of the task.
        outputs: logits of the discriminator.
    """

    def __init__(self, make: Layers, options: Options, outputs: int):
        super().__init__(name="minibatch", autocast=False)
        self.compare = MinibatchDiscrimination(
            options.minibatch_kernels, options.minibatch_dims,
            seed=make.seed("minibatch/compare"), decay=options.batch_norm_decay, name="compare",
        )  # fmt: skip
        self.linear: Linear = make.within("minibatch").linear("linear", outputs, use_bias=False)
        self.built = True

    def call(self, features: tf.Tensor, training: bool = False) -> tf.Tensor:
        compared = self.compare(flatten(tf.cast(features, tf.float32)), training=training)
        return self.linear(compared, training=training)


def attached(discriminator: Any, options: Options, outputs: int = 1) -> Any:
    """The discriminator, which compares the rows of a batch too where option minibatch_kernels asks for it.

    Args:
        discriminator: a `Discriminator` or `ClassDiscriminator`.
        options: of the task.
        outputs: its logits.
    """
    if options.minibatch_kernels:
        discriminator.compared = ComparedLogits(Layers(options, "discriminator"), options, outputs)
        discriminator.compared(tf.zeros([1, *discriminator.features_shape]))
    return discriminator


def distances(rows: tf.Tensor, others: tf.Tensor) -> tf.Tensor:
    """L1 distances [b, n, kernels] of rows [b, kernels, dims] from others [n, kernels, dims]."""
    return tf.reduce_sum(tf.abs(rows[:, None] - others[None]), -1)


def closeness(apart: tf.Tensor) -> tf.Tensor:
    """Sum over the others [b, kernels] of exp(-distance), of distances [b, n, kernels] with the rows' own 0 in them."""
    return tf.reduce_sum(tf.exp(-apart), 1) - 1.0


def nearest_other(apart: tf.Tensor) -> tf.Tensor:
    """The smallest distance [b, kernels] from another row, of distances with the rows' own 0 in them."""
    return tf.sort(apart, axis=1)[:, min(1, apart.shape[1] - 1)]
