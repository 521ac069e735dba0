"""Minimax loss: the generator minimizes log(1 - D(G(z))), which saturates (Goodfellow et al. 2014, equation 1)."""

import tensorflow as tf

from compare_gan_tf2.losses import non_saturating

GENERATOR_SEES_REAL = False
WHOLE_BATCH = False
HAS_TARGET = True
THRESHOLD = 0.0

# The two games differ in the generator's loss alone.
discriminator = non_saturating.discriminator


def generator(fake_logits: tf.Tensor, real_logits: tf.Tensor | None = None) -> tf.Tensor:
    """E[log(1 - D(G(z)))] with D = sigmoid(logit); logits [B, 1] -> scalar."""
    del real_logits
    return -tf.reduce_mean(tf.nn.softplus(fake_logits))
