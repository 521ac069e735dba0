"""Weight norm: each output's kernel is a length times a direction (Salimans and Kingma 2016, equation 2)."""

from __future__ import annotations

import keras
import tensorflow as tf

# Added to the squared norm, as in spectral norm.
_EPSILON = 1e-12


class WeightNormalization:
    """w = g v / |v|, with v the part of the kernel that makes one output, and g [outputs] trainable.

    g starts at |v|, so that the network starts as it would without. The paper sets g and the bias from the first batch
    instead; so did compare_gan's code, which none of its networks used, and so do GAN types within
    `runtime.data_start`. Where |v| is under 1e-6 the length is taken as
    1e-6, in the start of g too: a kernel of zeros stays zero and can still learn.

    Args:
        owner: the layer that gets g as a weight, trainable unless its `trains_length` is False.
        kernel: the raw kernel v.
        side: unused, for spectral norm.
        iterations: unused, for spectral norm.
        output_axis: of the kernel; the last one in linear layers and convolutions, the last but one in transposed
            convolutions.
        seed: unused, nothing is drawn.
    """

    def __init__(
        self, owner: keras.Layer, kernel: keras.Variable, *, side: str, iterations: int, output_axis: int, seed: int
    ):
        del side, iterations, seed
        rank = len(kernel.shape)
        self._others = [axis for axis in range(rank) if axis != output_axis % rank]
        self.length = owner.add_weight(
            name="g",
            shape=(kernel.shape[output_axis],),
            initializer=lambda shape, dtype: tf.cast(tf.reshape(tf.sqrt(self._squares(kernel)), shape), dtype),
            trainable=getattr(owner, "trains_length", True),
        )

    def __call__(self, kernel: tf.Tensor, training: bool) -> tf.Tensor:
        """g v / |v|, same shape and dtype."""
        del training
        squares = self._squares(kernel)
        length = tf.reshape(tf.cast(self.length, tf.float32), tf.shape(squares))
        return tf.cast(tf.cast(kernel, tf.float32) * (length * tf.math.rsqrt(squares)), kernel.dtype)

    def _squares(self, kernel: tf.Tensor) -> tf.Tensor:
        """|v|^2, at least 1e-12, with ones for all axes but that of the outputs; the square root of 0 has no slope."""
        squares = tf.reduce_sum(tf.square(tf.cast(kernel, tf.float32)), self._others, keepdims=True)
        return tf.maximum(squares, _EPSILON)
