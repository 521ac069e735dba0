"""Least squares on probabilities, as defined in compare_gan (after Mao et al. 2017, equation 2, which uses logits)."""

import tensorflow as tf

GENERATOR_SEES_REAL = False
WHOLE_BATCH = False
HAS_TARGET = True
THRESHOLD = 0.0


def discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor, real_target: float = 1.0) -> tf.Tensor:
    """(E[(p(x) - t)^2] + E[p(G(z))^2]) / 2 with p = sigmoid(logit), t = 1 unless smoothed; logits [B, 1] -> scalar."""
    real, fake = tf.sigmoid(real_logits), tf.sigmoid(fake_logits)
    return 0.5 * (tf.reduce_mean(tf.square(real - real_target)) + tf.reduce_mean(tf.square(fake)))


def generator(fake_logits: tf.Tensor, real_logits: tf.Tensor | None = None) -> tf.Tensor:
    """E[(p(G(z)) - 1)^2] / 2; logits [B, 1] -> scalar."""
    del real_logits
    return 0.5 * tf.reduce_mean(tf.square(tf.sigmoid(fake_logits) - 1.0))
