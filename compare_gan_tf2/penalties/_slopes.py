"""Slopes of the discriminator, which the gradient penalties share."""

from collections.abc import Callable

import tensorflow as tf

from compare_gan_tf2.penalties import Context

# compare_gan adds this under the root, where the gradient of a square root would otherwise be infinite.
_EPSILON = 1e-4


def squared_slopes(
    context: Context,
    images: tf.Tensor,
    labels: tf.Tensor | None,
    output: Callable[[tf.Tensor], tf.Tensor] = tf.identity,
) -> tf.Tensor:
    """|grad output(D(images))|^2 per image; images [B, H, W, C], labels or None -> [B]."""
    with tf.GradientTape() as tape:
        tape.watch(images)
        outputs = output(context.discriminate(images, labels))
    # Of the sum over the batch, hence each image's own as long as the discriminator does not mix images.
    return tf.reduce_sum(tf.square(tape.gradient(outputs, images)), axis=[1, 2, 3])


def squared_distance_from_one(squares: tf.Tensor) -> tf.Tensor:
    """E[(sqrt(1e-4 + s) - 1)^2], s the squared slopes; [B] -> scalar."""
    return tf.reduce_mean(tf.square(tf.sqrt(_EPSILON + squares) - 1.0))


def between(context: Context, purpose: str) -> tf.Tensor:
    """x + a (G(z) - x), a ~ U[0, 1) per image; [B, H, W, C]."""
    share = context.uniform(purpose, [context.real.shape[0], 1, 1, 1])
    return context.real + share * (context.fake() - context.real)


def deviation(context: Context) -> tf.Tensor:
    """Standard deviation of all elements of all replicas' real images, over their number; scalar."""
    mean = context.global_mean(tf.reduce_mean(context.real))
    return tf.sqrt(context.global_mean(tf.reduce_mean(tf.square(context.real - mean))))
