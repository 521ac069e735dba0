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


def _call(stepper, due, taken):
    names = []

    def function(number, leaves, _, updates, *rows):
        read = tf.nest.pack_sequence_as(taken, [tf.convert_to_tensor(each) for each in rows])
        return stepper._steps(names, due, read, number, leaves, _Keys(stepper._gan), updates)

    return steps._Call(names, None, function)


@contextlib.contextmanager
def eager_steps():
    """Whoever trains within the block does it without compilation."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps.Stepper, "_call", _call)
        yield
