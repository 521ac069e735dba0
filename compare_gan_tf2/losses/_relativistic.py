"""What the relativistic losses share (Jolicoeur-Martineau 2018, section 4).

The paper's f1 to f4 are one function here: in all three of its families f2(y) = f1(-y), and the generator's loss is the
discriminator's with real and generated images exchanged. So a cost says how bad it is that what should be the better
logit leads the worse one by y.
"""

from collections.abc import Callable

import tensorflow as tf


def over_pairs(better: tf.Tensor, worse: tf.Tensor, cost: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
    """E[cost(better - worse)], the i-th against the i-th; logits [B, 1] -> scalar."""
    return tf.reduce_mean(cost(better - worse))


def over_averages(better: tf.Tensor, worse: tf.Tensor, cost: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
    """E[cost(better - E[worse])] + E[cost(E[better] - worse)]; logits [B, 1] -> scalar."""
    return tf.reduce_mean(cost(better - tf.reduce_mean(worse))) + tf.reduce_mean(cost(tf.reduce_mean(better) - worse))


def cross_entropy(lead: tf.Tensor) -> tf.Tensor:
    """-log sigmoid(y)."""
    return tf.nn.softplus(-lead)


def squared_error(lead: tf.Tensor) -> tf.Tensor:
    """(y - 1)^2."""
    return tf.square(lead - 1.0)


def hinge(lead: tf.Tensor) -> tf.Tensor:
    """max(0, 1 - y)."""
    return tf.nn.relu(1.0 - lead)
