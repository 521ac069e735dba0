"""Least squares on logits: LSGAN with a = 0 and b = c = 1 (Mao et al. 2017, equations 2 and 9)."""

import tensorflow as tf

GENERATOR_SEES_REAL = False
WHOLE_BATCH = False
HAS_TARGET = True
THRESHOLD = 0.5


def discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor, real_target: float = 1.0) -> tf.Tensor:
    """(E[(D(x) - t)^2] + E[D(G(z))^2]) / 2, t = 1 unless smoothed; logits [B, 1] -> scalar."""
    return 0.5 * (tf.reduce_mean(tf.square(real_logits - real_target)) + tf.reduce_mean(tf.square(fake_logits)))


def generator(fake_logits: tf.Tensor, real_logits: tf.Tensor | None = None) -> tf.Tensor:
    """E[(D(G(z)) - 1)^2] / 2; logits [B, 1] -> scalar."""
    del real_logits
    return 0.5 * tf.reduce_mean(tf.square(fake_logits - 1.0))
