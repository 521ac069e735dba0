"""Gradient checkpointing: activations inside a layer computed again for its gradient, not kept (Chen et al. 2016).

A generator step says with `recomputing` that it wants it; layers that derive from `Recomputed` then keep their inputs
alone. Whether it is wanted is read while TensorFlow traces, per thread because MirroredStrategy traces every replica in
a thread of its own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Iterator

import keras
import tensorflow as tf

from compare_gan_tf2.runtime import draws, layer_state


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

    Outputs, gradients of any order and the proposed state are those of the layer itself, for the price of one more
    forward pass. Memory is saved in compiled functions; a gradient penalty's own pass keeps its activations, for they
    are needed once more for the second derivatives. tf.recompute_grad would propose the state
    twice and has no second derivatives.
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
        proposals = list[layer_state.Proposal]()
        counts = draws.counts()

        def compute(x: tf.Tensor, *values: tf.Tensor) -> list[tf.Tensor]:
            """The output, and the values proposed for the state, as a function of tensors alone."""
            given = dict(zip(conditions, values[: len(conditions)], strict=True))
            weights = zip(self.trainable_variables, values[len(conditions) :], strict=True)
            scope = keras.StatelessScope([*weights, *state])
            with scope, draws.counting_from(counts), layer_state.passing_on() as found:
                y = plain(x, **given, training=training)
            proposals[:] = found
            return [y, *(proposal.value for proposal in proposals)]

        y, *values = _computed_again(compute)(
            x, *conditions.values(), *map(tf.convert_to_tensor, self.trainable_variables)
        )
        for proposal, value in zip(list(proposals), values, strict=True):
            layer_state.offer(dataclasses.replace(proposal, value=value))
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
