"""Optimizers: one update each by hand, as TensorFlow 1 computed it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.gans import optimizers
from compare_gan_tf2.gans.optimizers import LinearDecay

GRADIENTS = np.array([[0.5, -2.0], [0.25, 1e-3]])


def _updated(name, updates):
    variable = keras.Variable(np.ones([2, 2], np.float32))
    optimizer = optimizers.create(name, 0.1, updates=100, decay=0.0)
    optimizer.build([variable])
    for _ in range(updates):
        optimizer.numbers = optimizers.Numbers(*map(tf.constant, (0.1, 0.5, 0.9)))
        optimizer.apply([keras.ops.convert_to_tensor(GRADIENTS, "float32")], [variable])
    return np.array(variable)


def _adam(updates):
    weight, first, second = np.ones([2, 2]), 0.0, 0.0
    for t in range(1, updates + 1):
        first, second = 0.5 * first + 0.5 * GRADIENTS, 0.9 * second + 0.1 * GRADIENTS**2
        weight = weight - 0.1 * np.sqrt(1 - 0.9**t) / (1 - 0.5**t) * first / (np.sqrt(second) + 1e-8)
    return weight


def _rmsprop(updates):
    weight, square = np.ones([2, 2]), np.ones([2, 2])
    for _ in range(updates):
        square = 0.9 * square + 0.1 * GRADIENTS**2
        weight = weight - 0.1 * GRADIENTS / np.sqrt(square + 1e-10)
    return weight


def _sgd(updates):
    return 1.0 - 0.1 * updates * GRADIENTS


@pytest.mark.parametrize("by_hand", [_adam, _rmsprop, _sgd])
@pytest.mark.parametrize("updates", [1, 3])
def test_updates_equal_those_by_hand(by_hand, updates):
    np.testing.assert_allclose(_updated(by_hand.__name__[1:], updates), by_hand(updates), rtol=1e-5)


def test_the_learning_rate_falls_to_nearly_zero_over_the_last_share():
    rate = LinearDecay(2.0, 100, 0.4)
    assert [float(rate(step)) for step in (0, 60, 80, 99)] == pytest.approx([2.0, 2.0, 1.0, 0.05])
