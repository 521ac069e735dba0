"""Hinge loss relative to the average of the other kind (RaHingeGAN; Jolicoeur-Martineau 2018, section 4)."""

import tensorflow as tf

from compare_gan_tf2.losses import _relativistic

GENERATOR_SEES_REAL = True
WHOLE_BATCH = True
HAS_TARGET = False
THRESHOLD = None


def discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """E[max(0, 1 - (D(x) - E[D(G(z))]))] + E[max(0, 1 + (D(G(z)) - E[D(x)]))]; logits [B, 1] -> scalar."""
    return _relativistic.over_averages(real_logits, fake_logits, _relativistic.hinge)


def generator(fake_logits: tf.Tensor, real_logits: tf.Tensor) -> tf.Tensor:
    """E[max(0, 1 - (D(G(z)) - E[D(x)]))] + E[max(0, 1 + (D(x) - E[D(G(z))]))]; logits [B, 1] -> scalar."""
    return _relativistic.over_averages(fake_logits, real_logits, _relativistic.hinge)
