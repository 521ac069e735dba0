"""Optimizers by name, as compare_gan used TensorFlow 1's: their constants, under Keras 3."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

# TensorFlow 1's defaults; Keras's is 1e-7 for both.
_ADAM_EPSILON = 1e-8
_RMSPROP_EPSILON = 1e-10


class LinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A constant rate that falls linearly over the last `share` of `updates`; the last update still has some."""

    def __init__(self, rate: float, updates: int, share: float):
        self.rate, self.updates, self.share = rate, updates, share

    def __call__(self, step: Any) -> tf.Tensor:
        left = (self.updates - tf.cast(step, tf.float32)) / (self.updates * self.share)
        return self.rate * tf.clip_by_value(left, 0.0, 1.0)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as Keras wants it."""
        return {"rate": self.rate, "updates": self.updates, "share": self.share}


@dataclasses.dataclass(frozen=True, eq=False)
class Numbers:
    """What one update multiplies with: float32 scalars, so that a trace serves tasks of other rates too."""

    rate: tf.Tensor
    beta1: tf.Tensor
    beta2: tf.Tensor


class _Given:
    """An optimizer whose numbers are given for every update: `numbers` is set before `apply`."""

    numbers: Numbers

    def _get_current_learning_rate(self) -> tf.Tensor:
        return self.numbers.rate


class _Adam(_Given, keras.optimizers.Adam):
    """Adam whose update is TensorFlow's one kernel, which compare_gan's was too; Keras's own is some ten of them."""

    def update_step(self, gradient: tf.Tensor, variable: Any, learning_rate: Any) -> None:
        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations + 1, tf.float32)
        tf.raw_ops.ResourceApplyAdam(
            var=_handle(variable),
            m=_handle(self._momentums[index]),
            v=_handle(self._velocities[index]),
            beta1_power=tf.pow(self.numbers.beta1, step),
            beta2_power=tf.pow(self.numbers.beta2, step),
            lr=tf.cast(learning_rate, tf.float32),
            beta1=self.numbers.beta1,
            beta2=self.numbers.beta2,
            epsilon=self.epsilon,
            grad=gradient,
        )


def _handle(variable: Any) -> tf.Tensor:
    """Of a Keras variable, or of TensorFlow's own that is in it; of this replica's copy where there are several."""
    return (variable.value if isinstance(variable, keras.Variable) else variable).handle


class _RmsProp(_Given, keras.optimizers.RMSprop):
    """RMSProp (Tieleman and Hinton 2012) whose running mean square starts at 1, as TensorFlow 1's did, not at 0."""

    def build(self, variables: list[keras.Variable]) -> None:
        is_new = not self.built
        super().build(variables)
        if is_new:
            for velocity in self._velocities:
                velocity.assign(tf.ones_like(velocity))


class _Sgd(_Given, keras.optimizers.SGD):
    """SGD without momentum."""


def create(kind: str, rate: float, *, updates: int, decay: float) -> keras.Optimizer:
    """An optimizer that is not built yet, and whose `numbers` are to be set before every `apply`.

    Args:
        kind: "adam", "rmsprop" (decay 0.9, no momentum) or "sgd" (no momentum).
        rate: learning rate at the start.
        updates: how many there will be.
        decay: share of them, at the end, over which the rate falls to 0.
    """
    # Keras keeps a constant rate as a variable and a schedule as none; checkpoints have either.
    schedule = LinearDecay(rate, updates, decay) if decay else rate
    # Named, because Keras would count its optimizers, and a checkpoint must not depend on how many there were.
    if kind == "adam":
        return _Adam(schedule, epsilon=_ADAM_EPSILON, name=kind)
    if kind == "rmsprop":
        return _RmsProp(schedule, rho=0.9, epsilon=_RMSPROP_EPSILON, name=kind)
    return _Sgd(schedule, name=kind)


def rate_at(rate: float, *, updates: int, decay: float, count: tf.Tensor | int) -> float | tf.Tensor:
    """The learning rate of an update that `count` updates came before; arguments as of `create`."""
    if not decay:
        return rate
    if isinstance(count, tf.Tensor):
        return LinearDecay(rate, updates, decay)(count)
    # The same arithmetic without TensorFlow, whose operations one by one take long on a device.
    left = (np.float32(updates) - np.float32(count)) / np.float32(updates * decay)
    return float(np.float32(rate) * np.clip(left, np.float32(0), np.float32(1)))
