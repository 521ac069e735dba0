"""What every normalization of activations has: one constructor, one way to be called."""

from __future__ import annotations

import abc
from collections.abc import Callable

import keras
import tensorflow as tf


class BaseNormalization(keras.layers.Layer, abc.ABC):
    """A layer [B, C] or [B, H, W, C] -> same shape and dtype, made with what any normalization may need.

    Its variables are float32 and so is its arithmetic where sums are taken; Keras's casting of inputs and variables to
    the layer's dtype is off, because it would take statistics of half precision.

    Args:
        decay: of the moving averages, per update.
        epsilon: added to the variance, where the normalization does not fix it.
        linear: linear(units, name, use_bias=, bias_start=) makes a linear layer with the network's initializer and
            kernel normalization, for normalizations that compute their gain.
        self_modulation_units: hidden units of what computes the gain from the latents; 0 for none.
        reference: version of compare_gan to be exact about, or "none".
        name: of the layer.
    """

    uses_batch_statistics = False

    def __init__(
        self,
        *,
        decay: float,
        epsilon: float,
        linear: Callable[..., keras.layers.Layer],
        self_modulation_units: int,
        reference: str,
        name: str,
    ):
        super().__init__(name=name, autocast=False)
        self._decay = decay
        self._epsilon = epsilon
        self._linear = linear
        self._self_modulation_units = self_modulation_units
        self._reference = reference

    @abc.abstractmethod
    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """x normalized; z float32 [B, Z] and labels float32 [B, Y] are for those that are conditioned."""
