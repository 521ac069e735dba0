"""Terms of GAN types that compare images with given ones, and whose discriminator gives logits of images or patches."""

from __future__ import annotations

import tensorflow as tf


def difference(found: tf.Tensor, wanted: tf.Tensor, kind: str) -> tf.Tensor:
    """Mean over all elements of the difference.

    Args:
        found: images or features, float32.
        wanted: of the same shape.
        kind: "absolute" or "squared", option reconstruction_loss.
    """
    apart = found - wanted
    return tf.reduce_mean(tf.abs(apart) if kind == "absolute" else tf.square(apart))


def of_discriminator(real: tf.Tensor, fake: tf.Tensor, kind: str, real_target: float = 1.0) -> tf.Tensor:
    """What a discriminator descends on.

    Args:
        real: logits of real images or patches, any shape.
        fake: of generated ones.
        kind: "cross_entropy", the sum of both kinds, or "least_squares", half the sum; option adversarial_loss.
        real_target: probability that real images are to get; 1 unless it is smoothed.
    """
    if kind == "least_squares":
        return 0.5 * (tf.reduce_mean(tf.square(real - real_target)) + tf.reduce_mean(tf.square(fake)))
    return cross_entropy(real, real_target) + cross_entropy(fake, 0.0)


def of_generator(fake: tf.Tensor, kind: str, target: float = 1.0) -> tf.Tensor:
    """What a generator descends on: its images' distance from what real ones are to get; see `of_discriminator`."""
    return tf.reduce_mean(tf.square(fake - target)) if kind == "least_squares" else cross_entropy(fake, target)


def cross_entropy(logits: tf.Tensor, target: float) -> tf.Tensor:
    """-E[t log p + (1 - t) log(1 - p)], p = sigmoid(logits), t the target."""
    return tf.reduce_mean(tf.nn.softplus(logits) - target * logits)
