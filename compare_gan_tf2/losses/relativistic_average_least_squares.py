"""Least squares relative to the average of the other kind (RaLSGAN; Jolicoeur-Martineau 2018, section 4)."""

import tensorflow as tf

from compare_gan_tf2.losses import _relativistic

GENERATOR_SEES_REAL = True
WHOLE_BATCH = True
HAS_TARGET = False
THRESHOLD = None


def discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """E[(D(x) - E[D(G(z))] - 1)^2] + E[(D(G(z)) - E[D(x)] + 1)^2]; logits [B, 1] -> scalar."""
    return _relativistic.over_averages(real_logits, fake_logits, _relativistic.squared_error)


def generator(fake_logits: tf.Tensor, real_logits: tf.Tensor) -> tf.Tensor:
    """E[(D(G(z)) - E[D(x)] - 1)^2] + E[(D(x) - E[D(G(z))] + 1)^2]; logits [B, 1] -> scalar."""
    return _relativistic.over_averages(fake_logits, real_logits, _relativistic.squared_error)
