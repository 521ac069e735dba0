"""Softmax GAN: one softmax over all real and generated images of the batch (Lin 2017).

The probability of an image is exp(D(image)) / Z, Z the sum over both halves; the paper's mu is -D. The discriminator's
target is 1/|B+| on each real image, the generator's 1/|B| on every image; both losses are cross-entropies.
"""

import tensorflow as tf

GENERATOR_SEES_REAL = True
WHOLE_BATCH = True
HAS_TARGET = False
THRESHOLD = None


def discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """-E[D(x)] + log Z, Z = sum of exp(D(x)) and exp(D(G(z))) over the batch; logits [B, 1] -> scalar."""
    return tf.reduce_logsumexp(tf.concat([real_logits, fake_logits], axis=0)) - tf.reduce_mean(real_logits)


def generator(fake_logits: tf.Tensor, real_logits: tf.Tensor) -> tf.Tensor:
    """-E[D over both halves] + log Z; logits [B, 1] -> scalar."""
    both = tf.concat([real_logits, fake_logits], axis=0)
    return tf.reduce_logsumexp(both) - tf.reduce_mean(both)
