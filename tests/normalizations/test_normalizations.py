"""Normalisations of activations: shapes, statistics, gains."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components, state
from compare_gan_tf2.normalizations import batch, conditional_batch

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


def _linear(units, name):
    return _Linear(units, name)


class _Linear(keras.layers.Layer):
    def __init__(self, units, name):
        super().__init__(name=name)
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], self.units), initializer="zeros")

    def call(self, x, training=False):
        return tf.matmul(x, self.kernel)


def _make(module, reference="none", decay=0.9, epsilon=1e-3):
    return module.Normalization(decay=decay, epsilon=epsilon, linear=_linear, reference=reference, name="norm")


@pytest.mark.parametrize("name", components.names("normalizations"))
@pytest.mark.parametrize("shape", [(4, 6), (4, 3, 3, 6)])
def test_every_normalization_keeps_the_shape_and_differs_by_mode_only_in_its_statistics(name, shape):
    layer = _make(components.load("normalizations", name))
    x = tf.random.stateless_normal(shape, [1, 2]) * 3 + 1
    labels, z = tf.one_hot([0, 1, 2, 0], 3), tf.zeros([4, 5])
    for training in (True, False):
        assert layer(x, z=z, labels=labels, training=training).shape == shape


def test_batch_norm_equals_the_references_test():
    layer = _make(batch)
    np.testing.assert_allclose(layer(X, training=True), Y, atol=1e-5)
    np.testing.assert_allclose(layer.moving_mean, 0.1 * X.mean((0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(layer.moving_variance, 0.9 + 0.1 * X.var((0, 1, 2)), rtol=1e-6)


def test_statistics_stand_still_when_frozen_and_are_used_in_evaluation():
    layer = _make(batch, decay=0.0)
    with state.frozen(state.STATISTICS):
        frozen = layer(X, training=True)
    assert np.all(layer.moving_mean.numpy() == 0) and np.all(layer.moving_variance.numpy() == 1)
    np.testing.assert_allclose(layer(X, training=True), frozen)
    np.testing.assert_allclose(layer(X, training=False), Y, atol=1e-5)


def test_the_gain_of_conditional_batch_norm_starts_at_one_and_without_it_in_reference_mode():
    labels = tf.one_hot([0, 1, 0, 1], 2)
    np.testing.assert_allclose(_make(conditional_batch)(X, labels=labels, training=True), Y, atol=1e-5)
    old = _make(conditional_batch, reference="v3")
    np.testing.assert_allclose(old(X, labels=labels, training=True), np.zeros_like(Y), atol=1e-7)


def test_conditional_batch_norm_gives_each_label_its_own_gain_and_offset():
    layer = _make(conditional_batch)
    labels = tf.one_hot([0, 1, 0, 1], 2)
    layer(X, labels=labels, training=True)
    layer.gain.kernel.assign([[1, 1, 1], [0, 0, 0]])
    layer.offset.kernel.assign([[0, 0, 0], [5, 5, 5]])
    expected = np.where(np.arange(4)[:, None, None, None] % 2 == 0, 2 * Y, Y + 5)
    np.testing.assert_allclose(layer(X, labels=labels, training=True), expected, atol=1e-5)
    with pytest.raises(ValueError, match="labels"):
        layer(X, training=True)


def test_second_derivatives_through_batch_statistics_are_right():
    """Gradient penalties need them, and with tf.nn.moments they are three per cent off here."""
    layer = _make(batch)
    x = np.random.RandomState(0).randn(5, 2)
    w = np.random.RandomState(1).randn(5, 2)

    def standardized(point):
        deviation = point - tf.reduce_mean(point, 0)
        return deviation / tf.sqrt(tf.reduce_mean(deviation**2, 0) + 1e-3)

    def gradient_of_slope(function, dtype):
        point = tf.constant(x, dtype)
        with tf.GradientTape() as outer:
            outer.watch(point)
            with tf.GradientTape() as inner:
                inner.watch(point)
                y = tf.reduce_sum(tf.constant(w, dtype) * function(point) ** 3)
            # One row only: the sum over all hides the difference, as the gradients of a channel sum to zero.
            slope = tf.reduce_sum(inner.gradient(y, point)[0] ** 2)
        return outer.gradient(slope, point)

    expected = gradient_of_slope(standardized, tf.float64)
    ours = gradient_of_slope(lambda point: layer(point, training=True), tf.float32)
    np.testing.assert_allclose(ours, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
