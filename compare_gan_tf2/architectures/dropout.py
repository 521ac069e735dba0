"""Dropout whose random numbers are those of its rows: in training by keys, in a trained network by a seed for each row.

A trained network drops nothing unless it is given seeds (`runtime.row_seeds`), as the source of different outputs for
one input (Isola et al. 2017, section 3.2).
"""

from __future__ import annotations

import keras
import tensorflow as tf

from compare_gan_tf2.runtime import draws, row_seeds


class Dropout(keras.layers.Layer):
    """x [B, ...] with each number 0 with probability `rate`, and else divided by 1 - rate (Srivastava et al. 2014).

    Neither replicas nor microbatches change what is dropped of a row. In training mode outside of a training step, as
    where an exported module is trained further, nothing is dropped.

    Args:
        rate: in [0, 1).
        name: of the layer; layers of one network drop by different numbers if they have different names.
    """

    def __init__(self, rate: float, name: str):
        super().__init__(name=name, autocast=False)
        if not 0.0 <= rate < 1.0:
            raise ValueError(f"a rate of dropout is in [0, 1), and not {rate}")
        self.rate = rate
        self.built = True

    def call(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        del z, labels
        drawn = self._drawn(x, training) if self.rate else None
        if drawn is None:
            return x
        return tf.where(drawn < self.rate, tf.zeros_like(x), x / (1.0 - self.rate))

    def _drawn(self, x: tf.Tensor, training: bool) -> tf.Tensor | None:
        """Uniform on [0, 1), of the shape of x; None where nothing is dropped."""
        name = f"dropout/{self.name}"
        if training:
            return draws.rows_of("unit", draws.counted(name), list(x.shape)) if draws.is_drawing() else None
        if not row_seeds.are_given():
            return None
        # Of a network that takes images of any size, sides are known when it is called.
        sides = [side or tf.shape(x)[axis] for axis, side in enumerate(x.shape)]
        return row_seeds.rows_of("unit", name, sides[1:])
