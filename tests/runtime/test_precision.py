"""Half precision: what stays float32, what the step gives, how the loss is scaled."""

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws, precision

SMALL = {"dataset": "mnist", "width": 0.1, "z_dim": 8, "batch_size": 8, "initializer_stddev": 0.1}


def _step(changes):
    gan = build(Options.from_dict(SMALL | changes))
    images = tf.constant(np.random.default_rng(0).integers(0, 256, (1, 8, 28, 28, 1), np.uint8))
    labels = tf.zeros([1, 8], tf.int32)
    graph = tf.function(gan.train_step).get_concrete_function(images, labels, tf.constant(1, tf.int64))
    return gan, graph, {name: float(value) for name, value in graph(images, labels, tf.constant(1, tf.int64)).items()}


CASES = [
    {"d_weight_normalization": "spectral", "penalty": "wgan_gp"},
    {
        "architecture": "resnet5",
        "dataset": "celeb_a",
        "g_normalization": "batch",
        "d_normalization": "layer",
        "width": 0.05,
    },
    {"architecture": "biggan", "dataset": "cifar10", "conditional": True, "g_normalization": "conditional_batch"},
    {"architecture": "dcgan", "g_normalization": "self_modulated_batch", "d_normalization": "batch", "loss": "hinge"},
    {"gan": "vae"},
    {"gan": "began"},
]


@pytest.mark.parametrize(
    "changes",
    slow_unless(lambda changes: changes.get("gan") == "vae", CASES),
    ids=lambda changes: changes.get("gan", changes.get("architecture", "infogan")),
)
def test_products_are_halved_and_all_that_is_kept_is_not(changes):
    changes = changes | ({"batch_size": 8})
    options = Options.from_dict(SMALL | changes)
    gan = build(options)
    shape = gan.dataset.image_shape
    images = tf.constant(np.random.default_rng(0).integers(0, 256, (1, 8, *shape), np.uint8))
    arguments = (images, tf.zeros([1, 8], tf.int32), tf.constant(1, tf.int64))
    whole = {name: float(value) for name, value in gan.train_step(*arguments).items()}
    gan = build(options.replace(precision="mixed_bfloat16"))
    graph = tf.function(gan.train_step).get_concrete_function(*arguments)
    products = {"Conv2D": [], "Conv2DBackpropInput": [], "Conv2DBackpropFilter": []}
    for operation in graph.graph.get_operations():
        if operation.type in products:
            products[operation.type].append(operation.outputs[0].dtype)
    found = [dtype for dtypes in products.values() for dtype in dtypes]
    assert found and set(found) == {tf.bfloat16}
    half = {name: float(value) for name, value in graph(*arguments).items()}
    assert half == pytest.approx(whole, rel=0.05, abs=0.05) and half != whole
    for part in gan.tracked().values():
        assert {variable.dtype for variable in part.values()} <= {tf.float32, tf.int32, tf.int64}
    z = draws.draw("uniform", "test", [4, gan.generator.z_dim], seed=0, step=0)
    y = tf.zeros([4], tf.int32)
    with precision.computing("mixed_bfloat16"):
        pictures = gan.generator(z, y, training=False)
    # The last sigmoid or tanh is taken in float32: its colors are not those 8 bits can say.
    assert pictures.dtype == tf.float32
    assert np.any(tf.cast(tf.cast(pictures, tf.bfloat16), tf.float32).numpy() != pictures.numpy())


def test_evaluation_is_in_float32_whatever_the_training_was():
    z = draws.draw("uniform", "test", [4, 8], seed=0, step=0)
    whole = build(Options.from_dict(SMALL)).generator(z, training=False)
    half = build(Options.from_dict(SMALL | {"precision": "mixed_bfloat16"})).generator(z, training=False)
    np.testing.assert_array_equal(whole, half)


@pytest.mark.slow
def test_float16_gives_nearly_what_float32_gives():
    _, _, whole = _step({})
    gan, _, half = _step({"precision": "mixed_float16"})
    assert half == pytest.approx(whole, rel=0.02)
    assert {"loss_scale/d", "loss_scale/g"} <= gan.tracked()["state"].keys()
