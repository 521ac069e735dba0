"""Spectral norm: the singular value, the gradient, and when the vector moves."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import layer_state
from compare_gan_tf2.weight_normalizations import spectral


def _normalized(side="left", shape=(3, 3, 4, 8), iterations=1):
    owner = keras.layers.Layer()
    kernel = owner.add_weight(name="kernel", shape=shape, initializer=keras.initializers.RandomNormal(seed=0))
    normalize = spectral.WeightNormalization(owner, kernel, side=side, iterations=iterations, output_axis=-1, seed=1)
    return owner, kernel, normalize


@pytest.mark.parametrize(("side", "shape"), [("left", (36, 1)), ("right", (1, 8)), ("auto", (1, 8))])
def test_the_norm_becomes_one_and_the_kernel_is_left_alone(side, shape):
    owner, kernel, normalize = _normalized(side)
    before = kernel.numpy()
    (vector,) = owner.non_trainable_variables
    assert tuple(vector.shape) == shape
    for _ in range(200):
        with layer_state.assigning():
            normal = normalize(tf.convert_to_tensor(kernel), training=True)
    assert np.linalg.norm(np.reshape(normal, [36, 8]), 2) == pytest.approx(1.0, rel=1e-5)
    np.testing.assert_array_equal(kernel.numpy(), before)


def test_the_vector_moves_in_training_and_neither_in_evaluation_nor_when_frozen():
    owner, kernel, normalize = _normalized()
    (vector,) = owner.non_trainable_variables
    start = vector.numpy()
    evaluated = normalize(tf.convert_to_tensor(kernel), training=False)
    with layer_state.assigning(), layer_state.frozen(first_only=True):
        frozen = normalize(tf.convert_to_tensor(kernel), training=True)
    np.testing.assert_array_equal(vector.numpy(), start)
    with layer_state.assigning():
        moved = normalize(tf.convert_to_tensor(kernel), training=True)
    assert not np.array_equal(vector.numpy(), start)
    # All uses before the vector moves see the same singular value.
    np.testing.assert_array_equal(evaluated, moved)
    np.testing.assert_array_equal(frozen, moved)


def test_the_gradient_flows_through_the_singular_value_too():
    owner, kernel, normalize = _normalized()
    for _ in range(200):
        with layer_state.assigning():
            normalize(tf.convert_to_tensor(kernel), training=True)
    with tf.GradientTape() as tape:
        scaled = tf.reduce_sum(normalize(kernel * 1.0, training=False) ** 2)
    gradient = tape.gradient(scaled, kernel.value)
    # W / sigma does not change along W itself.
    assert abs(float(tf.reduce_sum(gradient * kernel))) < 1e-4 * float(tf.norm(gradient) * tf.norm(kernel))


@pytest.mark.parametrize("side", ["left", "right"])
def test_several_steps_per_use_equal_as_many_uses_and_approach_the_largest_singular_value(side):
    errors = []
    for iterations in (1, 3, 10, 100):
        _, kernel, normalize = _normalized(side, iterations=iterations)
        ours = normalize(tf.convert_to_tensor(kernel), training=True)
        sigma = np.linalg.norm(np.reshape(kernel.numpy().astype(np.float64), [36, 8]), 2)
        errors.append(abs(float(tf.norm(kernel) / tf.norm(ours)) - sigma) / sigma)
        _, kernel, single = _normalized(side)
        with layer_state.assigning():
            for _ in range(iterations):
                once = single(tf.convert_to_tensor(kernel), training=True)
        np.testing.assert_allclose(ours, once, rtol=1e-6)
    assert errors[0] > errors[1] > errors[2] > errors[3] and errors[0] > 1e-2 and errors[3] < 1e-5


def test_one_step_is_the_papers_algorithm():
    owner, kernel, normalize = _normalized()
    (vector,) = owner.non_trainable_variables
    w, u = kernel.numpy().astype(np.float64).reshape(36, 8), vector.numpy().astype(np.float64)
    v = w.T @ u / np.linalg.norm(w.T @ u)
    u = w @ v / np.linalg.norm(w @ v)
    with layer_state.assigning():
        ours = normalize(tf.convert_to_tensor(kernel), training=True)
    np.testing.assert_allclose(np.reshape(ours, [36, 8]), w / (u.T @ w @ v), rtol=1e-5)
    np.testing.assert_allclose(vector, u, rtol=1e-4, atol=1e-6)


def test_networks_take_as_many_steps_as_the_options_say():
    def vectors_after(**changes):
        options = Options(width=0.05, z_dim=6, d_weight_normalization="spectral", **changes)
        network = components.load("architectures", "dcgan").discriminator((16, 16, 1), options)
        with layer_state.assigning():
            for _ in range(6 // options.spectral_iterations):
                network(tf.zeros([1, 16, 16, 1]), training=True)
        return {name: each.numpy() for name, each in network.named_variables().items() if name.endswith("u_var")}

    single, triple = vectors_after(), vectors_after(spectral_iterations=3)
    assert len(single) > 3
    for name, vector in single.items():
        np.testing.assert_allclose(triple[name], vector, atol=1e-5, err_msg=name)
