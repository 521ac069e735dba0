"""Optimizers by name, as compare_gan used TensorFlow 1's: their constants, under Keras 3."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from compare_gan_tf2.gans import Optimizer

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


@dataclasses.dataclass(frozen=True, eq=False)
class _Powers:
    """beta1 and beta2 to the power of an update's number, float32 scalars."""

    beta1: tf.Tensor
    beta2: tf.Tensor


class _Given:
    """An optimizer whose numbers are given for every update: `numbers` is set before `apply`."""

    numbers: Numbers
    corrects_epsilon: bool = False
    iterations: Any

    def count(self) -> None:
        """Counts an update that moved nothing."""
        self.iterations.assign_add(1)

    def restart(self) -> None:
        """Takes back all updates: moments and counts are as they were at the start."""
        for variable in (self.iterations, *self._moments()):
            variable.assign(tf.zeros_like(variable))

    def _moments(self) -> list[Any]:
        """Variables that start at 0 beside the count."""
        return []

    def _get_current_learning_rate(self) -> tf.Tensor:
        return self.numbers.rate


class _Adam(_Given, keras.optimizers.Adam):
    """Adam whose update is TensorFlow's one kernel, which compare_gan's was too; Keras's own is some ten of them."""

    _powers: _Powers

    def _moments(self) -> list[Any]:
        return [*self._momentums, *self._velocities]

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        """As Keras's; before it, the powers of both betas, once for all variables."""
        step = tf.cast(self.iterations + 1, tf.float32)
        self._powers = _Powers(tf.pow(self.numbers.beta1, step), tf.pow(self.numbers.beta2, step))
        super().apply(grads, trainable_variables)

    def update_step(self, gradient: tf.Tensor, variable: Any, learning_rate: Any) -> None:
        index = self._get_variable_index(variable)
        epsilon = self.epsilon
        if self.corrects_epsilon:  # the kernel divides by the root of the second moment as it is, biased
            epsilon *= tf.sqrt(1.0 - self._powers.beta2)
        tf.raw_ops.ResourceApplyAdam(
            var=_handle(variable),
            m=_handle(self._momentums[index]),
            v=_handle(self._velocities[index]),
            beta1_power=self._powers.beta1,
            beta2_power=self._powers.beta2,
            lr=tf.cast(learning_rate, tf.float32),
            beta1=self.numbers.beta1,
            beta2=self.numbers.beta2,
            epsilon=epsilon,
            grad=gradient,
        )


def _handle(variable: Any) -> tf.Tensor:
    """Of a Keras variable, or of TensorFlow's own that is in it; of this replica's copy where there are several."""
    return (variable.value if isinstance(variable, keras.Variable) else variable).handle


class _RmsProp(_Given, keras.optimizers.RMSprop):
    """RMSProp (Tieleman and Hinton 2012) whose running mean square starts at any number; Keras's own starts at 0."""

    square_start: float = 1.0
    epsilon_outside: bool = False

    def build(self, variables: list[keras.Variable]) -> None:
        is_new = not self.built
        super().build(variables)
        if is_new:
            self._start()

    def restart(self) -> None:
        """Takes back all updates."""
        super().restart()
        self._start()

    def _start(self) -> None:
        for velocity in self._velocities:
            velocity.assign(tf.fill(velocity.shape, self.square_start))

    def update_step(self, gradient: tf.Tensor, variable: Any, learning_rate: Any) -> None:
        if not self.epsilon_outside:
            super().update_step(gradient, variable, learning_rate)
            return
        square = self._velocities[self._get_variable_index(variable)]
        mean = self.rho * tf.convert_to_tensor(square) + (1.0 - self.rho) * tf.square(gradient)
        self.assign(square, mean)
        self.assign_sub(variable, tf.cast(learning_rate, tf.float32) * gradient / (tf.sqrt(mean) + self.epsilon))


class _Sgd(_Given, keras.optimizers.SGD):
    """SGD without momentum."""


class _Momentum(_Given, keras.optimizers.SGD):
    """SGD along v <- beta1 v + (1 - beta1) gradient, whose first value is the first gradient: Torch7's optim.sgd."""

    def __init__(self, learning_rate: Any, **kwargs: Any):
        # Keras keeps velocities only if there is a momentum; beta1 takes its place.
        super().__init__(learning_rate, momentum=0.5, **kwargs)

    def _moments(self) -> list[Any]:
        return list(self.momentums)

    def update_step(self, gradient: tf.Tensor, variable: Any, learning_rate: Any) -> None:
        velocity = self.momentums[self._get_variable_index(variable)]
        decay = tf.where(self.iterations == 0, 0.0, self.numbers.beta1)
        velocity.assign(decay * velocity + (1.0 - decay) * gradient)
        variable.assign_sub(tf.cast(learning_rate, tf.float32) * velocity)


def create(said: Optimizer, *, updates: int) -> Any:
    """An optimizer that is not built yet, and whose `numbers` are to be set before every `apply`.

    Args:
        said: what it is. Neither RMSProp nor kind sgd has a momentum.
        updates: how many there will be.
    """
    rate = 0.0 if callable(said.rate) else said.rate
    # Keras keeps a constant rate as a variable and a schedule as none; checkpoints have either.
    schedule = LinearDecay(rate, updates, said.decay) if said.decay else rate
    # Named, because Keras would count its optimizers, and a checkpoint must not depend on how many there were.
    if said.kind == "adam":
        epsilon = _ADAM_EPSILON if said.epsilon is None else said.epsilon
        made = _Adam(schedule, epsilon=epsilon, name=said.kind)
        made.corrects_epsilon = said.corrects_epsilon
        return made
    if said.kind == "rmsprop":
        epsilon = _RMSPROP_EPSILON if said.epsilon is None else said.epsilon
        made = _RmsProp(schedule, rho=said.square_decay, epsilon=epsilon, name=said.kind)
        made.square_start, made.epsilon_outside = said.square_start, said.epsilon_outside
        return made
    if said.kind == "momentum":
        return _Momentum(schedule, name=said.kind)
    return _Sgd(schedule, name=said.kind)


def numbers_at(said: Optimizer, *, updates: int, count: tf.Tensor | int, step: tf.Tensor | int) -> list[Any]:
    """Learning rate, beta1 and beta2 of an update.

    Args:
        said: the optimizer.
        updates: how many there will be.
        count: of the updates before this one; a tensor only if rate and betas are numbers.
        step: the number of the step, from 1.
    """
    found = [each(int(count), int(step)) if callable(each) else each for each in (said.rate, said.beta1, said.beta2)]
    if said.decay:
        found[0] = _decayed(said.rate, updates, said.decay, count)
    return found


def _decayed(rate: Any, updates: int, decay: float, count: tf.Tensor | int) -> float | tf.Tensor:
    if isinstance(count, tf.Tensor):
        return LinearDecay(rate, updates, decay)(count)
    # The same arithmetic without TensorFlow, whose operations one by one take long on a device.
    left = (np.float32(updates) - np.float32(count)) / np.float32(updates * decay)
    return float(np.float32(rate) * np.clip(left, np.float32(0), np.float32(1)))
