"""Feature matching: the generator matches batch means of features (Salimans et al. 2016, section 3.1).

A term of the generator's objective, beside its loss or in place of it, of GAN types whose discriminator has features.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tensorflow as tf

from compare_gan_tf2.gans import Term
from compare_gan_tf2.runtime.replicas import global_mean

if TYPE_CHECKING:
    from compare_gan_tf2.options import Options


def is_wanted(options: Options) -> bool:
    """Whether the options ask for it; then the generator's turn sees real images, and takes its batch whole."""
    return options.feature_matching != "none"


def term(options: Options, real: tf.Tensor, fake: tf.Tensor) -> Term:
    """The term that the options ask for; arguments as of `distance`."""
    return Term(distance(options.feature_matching, real, fake), options.feature_matching_weight)


def distance(kind: str, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
    """How far the means of features over the whole batch, of all replicas, are apart; float32 scalar.

    Args:
        kind: "squared", the mean over features of the squared difference; "absolute", of its size; "sum_of_squares",
            the squared distance as the paper's text has it. The first two are what its code had, for MNIST and for
            color images.
        real: features float32 [B, ...] of real images; no gradient flows into them.
        fake: features of generated images, of the same shape.
    """
    means = tf.stack([tf.reduce_mean(tf.reshape(each, [each.shape[0], -1]), 0) for each in (real, fake)])
    of_real, of_fake = tf.unstack(global_mean(means))
    difference = of_fake - tf.stop_gradient(of_real)
    if kind == "absolute":
        return tf.reduce_mean(tf.abs(difference))
    squares = tf.square(difference)
    return tf.reduce_mean(squares) if kind == "squared" else tf.reduce_sum(squares)
