"""Gradient checkpointing: activations inside a layer computed again for its gradient, not kept (Chen et al. 2016).

A generator step says with `recomputing` that it wants it; layers that derive from `Recomputed` then keep their inputs
alone. Whether it is wanted is read while TensorFlow traces, per thread because MirroredStrategy traces every replica in
a thread of its own.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

import keras
import tensorflow as tf


class _Wanted(threading.local):
    here: bool = False


_WANTED = _Wanted()


@contextlib.contextmanager
def recomputing(is_wanted: bool) -> Iterator[None]:
    """Within the block `Recomputed` layers do not keep their activations, if it is wanted."""
    before = _WANTED.here
    _WANTED.here = is_wanted
    try:
        yield
    finally:
        _WANTED.here = before


class Recomputed(keras.layers.Layer):
    """A layer (x, z=None, labels=None, training=False) -> one tensor that can be computed twice instead of kept.

    Outputs, gradients of any order and the state that moves are those of the layer itself, for the price of one more
    forward pass. Memory is saved in compiled functions; a gradient penalty's own pass keeps its activations, for they
    are needed once more for the second derivatives. tf.recompute_grad would move the layer's state twice, from another
    start the second time, and has no second derivatives.
    """

    def __call__(
        self, x: tf.Tensor, z: tf.Tensor | None = None, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """As the layer's `call`."""
        plain = super().__call__
        if not _WANTED.here:
            return plain(x, z=z, labels=labels, training=training)
        conditions = {name: value for name, value in (("z", z), ("labels", labels)) if value is not None}
        state = [(variable, tf.convert_to_tensor(variable)) for variable in self.non_trainable_variables]
        moved = list[keras.Variable]()

        def compute(x: tf.Tensor, *values: tf.Tensor) -> list[tf.Tensor]:
            """The output, and what of the state becomes what, as a function of tensors alone."""
            given = dict(zip(conditions, values[: len(conditions)], strict=True))
            weights = zip(self.trainable_variables, values[len(conditions) :], strict=True)
            with keras.StatelessScope([*weights, *state]) as scope:
                y = plain(x, **given, training=training)
            moved[:] = [variable for variable, start in state if scope.get_current_value(variable) is not start]
            return [y, *(tf.stop_gradient(scope.get_current_value(variable)) for variable in moved)]

        y, *after = _computed_again(compute)(
            x, *conditions.values(), *map(tf.convert_to_tensor, self.trainable_variables)
        )
        for variable, value in zip(moved, after, strict=True):
            variable.assign(value)
        return y


def _computed_again(compute: Callable[..., list[tf.Tensor]]) -> Callable[..., list[tf.Tensor]]:
    """The same function, whose gradient needs its inputs alone and computes it again; only the first output has one."""

    @tf.custom_gradient
    def function(x: tf.Tensor, *others: tf.Tensor) -> tuple[list[tf.Tensor], Callable]:
        def gradient(upstream: tf.Tensor, *_: tf.Tensor) -> list[tf.Tensor | None]:
            # A zero of what came back makes the second time wait for it, and keeps compilers from finding that all
            # that depends on x is the same both times; XLA does not look at control dependencies.
            zero = tf.stop_gradient(tf.minimum(tf.abs(tf.reshape(upstream, [-1])[0]), 0.0))
            # Each a tensor of its own, for one that is given twice would have its whole gradient twice.
            inputs = [x + tf.cast(zero, x.dtype), *map(tf.identity, others)]
            with tf.GradientTape() as tape:
                tape.watch(inputs)
                y = compute(*inputs)[0]
            return tape.gradient(y, inputs, output_gradients=upstream)

        return compute(x, *others), gradient

    return function
