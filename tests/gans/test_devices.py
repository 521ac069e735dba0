"""The devices of «Improved Techniques» in GAN types that take them: who sees whom, and what stands still."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.architectures.minibatch_discrimination import MinibatchDiscrimination
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws, layer_state

SMALL = {"dataset": "mnist", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 4}
DATA = dataclasses.replace(catalog.find("mnist"), image_shape=(8, 8, 1))


def _gan(**changes):
    return build(Options.from_dict(SMALL | changes), DATA)


def _stepped(gan, number=1):
    images = np.random.default_rng(0).integers(0, 256, (1, 4, 8, 8, 1)).astype(np.uint8)
    gan.train_step(tf.constant(images), tf.zeros([1, 4], tf.int32), tf.constant(number, tf.int64))
    return gan


def _values(gan, part):
    return {name: each.numpy() for name, each in gan.networks()[part].items()}


def _compare(**changes):
    layer = MinibatchDiscrimination(4, 3, seed=1, decay=0.9, name="compare", **changes)
    layer.build((None, 6))
    return layer


def test_rows_are_compared_with_their_own_batch_alone():
    layer, real, fake = _compare(), *tf.random.stateless_normal([2, 5, 6], [1, 2])
    with draws.behind_one_another(2):
        both = layer(tf.concat([real, fake], 0), training=True)
    np.testing.assert_allclose(both[:5], layer(real, training=True), rtol=1e-5)
    np.testing.assert_allclose(both[5:], layer(fake, training=True), rtol=1e-5)
    assert np.abs(both - layer(tf.concat([real, fake], 0), training=True)).max() > 0.1


def test_equal_rows_are_as_near_as_can_be_and_far_ones_are_alone():
    layer, row = _compare(), tf.random.stateless_normal([1, 6], [1, 2])
    np.testing.assert_allclose(layer(tf.repeat(row, 5, 0), training=True), np.full((5, 4), 4.0 - 1.0), rtol=1e-5)
    far = layer(100.0 * tf.random.stateless_normal([5, 6], [3, 4]), training=True)
    np.testing.assert_allclose(far, np.full((5, 4), -1.0), atol=1e-3)


def test_without_a_batch_a_row_gets_what_rows_got_in_training():
    layer, rows = _compare(), tf.random.stateless_normal([5, 6], [1, 2])
    with layer_state.cumulative(0):
        of_batch = layer(rows, training=True)
    alone = layer(rows[:1])
    np.testing.assert_allclose(alone[0], np.mean(of_batch, 0), rtol=1e-5)
    np.testing.assert_array_equal(layer(rows)[0], alone[0])


def test_a_discriminator_sees_its_batch_in_training_and_a_row_alone_elsewhere():
    gan = _stepped(_gan(minibatch_kernels=3))
    images = tf.random.stateless_uniform([4, 8, 8, 1], [1, 2])
    others = tf.concat([images[:1], images[:1] + 0.5 * images[1:]], 0)
    for training in (True, False):
        logits, _ = gan.discriminator(images, training=training)
        changed, _ = gan.discriminator(others, training=training)
        assert (np.abs(logits[0] - changed[0]).max() > 0) == training
    moving = _values(gan, "discriminator")["minibatch/compare/moving_mean"]
    assert (moving > 0).all()


def test_an_image_of_virtual_batch_norm_depends_on_no_other_latents():
    z = tf.random.stateless_normal([4, 4], [1, 2])
    others = tf.concat([z[:1], 2.0 * z[1:]], 0)
    for kind in ("virtual_batch", "batch"):
        gan = _gan(g_normalization=kind, reference_latents=5, ema_decay=0.5)
        first, second = (gan.generator(each, training=True)[0] for each in (z, others))
        assert np.array_equal(first, second) == (kind == "virtual_batch")
        assert gan.generator(z, training=True).shape == (4, 8, 8, 1)
    # Without a reference the result is another one, and the average has the same.
    reference = gan.generator.reference_z
    assert reference is None
    gan = _gan(g_normalization="virtual_batch", reference_latents=5, ema_decay=0.5)
    image = gan.generator(z[:1])
    np.testing.assert_array_equal(gan.average(z[:1]), image)
    gan.generator.reference_z.assign(-2.0 * gan.generator.reference_z)
    assert np.abs(gan.generator(z[:1]) - image).max() > 0
    assert _values(gan, "average")["reference_z"].shape == (5, 4)


def test_every_generator_of_a_composed_one_carries_its_reference():
    gan = _gan(gan="multigan", objects=2, background="apart", g_normalization="virtual_batch", reference_latents=3)
    names = [name for name in _values(gan, "generator") if name.endswith("reference_z")]
    assert len(names) == 2  # of the objects, and of the background
    assert gan.generator(tf.zeros([2, gan.generator.z_dim])).shape == (2, 8, 8, 1)


def test_feature_matching_teaches_the_generator_alone():
    plain, matching = (_stepped(_gan(feature_matching=kind)) for kind in ("none", "squared"))
    for name, value in _values(plain, "discriminator").items():
        np.testing.assert_array_equal(_values(matching, "discriminator")[name], value)
    moved = [
        np.any(_values(matching, "generator")[name] != value) for name, value in _values(plain, "generator").items()
    ]
    assert any(moved)
    alone = _gan(feature_matching="squared", g_loss_weight=0.0)
    before = _values(alone, "generator")
    _stepped(alone)
    assert all(np.any(before[name] != each) for name, each in _values(alone, "generator").items() if "kernel" in name)
    assert [turn.whole for turn in matching.engine.turns] == [False, True]


@pytest.mark.parametrize("gan", ["modular", pytest.param("bigan", marks=pytest.mark.slow)])
def test_historical_averaging_pulls_to_the_mean_of_the_past_from_the_second_update_on(gan):
    sgd = {"g_optimizer": "sgd", "d_optimizer": "sgd", "g_learning_rate": 0.1, "d_learning_rate": 0.1}
    plain, pulled = (_gan(gan=gan, historical_averaging=weight, **sgd) for weight in (0.0, 0.5))
    name = "g_fc1/kernel"
    path = [_values(pulled, "generator")[name]]
    for number in (1, 2, 3):
        for each in (plain, pulled):
            _stepped(each, number)
        if number == 1:
            np.testing.assert_array_equal(_values(plain, "generator")[name], _values(pulled, "generator")[name])
        path.append(_values(pulled, "generator")[name])
    assert np.abs(_values(plain, "generator")[name] - path[-1]).max() > 0
    averages = [each for key, each in pulled.state.items() if key.endswith("g_fc1/kernel")]
    np.testing.assert_allclose(averages[0], np.mean(path[:3], 0), rtol=1e-4, atol=1e-7)
    assert not [key for key in plain.state if key.startswith("history")]
