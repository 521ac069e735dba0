"""Running average of the generator, which is what is evaluated and exported where a task keeps one."""

from __future__ import annotations

import keras
import tensorflow as tf


class MovingAverage:
    """Keeps `average` the exponential moving average of `generator`, a network of the same build.

    Weights go average <- decay average + (1 - decay) weight after every generator step; before start_step the decay is
    0. Moving statistics of batch norm are averaged alike, so that they fit the averaged weights; compare_gan took them
    as they are from the latest generator, and reference mode does so. Vectors of spectral norm are always copied.
    """

    def __init__(self, generator: keras.Model, average: keras.Model, *, decay: float, start_step: int, reference: str):
        self._decay = decay
        self._start_step = start_step
        statistics = ("moving_mean", "moving_variance") if reference == "none" else ()
        self._pairs = [
            (kept, latest, latest.trainable or latest.name in statistics)
            for kept, latest in zip(average.variables, generator.variables, strict=True)
        ]
        for kept, latest, _ in self._pairs:
            if kept.path != latest.path:
                raise ValueError(f"the average has {kept.path} where the generator has {latest.path}")

    def update(self, step: tf.Tensor) -> None:
        """Takes the weights after generator step `step` (counted from 1) in; runs in every replica."""
        decay = tf.where(step >= self._start_step, self._decay, 0.0)
        for kept, latest, is_averaged in self._pairs:
            value = tf.convert_to_tensor(latest)
            kept.assign(decay * kept + (1.0 - decay) * value if is_averaged else value)
