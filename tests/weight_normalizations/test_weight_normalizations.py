"""What holds of every normalization of kernels."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.architectures._blocks import Conv, Deconv, Linear


@pytest.mark.parametrize("name", components.names("weight_normalizations"))
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize(("shape", "output_axis"), [((6, 4), -1), ((3, 3, 2, 4), -1), ((3, 3, 4, 2), -2)])
@pytest.mark.parametrize("training", [True, False])
def test_shape_and_dtype_are_the_kernels_and_half_precision_costs_only_its_rounding(
    name, dtype, shape, output_axis, training
):
    def normal(cast_to):
        owner = keras.layers.Layer()
        kernel = owner.add_weight(
            name="kernel", shape=shape, initializer=keras.initializers.RandomNormal(100.0, seed=1)
        )
        normalize = components.load("weight_normalizations", name).WeightNormalization(
            owner, kernel, side="left", iterations=1, output_axis=output_axis, seed=2
        )
        assert all(variable.dtype == "float32" for variable in owner.variables)
        return normalize(tf.cast(kernel, cast_to), training)

    ours, exact = normal(dtype), normal("float32")
    assert ours.shape == shape and ours.dtype == dtype
    rounding = {"float32": 0.0, "float16": 2e-3, "bfloat16": 2e-2}[dtype]
    assert np.all(np.isfinite(exact))
    np.testing.assert_allclose(tf.cast(ours, tf.float32), exact, rtol=rounding, atol=rounding * np.abs(exact).max())


@pytest.mark.parametrize("name", components.names("weight_normalizations"))
def test_every_layer_with_a_kernel_computes_with_the_normalised_one(name):
    module = components.load("weight_normalizations", name)
    arguments = {
        "initializer": keras.initializers.RandomNormal(seed=1),
        "weight_normalization": functools.partial(module.WeightNormalization, side="left", iterations=2, seed=2),
    }
    x = tf.random.stateless_normal([2, 4, 4, 3], [1, 2])
    cases = [
        (Linear(5, "linear", **arguments), x[:, 0, 0], lambda kernel: x[:, 0, 0] @ kernel),
        (Conv(5, 3, 2, "conv", **arguments), x, lambda kernel: tf.nn.conv2d(x, kernel, 2, "SAME")),
        (
            Deconv(5, 3, 2, (8, 8), "deconv", **arguments),
            x,
            lambda kernel: tf.nn.conv2d_transpose(x, kernel, [2, 8, 8, 5], 2, "SAME"),
        ),
    ]
    for layer, inputs, formula in cases:
        layer(inputs)
        kernel = layer._normalize(tf.convert_to_tensor(layer.kernel), False)
        assert kernel.shape == layer.kernel.shape
        np.testing.assert_allclose(layer(inputs), formula(kernel), rtol=1e-5, atol=1e-6)
