"""Numbers that change while a GAN is trained, as functions of the images that it has seen."""

from __future__ import annotations

import dataclasses
import math

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Cosine:
    """From one number to another along half a period of the cosine, constant afterwards.

    Attributes:
        first: the value before the first image.
        last: the value from the end on.
        images: how many there are until the end; above 0.
    """

    first: float
    last: float
    images: float

    def at(self, seen: float) -> float:
        """The value after so many images; in float64."""
        share = math.sin(0.5 * math.pi * min(seen / self.images, 1.0)) ** 2
        return self.first + (self.last - self.first) * share

    def tensor(self, seen: tf.Tensor) -> tf.Tensor:
        """The value at a tensor, float32, so a compiled step needs no new trace."""
        # The square of the sine keeps the digits of a small share, which 1 - cos loses.
        progress = tf.minimum(tf.cast(seen, tf.float32) / self.images, 1.0)
        return self.first + (self.last - self.first) * tf.square(tf.sin(0.5 * math.pi * progress))
