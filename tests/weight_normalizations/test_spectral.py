"""Spectral norm: the singular value, the gradient, and when the vector moves."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import state
from compare_gan_tf2.weight_normalizations import spectral


def _normalized(side="left", shape=(3, 3, 4, 8)):
    owner = keras.layers.Layer()
    kernel = owner.add_weight(name="kernel", shape=shape, initializer=keras.initializers.RandomNormal(seed=0))
    return owner, kernel, spectral.WeightNormalization(owner, kernel, side=side, seed=1)


@pytest.mark.parametrize(("side", "shape"), [("left", (36, 1)), ("right", (1, 8)), ("auto", (1, 8))])
def test_the_norm_becomes_one_and_the_kernel_is_left_alone(side, shape):
    owner, kernel, normalize = _normalized(side)
    before = kernel.numpy()
    (vector,) = owner.non_trainable_variables
    assert tuple(vector.shape) == shape
    for _ in range(200):
        normal = normalize(tf.convert_to_tensor(kernel), training=True)
    assert np.linalg.norm(np.reshape(normal, [36, 8]), 2) == pytest.approx(1.0, rel=1e-5)
    np.testing.assert_array_equal(kernel.numpy(), before)


def test_the_vector_moves_in_training_and_neither_in_evaluation_nor_when_frozen():
    owner, kernel, normalize = _normalized()
    (vector,) = owner.non_trainable_variables
    start = vector.numpy()
    evaluated = normalize(tf.convert_to_tensor(kernel), training=False)
    with state.frozen(state.VECTORS):
        frozen = normalize(tf.convert_to_tensor(kernel), training=True)
    np.testing.assert_array_equal(vector.numpy(), start)
    moved = normalize(tf.convert_to_tensor(kernel), training=True)
    assert not np.array_equal(vector.numpy(), start)
    # All uses before the vector moves see the same singular value.
    np.testing.assert_array_equal(evaluated, moved)
    np.testing.assert_array_equal(frozen, moved)


def test_the_gradient_flows_through_the_singular_value_too():
    owner, kernel, normalize = _normalized()
    for _ in range(200):
        normalize(tf.convert_to_tensor(kernel), training=True)
    with tf.GradientTape() as tape:
        scaled = tf.reduce_sum(normalize(kernel * 1.0, training=False) ** 2)
    gradient = tape.gradient(scaled, kernel.value)
    # W / sigma does not change along W itself.
    assert abs(float(tf.reduce_sum(gradient * kernel))) < 1e-4 * float(tf.norm(gradient) * tf.norm(kernel))
