"""Weight norm: the length of each output's kernel, where it starts, its gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.options import Options
from compare_gan_tf2.weight_normalizations import weight

# A linear layer's kernel, a convolution's, and a transposed convolution's, whose outputs are on the third axis.
CASES = [((5, 3), -1), ((3, 3, 2, 4), -1), ((3, 3, 4, 2), -2)]


def _normalized(shape, output_axis, initializer=None):
    owner = keras.layers.Layer()
    initializer = initializer or keras.initializers.RandomNormal(seed=0)
    kernel = owner.add_weight(name="kernel", shape=shape, initializer=initializer)
    normalize = weight.WeightNormalization(owner, kernel, side="left", iterations=1, output_axis=output_axis, seed=1)
    (length,) = (variable for variable in owner.trainable_variables if variable.name == "g")
    return kernel, length, normalize


def _others(shape, output_axis):
    return tuple(axis for axis in range(len(shape)) if axis != output_axis % len(shape))


@pytest.mark.parametrize(("shape", "output_axis"), CASES)
def test_the_kernel_starts_as_it_was_and_then_has_the_lengths_g(shape, output_axis):
    kernel, length, normalize = _normalized(shape, output_axis)
    assert tuple(length.shape) == (shape[output_axis],)
    np.testing.assert_allclose(normalize(tf.convert_to_tensor(kernel), training=True), kernel, rtol=1e-6)
    wanted = np.arange(1, shape[output_axis] + 1)
    length.assign(wanted)
    ours = normalize(tf.convert_to_tensor(kernel), training=False).numpy().astype(np.float64)
    np.testing.assert_allclose(np.sqrt((ours**2).sum(_others(shape, output_axis))), wanted, rtol=1e-6)
    # The kernel's own length no longer matters.
    np.testing.assert_allclose(normalize(3.0 * kernel, training=True), ours, rtol=1e-6)


@pytest.mark.parametrize(("shape", "output_axis"), CASES)
def test_the_gradients_equal_finite_differences(shape, output_axis):
    kernel, length, normalize = _normalized(shape, output_axis)
    random = np.random.RandomState(0)
    v, g, w = random.randn(*shape), random.randn(shape[output_axis]), random.randn(*shape)
    along = [-1 if axis == output_axis % len(shape) else 1 for axis in range(len(shape))]

    def loss(v, g):
        size = np.sqrt((v**2).sum(_others(shape, output_axis), keepdims=True))
        return np.sum(w * (g.reshape(along) * v / size) ** 3)

    def slope(function, at, step=1e-5):
        gradient = np.empty_like(at)
        for index in np.ndindex(at.shape):
            move = np.zeros_like(at)
            move[index] = step
            gradient[index] = (function(at + move) - function(at - move)) / (2 * step)
        return gradient

    kernel.assign(v)
    length.assign(g)
    with tf.GradientTape() as tape:
        ours = tf.reduce_sum(tf.constant(w, tf.float32) * normalize(tf.convert_to_tensor(kernel), training=True) ** 3)
    assert float(ours) == pytest.approx(loss(v, g), rel=1e-4)
    by_v, by_g = tape.gradient(ours, [kernel.value, length.value])
    np.testing.assert_allclose(by_v, slope(lambda each: loss(each, g), v), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(by_g, slope(lambda each: loss(v, each), g), rtol=1e-3, atol=1e-4)


def test_a_kernel_of_zeros_gives_zeros_and_can_learn():
    kernel, _, normalize = _normalized((4, 3), -1, "zeros")
    with tf.GradientTape() as tape:
        ours = normalize(tf.convert_to_tensor(kernel), training=True)
        loss = tf.reduce_sum(ours * 2.0)
    np.testing.assert_array_equal(ours, np.zeros((4, 3)))
    gradients = [gradient.numpy() for gradient in tape.gradient(loss, [v.value for v in (kernel, _)])]
    assert all(np.all(np.isfinite(gradient)) for gradient in gradients)
    np.testing.assert_allclose(gradients[0], np.full((4, 3), 2.0), rtol=1e-5)


def test_networks_start_as_without_it_and_have_one_length_per_output():
    shape, z = (16, 16, 1), tf.random.stateless_normal([3, 6], [1, 2])
    architecture = components.load("architectures", "sndcgan")
    plain = architecture.generator(shape, Options(width=0.05, z_dim=6))
    ours = architecture.generator(shape, Options(width=0.05, z_dim=6, g_weight_normalization="weight"))
    np.testing.assert_allclose(ours(z, training=True), plain(z, training=True), rtol=1e-4, atol=1e-5)
    variables = ours.named_variables()
    lengths = {name: tuple(each.shape) for name, each in variables.items() if name.endswith("/g")}
    assert lengths == {
        name.replace("/bias", "/g"): tuple(each.shape) for name, each in variables.items() if name.endswith("/bias")
    }
    assert len(lengths) == 5 and all(variables[name].trainable for name in lengths)
