"""Hinge loss: margins for the discriminator only (Lim and Ye 2017; Miyato et al. 2018, equations 16 and 17)."""

import tensorflow as tf

GENERATOR_SEES_REAL = False
WHOLE_BATCH = False
HAS_TARGET = False
THRESHOLD = 0.0


def discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]; logits [B, 1] -> scalar."""
    return tf.reduce_mean(tf.nn.relu(1.0 - real_logits)) + tf.reduce_mean(tf.nn.relu(1.0 + fake_logits))


def generator(fake_logits: tf.Tensor, real_logits: tf.Tensor | None = None) -> tf.Tensor:
    """-E[D(G(z))]; logits [B, 1] -> scalar."""
    del real_logits
    return -tf.reduce_mean(fake_logits)
