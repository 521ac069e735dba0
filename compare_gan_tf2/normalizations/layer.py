"""Layer norm: each example, normalized over positions and channels (Ba et al. 2016, section 3, equation 3)."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.normalizations._within_example import WithinExample, standardized

# compare_gan's, whatever is added to the variance in batch norm.
_EPSILON = 1e-12


class Normalization(WithinExample):
    """gamma (x - mean) / sqrt(variance + 1e-12) + beta, mean and biased variance [B] over H, W and C jointly.

    Gain and offset are per channel [C], as compare_gan had them; the paper's are per activation.
    """

    def standardize(self, x: tf.Tensor) -> tf.Tensor:
        """x [B, ...] with mean 0 and variance 1 per example."""
        axes = list(range(1, x.shape.rank))
        return standardized(x, axes, _EPSILON, stops_at_mean=self._reference != "none")
