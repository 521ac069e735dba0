"""Steps of a training as plain calls, for tests of what a step does and not of its compilation.

To trace a step takes seconds, and to take one of a tiny network operation by operation a few tenths of one.
"""

import contextlib

import pytest
import tensorflow as tf

from compare_gan_tf2.training import steps


class _Keys:
    """Keys of random numbers by their places, for places that become known while a step is taken too."""

    def __init__(self, gan):
        self._gan = gan

    def __getitem__(self, place):
        return tf.constant(self._gan.engine.keys.values(self._gan.options.seed)[place], tf.int64)


def _call(stepper, due, _):
    call = steps._Call([], None)

    def function(batches, number, leaves, __, updates):
        read = tf.nest.map_structure(tf.convert_to_tensor, batches)
        return stepper._steps(call, due, read, number, leaves, _Keys(stepper._gan), tf.constant(updates))

    call.function = function
    return call


@contextlib.contextmanager
def eager_steps():
    """Whoever trains within the block does it without compilation."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps.Stepper, "_call", _call)
        yield
