"""Wasserstein loss: the difference of mean logits (Arjovsky et al. 2017, equation 2)."""

import tensorflow as tf

GENERATOR_SEES_REAL = False
WHOLE_BATCH = False
HAS_TARGET = False
THRESHOLD = None


def discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """E[D(G(z))] - E[D(x)]; logits [B, 1] -> scalar."""
    return tf.reduce_mean(fake_logits) - tf.reduce_mean(real_logits)


def generator(fake_logits: tf.Tensor, real_logits: tf.Tensor | None = None) -> tf.Tensor:
    """-E[D(G(z))]; logits [B, 1] -> scalar."""
    del real_logits
    return -tf.reduce_mean(fake_logits)
