"""Relativistic loss: real images should look more real than generated (RSGAN; Jolicoeur-Martineau 2018, section 4)."""

import tensorflow as tf

from compare_gan_tf2.losses import _relativistic

GENERATOR_SEES_REAL = True
WHOLE_BATCH = False
HAS_TARGET = False
THRESHOLD = None


def discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """-E[log sigmoid(D(x) - D(G(z)))]; logits [B, 1] -> scalar."""
    return _relativistic.over_pairs(real_logits, fake_logits, _relativistic.cross_entropy)


def generator(fake_logits: tf.Tensor, real_logits: tf.Tensor) -> tf.Tensor:
    """-E[log sigmoid(D(G(z)) - D(x))]; logits [B, 1] -> scalar."""
    return _relativistic.over_pairs(fake_logits, real_logits, _relativistic.cross_entropy)
