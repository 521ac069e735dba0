"""Non-saturating loss: the generator maximizes log D(G(z)) (Goodfellow et al. 2014, section 3)."""

import tensorflow as tf

GENERATOR_SEES_REAL = False
WHOLE_BATCH = False
HAS_TARGET = True
THRESHOLD = 0.0


def discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor, real_target: float = 1.0) -> tf.Tensor:
    """-E[t log D(x) + (1 - t) log(1 - D(x))] - E[log(1 - D(G(z)))] with D = sigmoid(logit); logits [B, 1] -> scalar.

    The target t of real images is 1 unless it is smoothed (Salimans et al. 2016, section 3.4).
    """
    real = tf.nn.softplus(-real_logits) + (1.0 - real_target) * real_logits
    return tf.reduce_mean(real) + tf.reduce_mean(tf.nn.softplus(fake_logits))


def generator(fake_logits: tf.Tensor, real_logits: tf.Tensor | None = None) -> tf.Tensor:
    """-E[log D(G(z))]; logits [B, 1] -> scalar."""
    del real_logits
    return tf.reduce_mean(tf.nn.softplus(-fake_logits))
