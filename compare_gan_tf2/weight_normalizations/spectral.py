"""Spectral norm: kernels divided by their largest singular value (Miyato et al. 2018, section 2.1, algorithm 1)."""

from __future__ import annotations

import math

import keras
import tensorflow as tf

from compare_gan_tf2.runtime import layer_state

_EPSILON = 1e-12


class WeightNormalization:
    """Divides a kernel by its largest singular value, found by power iteration, one step per use or several.

    The kernel is seen as a matrix [all other axes, last axis], as compare_gan saw it, whichever axis is that of the
    outputs; computed in float32. The raw kernel is what the optimizer updates, and the
    gradient flows through both the kernel and the singular value, not through the vectors. The vector is kept between
    calls (`u_var`) and moves only in the network's own update, so all calls within one update see the same value.
    Keras's own SpectralNormalization overwrites the kernel instead, which is another method.

    Args:
        owner: the layer that gets the vector as a non-trainable weight.
        kernel: of rank 2 or more.
        side: which singular vector is kept: "left" [rows, 1], "right" [1, columns] or "auto", the shorter of the two.
        iterations: steps of power iteration per use, 1 or more.
        output_axis: unused, for weight norm.
        seed: decides the initial vector, drawn from N(0, 1).
    """

    def __init__(
        self, owner: keras.Layer, kernel: keras.Variable, *, side: str, iterations: int, output_axis: int, seed: int
    ):
        del output_axis
        self._iterations = iterations
        columns = kernel.shape[-1]
        rows = math.prod(kernel.shape[:-1])
        self._left = side == "left" or (side == "auto" and rows <= columns)
        self._vector = owner.add_weight(
            name="u_var",
            shape=(rows, 1) if self._left else (1, columns),
            initializer=keras.initializers.RandomNormal(stddev=1.0, seed=seed),
            trainable=False,
        )

    def __call__(self, kernel: tf.Tensor, training: bool) -> tf.Tensor:
        """kernel / sigma, same shape and dtype."""
        wide = tf.cast(kernel, tf.float32)
        matrix = tf.reshape(wide, [-1, kernel.shape[-1]])
        raw, u = tf.stop_gradient(matrix), tf.cast(self._vector, tf.float32)
        # The last product serves twice: its direction is the vector kept, its length along it the singular value.
        for _ in range(self._iterations):
            if self._left:
                v = _unit(tf.matmul(raw, u, transpose_a=True))
                image = tf.matmul(matrix, v)
            else:
                v = _unit(tf.matmul(u, raw, transpose_b=True))
                image = tf.matmul(v, matrix)
            u = _unit(tf.stop_gradient(image))
        sigma = tf.reduce_sum(image * u)
        if training:
            layer_state.propose(self._vector, u, first=True)
        # Not a division: its gradient divides all of the kernel twice more.
        return tf.cast(wide * (1.0 / sigma), kernel.dtype)


def _unit(vector: tf.Tensor) -> tf.Tensor:
    return vector * tf.math.rsqrt(tf.maximum(tf.reduce_sum(tf.square(vector)), _EPSILON))
