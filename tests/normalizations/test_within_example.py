"""Layer norm and instance norm: closed forms in float64, first and second derivatives."""

import numpy as np
import pytest
import tensorflow as tf

EPSILON = {"layer": 1e-12, "instance": 1e-3}
CASES = [("layer", (2, 2, 3, 2)), ("layer", (3, 5)), ("instance", (2, 2, 3, 2))]


def _expected(name, x, gamma, beta):
    """float64, row by row as the formulas say."""
    y = np.empty_like(x)
    for b, example in enumerate(x):
        if name == "layer":
            y[b] = (example - example.mean()) / np.sqrt(example.var() + EPSILON[name])
        else:
            for c in range(x.shape[-1]):
                channel = example[..., c]
                y[b, ..., c] = (channel - channel.mean()) / np.sqrt(channel.var() + EPSILON[name])
    return gamma * y + beta


def _slope(function, x, step=1e-4):
    """The gradient of a scalar function by central differences, float64."""
    gradient = np.empty_like(x)
    for at in np.ndindex(x.shape):
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved[at] += sign * step
            ends.append(function(moved))
        gradient[at] = (ends[0] - ends[1]) / (2 * step)
    return gradient


def _case(make, name, shape):
    random = np.random.RandomState(0)
    layer, channels = make(name), shape[-1]
    x, w = random.randn(*shape), random.randn(*shape)
    gamma, beta = 1 + 0.3 * random.randn(channels), 0.3 * random.randn(channels)
    layer(tf.constant(x, tf.float32))
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    # The cube, because a loss linear in y has hardly a second derivative.
    return layer, x, w, gamma, beta, lambda point: np.sum(w * _expected(name, point, gamma, beta) ** 3)


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_the_value_and_its_gradients_equal_the_formula(make, name, shape):
    layer, x, w, gamma, beta, loss = _case(make, name, shape)
    point = tf.constant(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(point)
        y = layer(point, training=True)
        ours = tf.reduce_sum(tf.constant(w, tf.float32) * y**3)
    by_x, by_gamma, by_beta = tape.gradient(ours, [point, layer.gamma.value, layer.beta.value])
    np.testing.assert_allclose(y, _expected(name, x, gamma, beta), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(by_x, _slope(loss, x), rtol=1e-4, atol=1e-4)
    expected = _slope(lambda each: np.sum(w * _expected(name, x, each, beta) ** 3), gamma)
    np.testing.assert_allclose(by_gamma, expected, rtol=1e-4, atol=1e-4)
    expected = _slope(lambda each: np.sum(w * _expected(name, x, gamma, each) ** 3), beta)
    np.testing.assert_allclose(by_beta, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_second_derivatives_equal_finite_differences(make, name, shape):
    """Gradient penalties need them. Of one entry's slope: over all of an example they sum to zero."""
    layer, x, w, _, _, loss = _case(make, name, shape)
    point, one = tf.constant(x, tf.float32), (0,) * len(shape)
    with tf.GradientTape() as outer:
        outer.watch(point)
        with tf.GradientTape() as inner:
            inner.watch(point)
            y = tf.reduce_sum(tf.constant(w, tf.float32) * layer(point, training=True) ** 3)
        slope = inner.gradient(y, point)[one] ** 2
    ours = outer.gradient(slope, point)

    def squared_slope(at):
        step, ends = 1e-4, []
        for sign in (1, -1):
            moved = at.copy()
            moved[one] += sign * step
            ends.append(loss(moved))
        return ((ends[0] - ends[1]) / (2 * step)) ** 2

    expected = _slope(squared_slope, x)
    np.testing.assert_allclose(ours, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def test_the_epsilon_of_layer_norm_is_the_references_and_that_of_instance_norm_the_options(make):
    x = 1e-3 * np.random.RandomState(0).randn(2, 3, 3, 2).astype(np.float32)
    assert np.std(make("layer", epsilon=1.0)(x)) == pytest.approx(1.0, abs=1e-3)
    assert np.std(make("instance", epsilon=1.0)(x)) < 2e-3


@pytest.mark.parametrize("shape", [(3, 4), (3, 1, 1, 4)])
def test_instance_norm_leaves_a_single_position_its_value(make, shape):
    layer = make("instance")
    x = np.random.RandomState(0).randn(*shape).astype(np.float32)
    np.testing.assert_array_equal(layer(x), x)
    layer.gamma.assign([1, 2, 3, 4])
    layer.beta.assign([5, 6, 7, 8])
    np.testing.assert_allclose(layer(x), x * [1, 2, 3, 4] + [5, 6, 7, 8], rtol=1e-6)


@pytest.mark.parametrize("name", ["layer", "instance"])
def test_the_variables_are_the_references(make, name):
    layer = make(name)
    layer(tf.zeros([2, 3, 3, 5]))
    assert [variable.path for variable in layer.trainable_variables] == ["norm/beta", "norm/gamma"]
    assert not layer.non_trainable_variables
    np.testing.assert_array_equal(layer.beta, np.zeros(5))
    np.testing.assert_array_equal(layer.gamma, np.ones(5))


@pytest.mark.parametrize("name", ["layer", "instance"])
def test_examples_without_variation_give_the_offset_and_finite_gradients(make, name):
    layer, x = make(name), tf.fill([2, 3, 3, 4], 0.5)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        loss = tf.reduce_sum(y**2)
    np.testing.assert_array_equal(y, np.zeros(y.shape))
    assert np.all(np.isfinite(tape.gradient(loss, x)))
