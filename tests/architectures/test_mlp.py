"""Fully connected networks for images of any shape."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

mlp = components.load("architectures", "mlp")
SHAPES = [(1, 1, 2), (28, 28, 1), (7, 5, 3)]


@pytest.mark.parametrize("shape", SHAPES)
def test_images_have_the_shape_of_the_data_and_lie_between_0_and_1(shape):
    generator = mlp.generator(shape, Options(z_dim=6, initializer="orthogonal"))
    images = generator(50 * tf.random.stateless_normal([9, 6], [1, 2]))
    assert images.shape == (9, *shape) and images.dtype == tf.float32
    assert 0 <= images.numpy().min() < 0.5 < images.numpy().max() <= 1


@pytest.mark.parametrize("shape", SHAPES)
def test_the_discriminator_gives_a_logit_and_128_features(shape):
    discriminator = mlp.discriminator(shape, Options())
    logits, features = discriminator(tf.ones([4, *shape]))
    assert logits.shape == (4, 1) and features.shape == (4, 128)


def test_parameters_are_those_of_three_hidden_layers():
    options = Options(z_dim=6, g_normalization="none")
    inputs, outputs, hidden = 2, 2, 2 * (128 * 128 + 128)
    assert mlp.generator((1, 1, 2), options).count_params() == 7 * 128 + hidden + 129 * outputs
    assert mlp.discriminator((1, 1, 2), options).count_params() == (inputs + 1) * 128 + hidden + 129
    narrow = Options(z_dim=6, g_normalization="none", width=0.25)
    assert mlp.generator((1, 1, 2), narrow).count_params() == 7 * 32 + 2 * (32 * 32 + 32) + 33 * 2


def test_it_computes_what_it_says():
    """By hand in float64, with batch norm in training."""
    rng = np.random.default_rng(0)
    generator = mlp.generator((1, 1, 2), Options(z_dim=6, initializer="orthogonal", width=0.1))
    discriminator = mlp.discriminator((1, 1, 2), Options(initializer="orthogonal", width=0.1))
    z = rng.uniform(-1, 1, (12, 6)).astype(np.float32)
    values = {name: variable.numpy().astype(float) for name, variable in generator.named_variables().items()}
    hidden = z.astype(float)
    for number in (1, 2, 3):
        hidden = hidden @ values[f"g_fc{number}/kernel"] + values[f"g_fc{number}/bias"]
        hidden = (hidden - hidden.mean(axis=0)) / np.sqrt(hidden.var(axis=0) + Options().batch_norm_epsilon)
        hidden = np.maximum(hidden, 0)
    images = 1 / (1 + np.exp(-(hidden @ values["g_fc4/kernel"] + values["g_fc4/bias"])))
    found = generator(z, training=True)
    np.testing.assert_allclose(found[:, 0, 0], images, atol=1e-5)
    values = {name: variable.numpy().astype(float) for name, variable in discriminator.named_variables().items()}
    hidden = 2 * images - 1
    for number in (1, 2, 3):
        hidden = hidden @ values[f"d_fc{number}/kernel"] + values[f"d_fc{number}/bias"]
        hidden = np.maximum(hidden, 0.2 * hidden)
    logits, features = discriminator(found, training=True)
    np.testing.assert_allclose(features, hidden, atol=1e-5)
    np.testing.assert_allclose(logits, hidden @ values["d_fc4/kernel"] + values["d_fc4/bias"], atol=1e-5)


@pytest.mark.parametrize(
    ("normalization", "weights"),
    slow_unless(
        lambda case: case[0] == "batch" or case[1] == "spectral",
        itertools.product(components.names("normalizations"), components.names("weight_normalizations")),
    ),
)
def test_every_normalisation_acts(normalization, weights):
    conditional = normalization.startswith("conditional")
    options = Options.from_dict({
        "dataset": "ring", "architecture": "mlp", "g_normalization": normalization, "conditional": conditional,
        "g_weight_normalization": weights, "d_weight_normalization": weights, "initializer": "orthogonal",
    })  # fmt: skip
    classes = 8 if conditional else 0
    generator = mlp.generator((1, 1, 2), options, classes)
    labels = tf.range(8) if conditional else None
    images = generator(tf.random.stateless_uniform([8, 128], [1, 2], -1, 1), labels, training=True)
    assert np.isfinite(images).all() and images.numpy().std(axis=0).max() > 1e-4
    names = generator.named_variables()
    assert any("g_bn1" in name for name in names) == (normalization != "none")
    kernels = [name for name in names if name.startswith("g_fc")]
    assert (len(kernels) > 8) == (weights != "none")


@pytest.mark.parametrize("conditioning", ["projection", "concatenation"])
def test_labels_change_both_networks(conditioning):
    options = Options.from_dict({
        "dataset": "ring", "architecture": "mlp", "conditional": True, "d_conditioning": conditioning,
        "g_normalization": "conditional_batch", "initializer": "orthogonal",
    })  # fmt: skip
    generator, discriminator = mlp.generator((1, 1, 2), options, 8), mlp.discriminator((1, 1, 2), options, 8)
    for name, variable in generator.named_variables().items():
        if "gamma" in name or "beta" in name:
            variable.assign_add(0.1 * tf.random.stateless_normal(variable.shape, [1, 2]))
    z = tf.ones([2, 128])
    images = generator(z, tf.constant([0, 1]))
    assert np.abs(images[0] - images[1]).max() > 1e-4
    logits, _ = discriminator(tf.fill([2, 1, 1, 2], 0.3), tf.constant([0, 1]))
    assert abs(float(logits[0, 0] - logits[1, 0])) > 1e-4
    assert ("embedding_fc/kernel" in discriminator.named_variables()) == (conditioning == "projection")


def test_compare_gan_had_none():
    with pytest.raises(UserError, match="compare_gan v3 had no architecture mlp; set reference=none"):
        mlp.generator((1, 1, 2), Options(reference="v3"))
    with pytest.raises(UserError, match="had no architecture mlp"):
        Options.from_dict({"dataset": "mnist", "architecture": "mlp", "reference": "v1"})


def test_options_without_a_place_are_refused():
    with pytest.raises(UserError, match="no blocks that self-attention could follow"):
        Options.from_dict({"dataset": "ring", "architecture": "mlp", "g_attention": "B1"})
    with pytest.raises(UserError, match="embed_z"):
        Options.from_dict({"dataset": "ring", "architecture": "mlp", "embed_z": True})
