"""Self-modulated batch norm: the formula, what it starts as, the reference's variables."""

import math

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.options import Options

NAME = "self_modulated_batch"


def _inputs(shape):
    random = np.random.RandomState(0)
    return random.randn(*shape).astype(np.float32), random.randn(shape[0], 3).astype(np.float32)


@pytest.mark.parametrize("units", [4, 0])
@pytest.mark.parametrize("shape", [(5, 2), (5, 2, 3, 2)])
def test_the_value_equals_the_formula(make, units, shape):
    layer = make(NAME, initializer="normal", self_modulation_units=units)
    x, z = _inputs(shape)
    layer(x, z=z)
    random = np.random.RandomState(1)
    for variable in layer.trainable_variables:
        variable.assign(random.randn(*variable.shape))
    parts = {variable.path.removeprefix("norm/sbn/"): variable.numpy() for variable in layer.trainable_variables}
    h = z.astype(np.float64)
    if units:
        h = np.maximum(h @ parts["hidden/kernel"] + parts["hidden/bias"], 0)
    gain = h @ parts["gamma/kernel"] + parts["gamma/bias"]
    offset = h @ parts["beta/kernel"] + parts["beta/bias"]
    axes = tuple(range(x.ndim - 1))
    standard = (x - x.mean(axes)) / np.sqrt(x.var(axes) + 1e-3)
    expected = np.stack([gain[b] * standard[b] + offset[b] for b in range(5)])
    np.testing.assert_allclose(layer(x, z=z, training=True), expected, rtol=1e-4, atol=1e-4)
    assert len(parts) == (6 if units else 4)


def test_with_hidden_units_held_fixed_it_is_batch_norm_with_that_gain(make):
    """Latents of one direction only: every example has the same h, so the same gain and offset."""
    modulated, plain = make(NAME, initializer="normal"), make("batch")
    x, z = _inputs((5, 2, 3, 2))
    z = np.repeat(z[:1], 5, 0)
    modulated(x, z=z)
    plain(x)
    inner = modulated.modulation
    h = tf.nn.relu(z[:1] @ inner.hidden.kernel + inner.hidden.bias)
    plain.gamma.assign((h @ inner.gamma.kernel + inner.gamma.bias)[0])
    plain.beta.assign((h @ inner.beta.kernel + inner.beta.bias)[0])
    for training in (True, False):
        expected = plain(x, training=training)
        np.testing.assert_allclose(modulated(x, z=z, training=training), expected, rtol=1e-5, atol=1e-6)
    assert np.ptp(plain.gamma) > 1e-2 and np.ptp(plain.beta) > 1e-2


def test_it_starts_as_batch_norm_where_kernels_are_zero_and_learns_from_the_latents(make):
    layer, (x, z) = make(NAME), _inputs((5, 2))
    np.testing.assert_allclose(layer(x, z=z, training=True), make("batch")(x, training=True), atol=1e-6)
    layer = make(NAME, initializer="normal")
    with tf.GradientTape() as tape:
        point = tf.constant(z)
        tape.watch(point)
        loss = tf.reduce_sum(layer(x, z=point, training=True) ** 2)
    gradients = tape.gradient(loss, [point, *(variable.value for variable in layer.trainable_variables)])
    assert len(gradients) == 7 and all(float(tf.norm(gradient)) > 0 for gradient in gradients)


def test_latents_are_needed(make):
    with pytest.raises(ValueError, match="needs latents"):
        make(NAME)(np.zeros((2, 3), np.float32))


def test_the_variables_are_the_references():
    """compare_gan v3's DCGAN for 32x32x3 with self_modulated_batch_norm: names, shapes and the number of parameters."""
    generator = components.load("architectures", "dcgan").generator((32, 32, 3), Options(g_normalization=NAME))
    shapes = {name: tuple(variable.shape) for name, variable in generator.named_variables().items()}
    assert {name: shape for name, shape in shapes.items() if name.startswith("g_bn2/")} == {
        "g_bn2/moving_mean": (256,),
        "g_bn2/moving_variance": (256,),
        "g_bn2/sbn/hidden/kernel": (128, 32),
        "g_bn2/sbn/hidden/bias": (32,),
        "g_bn2/sbn/gamma/kernel": (32, 256),
        "g_bn2/sbn/gamma/bias": (256,),
        "g_bn2/sbn/beta/kernel": (32, 256),
        "g_bn2/sbn/beta/bias": (256,),
    }
    assert sum(math.prod(variable.shape) for variable in generator.trainable_variables) == 4_650_115
    assert sum(math.prod(variable.shape) for variable in generator.non_trainable_variables) == 1_920


def test_its_kernels_are_normalised_like_the_networks_and_every_kernel_starts_elsewhere():
    options = Options(
        g_normalization=NAME, g_weight_normalization="spectral", self_modulation_units=3, width=0.05, z_dim=6
    )
    generator = components.load("architectures", "sndcgan").generator((16, 16, 1), options)
    names = generator.named_variables()
    for part in ("hidden", "gamma", "beta"):
        assert f"g_bn1/sbn/{part}/u_var" in names
    gamma, beta = (names[f"g_bn1/sbn/{part}/kernel"].numpy() for part in ("gamma", "beta"))
    assert not np.array_equal(gamma, beta) and not np.array_equal(gamma, names["g_bn2/sbn/gamma/kernel"].numpy())
    np.testing.assert_array_equal(names["g_bn1/sbn/gamma/bias"], np.ones(gamma.shape[1]))
    assert names["g_bn1/sbn/hidden/kernel"].shape == (6, 3)
    images = generator(tf.random.stateless_normal([4, 6], [1, 2]), training=True)
    assert images.shape == (4, 16, 16, 1) and np.all(np.isfinite(images))
