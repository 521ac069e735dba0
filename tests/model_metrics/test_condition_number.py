"""ln cond(J'J) of functions whose Jacobian is known, and of generators."""

import math

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2.gans.base import build
from compare_gan_tf2.model_metrics import condition_number
from compare_gan_tf2.model_metrics.condition_number import gram_matrices, log_condition_numbers
from compare_gan_tf2.options import Options


def formula(count: int, k: int) -> np.ndarray:
    """The numbers that the golden values were made from: float64 [count] in [-1, 1)."""
    mask = np.uint64(0xFFFFFFFF)
    h = (np.arange(count, dtype=np.uint64) * np.uint64(2654435761) + np.uint64(k + 1) * np.uint64(0x9E3779B1)) & mask
    h ^= h >> np.uint64(15)
    h = (h * np.uint64(2246822519)) & mask
    h ^= h >> np.uint64(13)
    h = (h * np.uint64(3266489917)) & mask
    h ^= h >> np.uint64(16)
    return h.astype(np.float64) / 2147483648.0 - 1.0


# np.linalg.cond of compare_gan v3's Jacobian (its reverse passes, float32), at the formula's numbers.
GOLDEN = {
    "linear": [0.5325020551681519] * 4,
    "tanh": [1.6552002429962158, 1.169146180152893, 0.6943749785423279, 0.7764769792556763],
}


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize("block_bytes", [2**28, 100])
def test_values_of_compare_gan(name, block_bytes):
    weights, z = formula(36, 4501).reshape(3, 12), formula(12, 4502).reshape(4, 3)
    activation = {"linear": tf.identity, "tanh": tf.tanh}[name]
    values, singular = log_condition_numbers(
        gram_matrices(lambda z, labels: activation(z @ weights), z, block_bytes=block_bytes)
    )
    np.testing.assert_allclose(values, GOLDEN[name], rtol=1e-5)
    assert not singular.any()


def test_the_gram_matrix_and_condition_of_a_small_matrix():
    weights = np.array([[2.0, -1.0], [1.5, 1.0]])
    grams = gram_matrices(lambda z, labels: z @ weights, np.zeros((1, 2)))
    np.testing.assert_allclose(grams[0], [[5, 2], [2, 3.25]], rtol=1e-12)
    np.testing.assert_allclose(log_condition_numbers(grams)[0], [1.178121], atol=1e-6)
    np.testing.assert_allclose(np.linalg.slogdet(grams)[1], [2.505526], atol=1e-6)


@pytest.mark.parametrize("components", [5, pytest.param(64, marks=pytest.mark.slow), 70])
def test_grams_are_those_of_the_full_jacobian_whatever_the_blocks(components):
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(components, 96))
    z = rng.normal(size=(3, components)) / 5
    labels = np.array([0, 1, 2], np.int32)

    def function(z, labels):
        return tf.reshape(tf.tanh(z @ weights) * tf.cast(labels + 1, tf.float64)[:, None], [-1, 8, 4, 3])

    slopes = (1 - np.tanh(z @ weights) ** 2)[:, None] * weights * (labels + 1)[:, None, None]
    expected = slopes @ slopes.transpose(0, 2, 1)
    for block_bytes in (2**28, 1000):
        found = gram_matrices(function, z, labels, block_bytes=block_bytes)
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


def test_orthonormal_columns_and_any_multiple_of_them_condition_perfectly():
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(20, 6)))[0].T
    for scale in (1e-3, 1.0, 50.0):
        values, _ = log_condition_numbers(gram_matrices(lambda z, labels: scale * (z @ rotation), np.ones((2, 6))))  # noqa: B023
        np.testing.assert_allclose(values, 0, atol=1e-9)


def test_a_generator_that_tiles_its_latents_scores_zero(make_model):
    def tile(z, labels, training):
        return tf.tile(z[:, None, None, :], [1, 64, 64, 1])

    scores = condition_number.metric(make_model(tile))
    assert scores.keys() == condition_number.LOWER_IS_BETTER.keys()
    assert scores == {
        "log_condition_number_mean": 0.0,
        "log_condition_number_std": 0.0,
        "log_condition_number_count": 64.0,
        "log_condition_number_singular": 0.0,
    }


@pytest.mark.parametrize(("batch_size", "count"), [(8, 64), (100, 100), (2048, 256)])
def test_the_batch_is_the_trainings_within_limits(make_model, batch_size, count):
    model = make_model(lambda z, labels, training: 2 * z, latent_size=1, batch_size=batch_size)
    assert condition_number.metric(model)["log_condition_number_count"] == count


def test_deficient_rank_is_counted_and_bounded(make_model):
    rng = np.random.default_rng(2)
    # In float32, so that what should be zero is rounding.
    first, second = tf.constant(rng.normal(size=(6, 4)), tf.float32), tf.constant(rng.normal(size=(4, 50)), tf.float32)
    generators = {
        "low rank": lambda z, labels, training: (z @ first) @ second,
        "constant": lambda z, labels, training: tf.ones([len(z), 4, 4, 1]),
        "one latent unused": lambda z, labels, training: z[:, 1:],
    }
    for name, generator in generators.items():
        scores = condition_number.metric(make_model(generator, latent_size=6))
        assert scores["log_condition_number_singular"] == 64, name
        assert scores["log_condition_number_mean"] == pytest.approx(-2 * math.log(1e-6)), name


def test_a_latent_of_little_influence_is_not_a_singular_one(make_model):
    model = make_model(lambda z, labels, training: z * [1.0, 1e-4])
    scores = condition_number.metric(model)
    assert scores["log_condition_number_singular"] == 0
    assert scores["log_condition_number_mean"] == pytest.approx(-2 * math.log(1e-4), rel=1e-5)


def test_derivatives_that_are_not_finite_are_refused(make_model):
    model = make_model(lambda z, labels, training: tf.sqrt(z * 0.0))
    with pytest.raises(ValueError, match="not finite"):
        condition_number.metric(model)


@pytest.mark.parametrize(
    "options",
    slow_unless(
        lambda options: "architecture" not in options and options.get("gan") != "multigan",
        [
            {"dataset": "mnist", "width": 0.1, "conditional": True},
            {"dataset": "cifar10", "width": 0.1, "architecture": "resnet_cifar"},
            {"dataset": "cifar10", "width": 0.1, "architecture": "biggan", "g_attention": "B2"},
            {"dataset": "mnist", "width": 0.1, "gan": "multigan", "relation_blocks": 1},
            {"dataset": "mnist", "width": 0.1, "gan": "vae"},
        ],
    ),
    ids=lambda options: options.get("architecture", options.get("gan", "conditional")),
)
def test_derivatives_of_every_kind_of_generator_agree_with_central_differences(options):
    gan = build(Options.from_dict(options | {"z_dim": 16, "initializer": "orthogonal"}))
    z = tf.random.stateless_normal([1, gan.generator.z_dim], [1, 2])
    labels = tf.constant([1]) if gan.num_classes else None

    def generate(z, labels):
        return gan.generator(z, labels, training=False)

    gram = gram_matrices(generate, z, labels)[0]
    step = 1e-2 * tf.eye(gan.generator.z_dim)
    for k in range(4):
        difference = tf.cast(generate(z + step[k], labels) - generate(z - step[k], labels), tf.float64) / 2e-2
        assert float(tf.reduce_sum(difference**2)) == pytest.approx(gram[k, k], rel=0.02)
