"""LeCam regularization: logits stay near the other side's moving average (Tseng et al. 2021, R_LC).

As in the paper, without the ReLU that its published code puts around both differences.
"""

import tensorflow as tf

from compare_gan_tf2.penalties import Context
from compare_gan_tf2.runtime import layer_state

generator = None
# Moving averages of the logits of real and of generated images and of 1, the weight that is missing at the start.
STATE = ("real", "fake", "weight")
# Compares images of the batch with each other.
WHOLE_BATCH = True

_DECAY = 0.99


def discriminator(context: Context) -> tf.Tensor:
    """E[(D(x) - a_F)^2] + E[(D(G(z)) - a_R)^2]; scalar, unweighted.

    a_R and a_F are moving averages of the global means of both logits, this update's included; no gradient flows
    through them.
    """
    real_logits, fake_logits = context.logits()
    means = tf.stack([tf.reduce_mean(real_logits), tf.reduce_mean(fake_logits)])
    real_mean, fake_mean = tf.unstack(context.global_mean(tf.stop_gradient(means)))
    weight = _follow(context.state["weight"], 1.0)
    real_average = _follow(context.state["real"], real_mean) / weight
    fake_average = _follow(context.state["fake"], fake_mean) / weight
    return tf.reduce_mean(tf.square(real_logits - fake_average)) + tf.reduce_mean(tf.square(fake_logits - real_average))


def _follow(variable: tf.Variable, value: tf.Tensor | float) -> tf.Tensor:
    """Moves an average towards a value and returns it; scalars."""
    average = _DECAY * variable + (1.0 - _DECAY) * value
    layer_state.propose(variable, average)
    return average
