"""Consistency (CR): flips and shifts of real images must not change logits (Zhang et al. 2020, algorithm 1)."""

import tensorflow as tf

from compare_gan_tf2.penalties import Context, _transform

generator = None
STATE = ()
WHOLE_BATCH = False


def discriminator(context: Context) -> tf.Tensor:
    """E[(D(x) - D(T(x)))^2], T a random flip and shift; scalar, unweighted (the paper's lambda, 10)."""
    moved = _transform.flip_and_shift(context.real, "consistency", context.uniform)
    return _transform.disagreement(context, context.real, moved, context.labels)
