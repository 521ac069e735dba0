"""Data-dependent start: layers are set so that their outputs of a first batch are standardized.

Of weight norm (Salimans and Kingma 2016, section 3): each output's length and bias are such that, over the batch, it
has mean 0 and deviation 1 before the activation. A layer proposes the new values (`layer_state.propose`), and goes on
with what it will give then, so one pass through a network sets all its layers.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import tensorflow as tf

from compare_gan_tf2.runtime.replicas import global_mean


class _Here(threading.local):
    is_starting: bool = False


_HERE = _Here()


@contextlib.contextmanager
def starting() -> Iterator[None]:
    """Within the block layers that can be set by data propose it; to be called with a batch in training mode."""
    before, _HERE.is_starting = _HERE.is_starting, True
    try:
        yield
    finally:
        _HERE.is_starting = before


def is_starting() -> bool:
    """Whether the caller is within `starting`."""
    return _HERE.is_starting


def moments(y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and 1 / deviation, float32 [C], of y [B, ..., C] over the whole batch; 1 where the deviation is 0."""
    y, axes = tf.cast(y, tf.float32), list(range(y.shape.rank - 1))
    mean = global_mean(tf.reduce_mean(y, axes))
    variance = global_mean(tf.reduce_mean(tf.square(y - mean), axes))
    return mean, tf.where(variance > 0, tf.math.rsqrt(variance), 1.0)
