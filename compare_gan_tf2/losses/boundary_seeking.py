"""Boundary-seeking loss: generated images should reach D = 1/2 (Hjelm et al. 2017, the case of continuous data)."""

import tensorflow as tf

from compare_gan_tf2.losses import non_saturating

GENERATOR_SEES_REAL = False
WHOLE_BATCH = False
HAS_TARGET = True
THRESHOLD = 0.0

# The discriminator is the original GAN's: its odds estimate the ratio of densities that the generator seeks to be 1.
discriminator = non_saturating.discriminator


def generator(fake_logits: tf.Tensor, real_logits: tf.Tensor | None = None) -> tf.Tensor:
    """E[(log D(G(z)) - log(1 - D(G(z))))^2] / 2 with D = sigmoid(logit), so E[logit^2] / 2; [B, 1] -> scalar."""
    del real_logits
    return 0.5 * tf.reduce_mean(tf.square(fake_logits))
