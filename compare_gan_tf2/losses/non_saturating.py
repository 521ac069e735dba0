"""Non-saturating loss: the generator maximises log D(G(z)) (Goodfellow et al. 2014, section 3)."""

import tensorflow as tf


def discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """-E[log D(x)] - E[log(1 - D(G(z)))] with D = sigmoid(logit); logits [B, 1] -> scalar."""
    return tf.reduce_mean(tf.nn.softplus(-real_logits)) + tf.reduce_mean(tf.nn.softplus(fake_logits))


def generator(fake_logits: tf.Tensor, real_logits: tf.Tensor | None = None) -> tf.Tensor:
    """-E[log D(G(z))]; logits [B, 1] -> scalar."""
    del real_logits
    return tf.reduce_mean(tf.nn.softplus(-fake_logits))
