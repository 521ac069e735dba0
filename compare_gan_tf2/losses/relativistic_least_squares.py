"""Least squares on the difference of real and generated logits (RGAN; Jolicoeur-Martineau 2018, section 4).

The paper's two terms are equal for this cost and are counted once, as the paper does for the cross-entropy.
"""

import tensorflow as tf

from compare_gan_tf2.losses import _relativistic

GENERATOR_SEES_REAL = True
WHOLE_BATCH = False
HAS_TARGET = False
THRESHOLD = None


def discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """E[(D(x) - D(G(z)) - 1)^2]; logits [B, 1] -> scalar."""
    return _relativistic.over_pairs(real_logits, fake_logits, _relativistic.squared_error)


def generator(fake_logits: tf.Tensor, real_logits: tf.Tensor) -> tf.Tensor:
    """E[(D(G(z)) - D(x) - 1)^2]; logits [B, 1] -> scalar."""
    return _relativistic.over_pairs(fake_logits, real_logits, _relativistic.squared_error)
