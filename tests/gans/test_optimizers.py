"""Optimizers: one update each by hand, as TensorFlow 1 computed it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.gans import Optimizer, optimizers
from compare_gan_tf2.gans.optimizers import LinearDecay

GRADIENTS = np.array([[0.5, -2.0], [0.25, 1e-3]])


def _updated(name, updates, **more):
    variable = keras.Variable(np.ones([2, 2], np.float32))
    optimizer = optimizers.create(Optimizer(name, 0.1, **more), updates=100)
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


def _adam_of_pytorch(updates, epsilon):
    weight, first, second = np.ones([2, 2]), 0.0, 0.0
    for t in range(1, updates + 1):
        first, second = 0.5 * first + 0.5 * GRADIENTS, 0.9 * second + 0.1 * GRADIENTS**2
        weight = weight - 0.1 * first / (1 - 0.5**t) / (np.sqrt(second / (1 - 0.9**t)) + epsilon)
    return weight


def _rmsprop(updates):
    weight, square = np.ones([2, 2]), np.ones([2, 2])
    for _ in range(updates):
        square = 0.9 * square + 0.1 * GRADIENTS**2
        weight = weight - 0.1 * GRADIENTS / np.sqrt(square + 1e-10)
    return weight


def _rmsprop_of_keras_2(updates):
    weight, square = np.ones([2, 2]), np.zeros([2, 2])
    for _ in range(updates):
        square = 0.99 * square + 0.01 * GRADIENTS**2
        weight = weight - 0.1 * GRADIENTS / (np.sqrt(square) + 0.01)
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


@pytest.mark.parametrize("updates", [1, 3])
def test_the_place_of_epsilon_is_tensorflows_or_pytorchs(updates):
    of_pytorch = _updated("adam", updates, epsilon=0.01, corrects_epsilon=True)
    np.testing.assert_allclose(of_pytorch, _adam_of_pytorch(updates, 0.01), rtol=1e-5)
    assert not np.allclose(_updated("adam", updates, epsilon=0.01), of_pytorch, rtol=1e-4)


@pytest.mark.parametrize("updates", [1, 3])
def test_rmsprop_can_be_that_of_keras_2(updates):
    changes = {"square_decay": 0.99, "square_start": 0.0, "epsilon": 0.01, "epsilon_outside": True}
    np.testing.assert_allclose(_updated("rmsprop", updates, **changes), _rmsprop_of_keras_2(updates), rtol=1e-5)
    for name in changes:
        others = {key: value for key, value in changes.items() if key != name}
        assert not np.allclose(_updated("rmsprop", updates, **others), _rmsprop_of_keras_2(updates), rtol=1e-3), name


@pytest.mark.parametrize("kind", ["adam", "momentum", "rmsprop", "sgd"])
def test_an_optimizer_that_begins_anew_updates_as_a_new_one(kind):
    variable = keras.Variable(np.ones([2, 2], np.float32))
    optimizer = optimizers.create(Optimizer(kind, 0.1), updates=100)
    optimizer.build([variable])
    moved = []
    for _ in range(2):
        variable.assign(np.ones([2, 2]))
        for _ in range(3):
            optimizer.numbers = optimizers.Numbers(*map(tf.constant, (0.1, 0.5, 0.9)))
            optimizer.apply([keras.ops.convert_to_tensor(GRADIENTS, "float32")], [variable])
        moved.append(np.array(variable))
        assert int(optimizer.iterations) == 3
        optimizer.restart()
        assert int(optimizer.iterations) == 0
    np.testing.assert_array_equal(*moved)


def test_rates_that_are_functions_get_updates_and_step():
    said = Optimizer(
        "adam", lambda updates, step: 100.0 * updates + step, beta2=lambda updates, step: 0.9 + 0.01 * step
    )
    assert optimizers.numbers_at(said, updates=50, count=3, step=7) == pytest.approx([307.0, 0.9, 0.97])
    assert not said.is_steady() and Optimizer("adam", 0.1).is_steady()
    with pytest.raises(ValueError, match="itself how it decays"):
        Optimizer("sgd", lambda updates, step: 0.1, decay=0.5)


def test_unknown_kinds_are_refused():
    with pytest.raises(ValueError, match="optimizer is 'adam' or 'momentum' or 'rmsprop' or 'sgd', and not 'adan'"):
        Optimizer("adan", 0.1)
    with pytest.raises(ValueError, match="unreached .* and not 'left'"):
        Optimizer("sgd", 0.1, unreached="left")
