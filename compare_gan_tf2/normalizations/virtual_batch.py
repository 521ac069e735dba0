"""Virtual batch norm: statistics of a reference batch and of the example (Salimans et al. 2016, section 3.4)."""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterator

import tensorflow as tf

from compare_gan_tf2.normalizations._base import BaseNormalization


class _Here(threading.local):
    rows: int = 0


_HERE = _Here()


@contextlib.contextmanager
def in_front(rows: int) -> Iterator[None]:
    """Within the block so many first rows of what is normalized are the reference batch."""
    before, _HERE.rows = _HERE.rows, rows
    try:
        yield
    finally:
        _HERE.rows = before


class Normalization(BaseNormalization):
    """gamma (x - mean) / sqrt(variance + epsilon) + beta, for generators, which carry their reference batch along.

    Of n reference examples and one more, over their positions: the example's mean is n / (n + 1) of the reference
    batch's and 1 / (n + 1) of its own, its variance that of the same mixture. Reference examples are normalized by
    their own statistics, all together, and gradients flow into them. So an output depends on no other example of its
    batch, in training as in evaluation. gamma starts at 1, where the authors drew it from N(1, 0.02). Without a
    reference batch an example of a single position would be its own mean; as in instance norm it is left as it is.
    """

    def build(self, x_shape: tuple, z_shape: tuple | None = None, labels_shape: tuple | None = None) -> None:
        self.gamma = self.add_weight(name="gamma", shape=(x_shape[-1],), initializer="ones")
        self.beta = self.add_weight(name="beta", shape=(x_shape[-1],), initializer="zeros")

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """x [B, C] or [B, H, W, C], the reference batch in front (`in_front`) -> same shape."""
        del z, labels, training
        wide = tf.cast(x, tf.float32)
        if _HERE.rows or math.prod(x.shape[1:-1]) > 1:
            mean, variance = moments(wide, _HERE.rows)
            wide = (wide - mean) * tf.math.rsqrt(variance + self._epsilon)
        return tf.cast(wide * self.gamma + self.beta, x.dtype)


def moments(x: tf.Tensor, rows: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Means and variances [rows + B, 1, ..., C] by which examples are normalized.

    Args:
        x: float32 [rows + B, ..., C], the reference batch in front; without one, rows = 0, an example has its own.
        rows: n.
    """
    axes = list(range(1, x.shape.rank - 1))
    own = tf.reduce_mean(x, axes, keepdims=True)
    of_own = tf.reduce_mean(tf.math.squared_difference(x, own), axes, keepdims=True)
    if not rows:
        return own, of_own
    reference = tf.reduce_mean(own[:rows], 0, keepdims=True)
    of_reference = tf.reduce_mean(of_own[:rows] + tf.math.squared_difference(own[:rows], reference), 0, keepdims=True)
    live, of_live = own[rows:], of_own[rows:]
    # Not E[x^2] - mean^2, which loses digits: the same by deviations from the mixture's mean.
    mean = (rows * reference + live) / (rows + 1.0)
    there = of_reference + tf.math.squared_difference(reference, mean)
    variance = (rows * there + of_live + tf.math.squared_difference(live, mean)) / (rows + 1.0)
    first = (tf.repeat(each, rows, 0) for each in (reference, of_reference))
    mean, variance = (tf.concat(each, 0) for each in zip(first, (mean, variance), strict=True))
    return mean, variance
