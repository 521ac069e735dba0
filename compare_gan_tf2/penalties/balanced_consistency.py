"""Balanced consistency (bCR): flips and shifts must not change logits (Zhao et al. 2020, algorithm 1)."""

import tensorflow as tf

from compare_gan_tf2.penalties import Context, _transform

generator = None
STATE = ()
WHOLE_BATCH = False


def discriminator(context: Context) -> tf.Tensor:
    """E[(D(x) - D(T(x)))^2] + E[(D(G(z)) - D(T(G(z))))^2], T a random flip and shift; scalar, unweighted.

    The paper's lambda_real and lambda_fake are equal, 10.
    """
    real = _transform.flip_and_shift(context.real, "balanced_consistency/real", context.uniform)
    fake = _transform.flip_and_shift(context.fake(), "balanced_consistency/fake", context.uniform)
    of_real = _transform.disagreement(context, context.real, real, context.labels)
    return of_real + _transform.disagreement(context, context.fake(), fake, context.fake_labels)
