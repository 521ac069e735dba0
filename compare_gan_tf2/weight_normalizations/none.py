"""Kernels as they are."""

import keras
import tensorflow as tf


class WeightNormalization:
    """Gives the kernel unchanged."""

    def __init__(self, owner: keras.Layer, kernel: keras.Variable, *, side: str, seed: int):
        del owner, kernel, side, seed

    def __call__(self, kernel: tf.Tensor, training: bool) -> tf.Tensor:
        """The kernel itself."""
        del training
        return kernel
