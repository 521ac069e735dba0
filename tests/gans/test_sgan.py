"""Semi-supervised GANs beyond what the originals' numbers show: start from data, averages, who learns from what."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers
from compare_gan_tf2.architectures.noise import GaussianNoise
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import data_start, draws, layer_state

SMALL = {"dataset": "mnist", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 4}
DATA = dataclasses.replace(catalog.find("mnist"), image_shape=(8, 8, 1))


def _gan(name, **changes):
    return build(Options.from_dict(SMALL | {"gan": name} | changes), DATA)


def _batch(gan, seed=0):
    source, reads = np.random.default_rng(seed), len(gan.engine.reads())
    images = source.integers(0, 256, (reads, 4, 8, 8, 1)).astype(np.uint8)
    return gan.batches_of(tf.constant(images), tf.constant(np.repeat([[1, 2, 3, 4]], reads, 0), tf.int32))


def _step(gan, batch, number=1):
    measured = gan.step_of(batch, tf.constant(number, tf.int64))
    return {name: float(each) for name, each in measured.items()}


@pytest.mark.parametrize("kind", ["linear", "conv", "deconv"])
def test_a_layer_with_weight_norm_starts_standardized_and_goes_on_with_what_it_was_shown(kind):
    make = Layers(Options.from_dict({"d_weight_normalization": "weight"}), "discriminator")
    layer = {
        "linear": lambda: make.linear("a", 5),
        "conv": lambda: make.conv("a", 5, 3),
        "deconv": lambda: make.deconv("a", 5, 4, 2, (8, 8)),
    }[kind]()
    x = 3.0 + tf.random.stateless_normal([16, 7] if kind == "linear" else [16, 4, 4, 3], [1, 2])
    layer(x)
    with data_start.starting(), layer_state.assigning():
        shown = layer(x, training=True)
    after = layer(x)
    axes = list(range(after.shape.rank - 1))
    np.testing.assert_allclose(tf.reduce_mean(after, axes), np.zeros(5), atol=1e-4)
    np.testing.assert_allclose(tf.math.reduce_std(after, axes), np.ones(5), rtol=1e-4)
    np.testing.assert_allclose(after, shown, atol=1e-4)


def test_the_start_is_before_the_first_step_alone_and_the_average_begins_behind_it():
    gan = _gan("sgan_k_outputs", architecture="sgan_mlp", data_start_images=4, d_learning_rate=1e-30)
    out = next(each for each in gan.discriminator.head if hasattr(each, "kernel"))
    lengths = out._normalize.length
    before = lengths.numpy()
    batch = _batch(gan)
    _step(gan, batch)
    started, bias = lengths.numpy(), out.bias.numpy()
    # At a rate of nearly nothing all that has changed is the start.
    assert np.abs(started / before - 1.0).min() > 0.1 and np.abs(bias).max() > 0.01
    average = gan.players["discriminator"].averaged.named_variables()
    np.testing.assert_allclose(average["d_out/bias"], 1e-4 * bias, rtol=1e-3)
    _step(gan, batch, 2)
    np.testing.assert_allclose(lengths, started, rtol=1e-6)
    np.testing.assert_allclose(average["d_out/g"], (1e-4 + 0.9999e-4) * started, rtol=1e-3)
    # Lengths that are not trained are those of the latest network.
    np.testing.assert_array_equal(average["d_fc1/g"], gan.discriminator.named_variables()["d_fc1/g"])


def test_noise_is_that_of_its_rows_and_of_training_steps_alone():
    layer, x = GaussianNoise(0.5, "noise"), tf.zeros([4, 1000])
    np.testing.assert_array_equal(layer(x), x)
    np.testing.assert_array_equal(layer(x, training=True), x)
    found = []
    for share in (draws.Share(), draws.Share(1, 2)):
        with draws.drawing(draws.Seed.of(0, 1), "d", share):
            rows = x if share.count == 1 else x[2:]
            found.append((layer(rows, training=True), layer(rows, training=True)))
    (first, second), (part, _) = found
    np.testing.assert_array_equal(first[2:], part)
    assert np.abs(np.std(first) - 0.5) < 0.02 and not np.array_equal(first, second)


@pytest.mark.parametrize("name", ["sgan", "sgan_k_outputs"])
def test_saturated_right_logits_have_nearly_no_cross_entropy(name):
    gan = _gan(name)
    logits = tf.pad(100.0 * tf.one_hot([3, 7], 10), [[0, 0], [0, gan.more_outputs]])
    assert float(gan.labeled_loss(logits, gan.one_hot(tf.constant([3, 7])))) < 1e-4
    soft = tf.constant(np.full((2, 10), 0.1, np.float32))
    assert float(gan.labeled_loss(0.0 * logits, soft)) == pytest.approx(np.log(10 + gan.more_outputs), rel=1e-6)


@pytest.mark.parametrize("name", ["sgan", "sgan_k_outputs"])
def test_without_unlabeled_images_the_discriminator_is_a_classifier_of_the_labeled(name):
    found = []
    for weight in (1.0, 0.0):
        for seed in (0, 1):
            gan = _gan(name, unlabeled_weight=weight, data_start_images=0, d_ema_decay=0.0)
            batch = _batch(gan)
            purpose = "discriminator/0"
            batch[purpose] = {**batch[purpose], "images": _batch(gan, seed)[purpose]["images"]}
            _step(gan, batch)
            found.append({key: each.numpy() for key, each in gan.networks()["discriminator"].items()})
    with_all, other, alone, as_well = found
    assert any(np.any(with_all[key] != other[key]) for key in with_all)
    for key, value in alone.items():
        np.testing.assert_array_equal(as_well[key], value, err_msg=key)


def test_classes_are_of_the_average_where_scores_are_and_sum_to_one():
    gan = _gan("sgan", d_ema_decay=0.5, d_learning_rate=0.05)
    for number in (1, 2):
        _step(gan, _batch(gan), number)
    images = tf.random.stateless_uniform([3, 8, 8, 1], [1, 2])
    latest = {name: player.network for name, player in gan.players.items()}
    seen, other = (gan.abilities(nets)["classify"].call(images).numpy() for nets in (gan.evaluated(), latest))
    assert seen.shape == (3, 10)
    np.testing.assert_allclose(seen.sum(1), 1.0, rtol=1e-5)
    assert np.abs(seen - other).max() > 1e-5
    assert gan.evaluated()["generator"] is gan.generator
    assert (
        _gan("sgan", d_ema_decay=0.5, evaluated_weights="latest").evaluated()["discriminator"].name == "discriminator"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"conditional": True}, "gan=sgan needs conditional=false"),
        ({"judge": "together"}, "gan=sgan needs judge=apart"),
        ({"dataset": "triangles"}, "gan=sgan learns classes, but data set 'triangles' has none"),
        ({"g_loss_weight": 0.0}, "leaves the generator no objective; set feature_matching=squared"),
        ({"labels_per_class": 10, "label_fraction": 0.1}, "both say how many labels are kept"),
        ({"gan": "modular", "labels_per_class": 10}, "have no effect: neither conditional=true nor"),
        ({"gan": "modular", "unlabeled_weight": 0.0}, "gan modular has no place for unlabeled_weight"),
        ({"gan": "vae", "architecture": "infogan", "minibatch_kernels": 5}, "has no place for minibatch_kernels"),
    ],
)
def test_what_does_not_go_with_it_is_refused(changes, words):
    with pytest.raises(UserError) as caught:
        Options.from_dict({"dataset": "mnist", "gan": "sgan"} | changes)
    assert words in str(caught.value)
