"""Instance norm: each channel of each example, normalized over positions (Ulyanov et al. 2016, equation 3)."""

from __future__ import annotations

import math

import tensorflow as tf

from compare_gan_tf2.normalizations._within_example import WithinExample, standardized


class Normalization(WithinExample):
    """gamma (x - mean) / sqrt(variance + epsilon) + beta, mean and biased variance [B, C] over H and W.

    With a single position (rank 2, or 1x1 maps) a value is its own mean: the result would be beta whatever x is, and
    nothing before the layer could learn. Such an input is not standardized; it gets gain and offset alone.
    """

    def standardize(self, x: tf.Tensor) -> tf.Tensor:
        """x [B, H, W, C] with mean 0 and variance 1 per example and channel; x itself where H W = 1."""
        if math.prod(x.shape[1:-1]) == 1:
            return x
        return standardized(x, list(range(1, x.shape.rank - 1)), self._epsilon)
