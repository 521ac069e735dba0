"""Normalizations of activations: shapes, statistics, gains."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.runtime import layer_state

# The reference's own test: four 2x1 images of three channels, and what batch norm with epsilon 1e-3 makes of them.
X = np.array(
    [[[[5, 7, 2]], [[5, 8, 8]]], [[[1, 2, 0]], [[4, 0, 4]]], [[[6, 2, 6]], [[5, 0, 5]]], [[[2, 4, 2]], [[6, 4, 1]]]],
    np.float32,
)
Y = np.array(
    [
        [[[0.4375205, 1.30336881, -0.58830315]], [[0.4375205, 1.66291881, 1.76490951]]],
        [[[-1.89592218, -0.49438119, -1.37270737]], [[-0.14584017, -1.21348119, 0.19610107]]],
        [[[1.02088118, -0.49438119, 0.98050523]], [[0.4375205, -1.21348119, 0.58830321]]],
        [[[-1.31256151, 0.22471881, -0.58830315]], [[1.02088118, 0.22471881, -0.98050523]]],
    ]
)


@pytest.mark.parametrize("name", components.names("normalizations"))
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("shape", [(4, 6), (4, 3, 3, 6), (4, 1, 1, 6)])
def test_every_normalization_keeps_shape_and_dtype_and_differs_by_mode_only_in_its_statistics(make, name, dtype, shape):
    layer = make(name, initializer="normal")
    wide = tf.random.stateless_normal(shape, [1, 2]) * 300 + 100
    x, labels, z = tf.cast(wide, dtype), tf.one_hot([0, 1, 2, 0], 3), tf.random.stateless_normal([4, 5], [3, 4])
    trained, evaluated = (layer(x, z=z, labels=labels, training=training) for training in (True, False))
    for y in (trained, evaluated):
        assert y.shape == shape and y.dtype == dtype
        assert np.all(np.isfinite(tf.cast(y, tf.float32)))
    assert np.array_equal(trained, evaluated) == (not layer.uses_batch_statistics)
    assert all(variable.dtype == "float32" for variable in layer.variables)
    # Half precision costs its own rounding and no more: 300^2 sums to more than float16 can hold.
    exact = layer(tf.cast(x, tf.float32), z=z, labels=labels, training=True)
    atol = {"float32": 1e-6, "float16": 4e-3, "bfloat16": 4e-2}[dtype]
    np.testing.assert_allclose(tf.cast(trained, tf.float32), exact, rtol=atol, atol=atol)


@pytest.mark.parametrize("name", components.names("normalizations"))
def test_only_batch_statistics_make_rows_depend_on_each_other(make, name):
    layer = make(name)
    x = tf.random.stateless_normal([4, 2, 3, 6], [1, 2])
    labels, z = tf.one_hot([0, 1, 2, 0], 3), tf.zeros([4, 5])
    whole = layer(x, z=z, labels=labels, training=True)
    part = layer(x[1:3], z=z[1:3], labels=labels[1:3], training=True)
    independent = np.allclose(part, whole[1:3], rtol=0, atol=1e-6)
    assert independent == (not layer.uses_batch_statistics)


def test_batch_norm_equals_the_references_test(make):
    layer = make("batch")
    with layer_state.assigning():
        np.testing.assert_allclose(layer(X, training=True), Y, atol=1e-5)
    np.testing.assert_allclose(layer.moving_mean, 0.1 * X.mean((0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(layer.moving_variance, 0.9 + 0.1 * X.var((0, 1, 2)), rtol=1e-6)


def test_plain_batch_norm_is_batch_norm_without_what_is_learned(make):
    layer, learning = make("plain_batch"), make("batch")
    np.testing.assert_allclose(layer(X, training=True), Y, atol=1e-5)
    learning(X, training=True)
    assert not layer.trainable_variables and len(learning.trainable_variables) == 2
    assert {each.name for each in layer.variables} == {"moving_mean", "moving_variance"}


def test_statistics_stand_still_unless_they_are_assigned_and_are_used_in_evaluation(make):
    layer = make("batch", decay=0.0)
    with layer_state.assigning(), layer_state.frozen():
        frozen = layer(X, training=True)
    with layer_state.collecting() as proposals:
        layer(X, training=True)
    assert [proposal.variable for proposal in proposals] == [layer.moving_mean, layer.moving_variance]
    assert np.all(layer.moving_mean.numpy() == 0) and np.all(layer.moving_variance.numpy() == 1)
    with layer_state.assigning():
        np.testing.assert_allclose(layer(X, training=True), frozen)
    np.testing.assert_allclose(layer(X, training=False), Y, atol=1e-5)


def test_the_gain_of_conditional_batch_norm_starts_at_one_and_without_it_in_reference_mode(make):
    labels = tf.one_hot([0, 1, 0, 1], 2)
    np.testing.assert_allclose(make("conditional_batch")(X, labels=labels, training=True), Y, atol=1e-5)
    old = make("conditional_batch", reference="v3")
    np.testing.assert_allclose(old(X, labels=labels, training=True), np.zeros_like(Y), atol=1e-7)


def test_conditional_batch_norm_gives_each_label_its_own_gain_and_offset(make):
    layer = make("conditional_batch")
    labels = tf.one_hot([0, 1, 0, 1], 2)
    with layer_state.assigning():
        layer(X, labels=labels, training=True)
    layer.gain.kernel.assign([[1, 1, 1], [0, 0, 0]])
    layer.offset.kernel.assign([[0, 0, 0], [5, 5, 5]])
    expected = np.where(np.arange(4)[:, None, None, None] % 2 == 0, 2 * Y, Y + 5)
    np.testing.assert_allclose(layer(X, labels=labels, training=True), expected, atol=1e-5)
    with pytest.raises(ValueError, match="labels"):
        layer(X, training=True)


def _gradient_of_slope(function, x, dtype):
    """A second derivative of a function at x, as gradient penalties take it."""
    point = tf.constant(x, dtype)
    w = np.random.RandomState(1).randn(*x.shape)
    with tf.GradientTape() as outer:
        outer.watch(point)
        with tf.GradientTape() as inner:
            inner.watch(point)
            y = tf.reduce_sum(tf.constant(w, dtype) * function(point) ** 3)
        # Of a few only: the sum over all hides the difference, as the gradients that share moments sum to zero.
        slope = tf.reduce_sum(inner.gradient(y, point)[0, :2] ** 2)
    return outer.gradient(slope, point).numpy()


def _by_hand(x, axes, epsilon, moments):
    mean, variance = moments(x, axes)
    return (x - mean) / tf.sqrt(variance + epsilon)


def _moments(x, axes):
    mean = tf.reduce_mean(x, axes, keepdims=True)
    return mean, tf.reduce_mean(tf.math.squared_difference(x, mean), axes, keepdims=True)


def _library_moments(x, axes):
    return tf.nn.moments(x, axes, keepdims=True)


@pytest.mark.parametrize(
    ("name", "axes", "epsilon", "reference", "moments"),
    [
        ("batch", [0], 1e-3, "none", _moments),
        ("batch", [0], 1e-3, "v2", _library_moments),
        ("batch", [0], 1e-3, "v3", _moments),
        ("layer", [1], 1e-12, "none", _moments),
        ("layer", [1], 1e-12, "v3", _library_moments),
    ],
)
def test_second_derivatives_are_right_or_those_of_the_version(make, name, axes, epsilon, reference, moments):
    """Gradient penalties need them; with tf.nn.moments, as the versions had it, they are some per cent off."""
    layer = make(name, reference=reference)
    x = np.random.RandomState(0).randn(5, 3)
    ours = _gradient_of_slope(lambda point: layer(point, training=True), x, tf.float32)
    expected = _gradient_of_slope(lambda point: _by_hand(point, axes, epsilon, moments), x, tf.float64)
    np.testing.assert_allclose(ours, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
    other = _moments if moments is _library_moments else _library_moments
    unlike = _gradient_of_slope(lambda point: _by_hand(point, axes, epsilon, other), x, tf.float64)
    assert np.abs(unlike - expected).max() > 1e-2 * np.abs(expected).max()
