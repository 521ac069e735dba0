"""Gradient penalty: slope 1 on the lines between real and generated images (Gulrajani et al. 2017, equation 3)."""

import tensorflow as tf

from compare_gan_tf2.penalties._context import Context

# compare_gan adds this under the root, where the gradient of a square root would otherwise be infinite.
_EPSILON = 1e-4


def penalty(context: Context) -> tf.Tensor:
    """E[(sqrt(1e-4 + |grad D(x + a (G(z) - x))|^2) - 1)^2], a ~ U[0, 1) per image; scalar, unweighted."""
    share = context.uniform("wgan_gp/share", [context.real.shape[0], 1, 1, 1])
    between = context.real + share * (context.fake - context.real)
    with tf.GradientTape() as tape:
        tape.watch(between)
        logits = context.discriminate(between, context.labels)
    gradient = tape.gradient(logits, between)
    slope = tf.sqrt(_EPSILON + tf.reduce_sum(tf.square(gradient), axis=[1, 2, 3]))
    return tf.reduce_mean(tf.square(slope - 1.0))
