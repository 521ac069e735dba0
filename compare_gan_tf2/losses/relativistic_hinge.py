"""Hinge loss on the difference of real and generated logits (RGAN with hinge; Jolicoeur-Martineau 2018, section 4).

The paper's two terms are equal for this cost and are counted once, as the paper does for the cross-entropy.
"""

import tensorflow as tf

from compare_gan_tf2.losses import _relativistic

GENERATOR_SEES_REAL = True
WHOLE_BATCH = False
HAS_TARGET = False
THRESHOLD = None


def discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """E[max(0, 1 - (D(x) - D(G(z))))]; logits [B, 1] -> scalar."""
    return _relativistic.over_pairs(real_logits, fake_logits, _relativistic.hinge)


def generator(fake_logits: tf.Tensor, real_logits: tf.Tensor) -> tf.Tensor:
    """E[max(0, 1 - (D(G(z)) - D(x)))]; logits [B, 1] -> scalar."""
    return _relativistic.over_pairs(fake_logits, real_logits, _relativistic.hinge)
