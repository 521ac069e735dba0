"""Relativistic loss: each image against the average of the other kind (RaSGAN; Jolicoeur-Martineau 2018, section 4)."""

import tensorflow as tf

from compare_gan_tf2.losses import _relativistic

GENERATOR_SEES_REAL = True
WHOLE_BATCH = True
HAS_TARGET = False
THRESHOLD = None


def discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """-E[log sigmoid(D(x) - E[D(G(z))])] - E[log(1 - sigmoid(D(G(z)) - E[D(x)]))]; logits [B, 1] -> scalar."""
    return _relativistic.over_averages(real_logits, fake_logits, _relativistic.cross_entropy)


def generator(fake_logits: tf.Tensor, real_logits: tf.Tensor) -> tf.Tensor:
    """-E[log sigmoid(D(G(z)) - E[D(x)])] - E[log(1 - sigmoid(D(x) - E[D(G(z))]))]; logits [B, 1] -> scalar."""
    return _relativistic.over_averages(fake_logits, real_logits, _relativistic.cross_entropy)
