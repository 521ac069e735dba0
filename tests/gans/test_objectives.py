"""BEGAN, EBGAN and VAE: their objectives by hand, and what v1 kept beside the networks."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.gans import ebgan, vae
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.runtime.draws import Seed

BASE = {"dataset": "mnist", "width": 0.1, "z_dim": 8, "batch_size": 4}
OWN = ["began", "ebgan", "vae"]


def _images(count=4, seed=0):
    return tf.constant(np.random.default_rng(seed).integers(0, 256, (1, count, 28, 28, 1), np.uint8))


def _step(gan, number=1):
    return gan.train_step(_images(), tf.zeros([1, 4], tf.int32), tf.constant(number, tf.int64))


@pytest.mark.parametrize("gan", OWN)
def test_a_step_moves_every_kernel_and_measures_what_it_says(gan):
    gan = build(Options.from_dict(BASE | {"gan": gan, "ema_decay": 0.5}))
    before = {part: {name: each.numpy() for name, each in named.items()} for part, named in gan.networks().items()}
    measured = _step(gan)
    assert set(measured) == set(gan.measurements) and all(np.isfinite(value) for value in measured.values())
    for part, named in gan.networks().items():
        for name, variable in named.items():
            if name.endswith("kernel"):
                assert not np.array_equal(variable, before[part][name]), (part, name)


@pytest.mark.parametrize("gan", OWN)
def test_the_second_network_tells_what_it_is(gan):
    gan = build(Options.from_dict(BASE | {"gan": gan}))
    outputs = gan.discriminator.outputs(tf.zeros([3, 28, 28, 1]))
    if gan.options.gan == "vae":
        assert outputs["mean"].shape == outputs["deviation"].shape == (3, 8) and np.all(outputs["deviation"] > 0)
    else:
        assert outputs["reconstruction"].shape == (3, 28, 28, 1) and outputs["features"].shape == (3, 6)
        assert np.min(outputs["reconstruction"]) >= 0 and np.max(outputs["reconstruction"]) <= 1


def _errors(gan, real, fake):
    copies = [gan.discriminator(images, training=True)[0] for images in (real, fake)]
    return [float(tf.reduce_mean(tf.abs(copy - images))) for copy, images in zip(copies, (real, fake), strict=True)]


def test_began_measures_its_objectives_and_moves_k_by_the_balance_after_the_updates():
    gan = build(Options.from_dict(BASE | {"gan": "began", "judge": "apart", "latents": "reused",
                                          "proportional_gain": 0.5}))  # fmt: skip
    gan.state["k"].assign(0.25)
    fakes, call = [], gan.generator.call

    def spy(*args, **kwargs):
        fakes.append(call(*args, **kwargs))
        return fakes[-1]

    gan.generator.call = spy
    real = gan.to_float(_images()[0])
    before = []
    judge = gan.judge
    gan.judge = lambda batch, real, fake: (before.append(_errors(gan, real, fake)), judge(batch, real, fake))[1]
    measured = _step(gan)
    real_error, fake_error = before[0]
    np.testing.assert_allclose(measured["loss/d"], real_error - 0.25 * fake_error, rtol=1e-5)
    after_real, after_fake = _errors(gan, real, fakes[-1])
    balance = 0.75 * after_real - after_fake
    np.testing.assert_allclose(measured["began/k"], np.clip(0.25 + 0.5 * balance, 0, 1), rtol=1e-4)
    np.testing.assert_allclose(measured["began/convergence"], after_real + abs(balance), rtol=1e-4)
    assert float(gan.state["k"]) == float(measured["began/k"]) and gan.tracked()["state"]["k"] is gan.state["k"]


@pytest.mark.parametrize(("reference", "low"), [("none", 0.0), ("v1", -np.inf)])
def test_k_is_bounded_as_in_the_paper_and_not_as_in_v1(reference, low):
    gan = build(Options.from_dict(BASE | {"gan": "began", "proportional_gain": 100.0, "reference": reference}))
    # Nothing copies grey noise worse than its own error on black images: gamma 0 makes the balance negative.
    gan = build(gan.options.replace(diversity_ratio=0.0))
    _step(gan)
    k = float(gan.state["k"])
    assert k == 0.0 if low == 0.0 else k < 0.0


def test_ebgan_lifts_generated_images_up_to_the_margin_only():
    losses = {}
    for margin in (1e-3, 100.0):
        gan = build(Options.from_dict(BASE | {"gan": "ebgan", "margin": margin}))
        losses[margin] = float(_step(gan)["loss/d"])
        real = gan.to_float(_images()[0])
    gan = build(gan.options)
    copies, _ = gan.discriminator(real, training=True)
    energy = np.sqrt(np.sum(np.square(copies - real), axis=(1, 2, 3))).mean()
    # Under the margin nothing is lifted, so what is left is the energy of real images.
    np.testing.assert_allclose(losses[1e-3], energy, rtol=1e-3)
    fake = gan.generator(gan.streams["z"].draw(4, "discriminator/0", Seed.of(0, 1)), training=True)
    copies, _ = gan.discriminator(fake, training=True)
    fake_energy = np.sqrt(np.sum(np.square(copies - fake), axis=(1, 2, 3))).mean()
    np.testing.assert_allclose(losses[100.0], energy + 100.0 - fake_energy, rtol=1e-3)


def test_the_pull_away_term_is_the_mean_squared_cosine_of_different_codes():
    codes = np.random.default_rng(0).normal(size=(5, 3))
    unit = codes / np.linalg.norm(codes, axis=1, keepdims=True)
    by_hand = [np.dot(unit[i], unit[j]) ** 2 for i in range(5) for j in range(5) if i != j]
    np.testing.assert_allclose(ebgan.pull_away_term(tf.constant(codes, tf.float32)), np.mean(by_hand), rtol=1e-5)
    np.testing.assert_allclose(ebgan.pull_away_term(tf.eye(4)), 0.0, atol=1e-7)
    np.testing.assert_allclose(ebgan.pull_away_term(tf.ones([4, 3])), 1.0, rtol=1e-6)


def test_the_vae_objective_equals_the_formulas():
    source = np.random.default_rng(0)
    x, p = source.uniform(size=(3, 2, 2, 3)), source.uniform(0.1, 0.9, size=(3, 2, 2, 3))
    nll = -np.mean(np.sum(x * np.log(p) + (1 - x) * np.log(1 - p), axis=(1, 2)))
    ours = vae.negative_log_likelihood(tf.constant(x, tf.float32), tf.constant(p, tf.float32))
    np.testing.assert_allclose(ours, nll, rtol=1e-5)
    mean, deviation = source.normal(size=(3, 4)), source.uniform(0.5, 2, size=(3, 4))
    kl = np.mean(np.sum(0.5 * (mean**2 + deviation**2 - np.log(deviation**2) - 1), axis=1))
    ours = vae.divergence(tf.constant(mean, tf.float32), tf.constant(deviation, tf.float32))
    np.testing.assert_allclose(ours, kl, rtol=1e-5)
    assert np.isfinite(vae.negative_log_likelihood(tf.ones([1, 2, 2, 1]), tf.constant([[[[0.0], [1.0]]] * 2])))


# v1's own counts: BEGAN's discriminator, and the VAE's encoder, without and with batch norm, z_dim 64.
COUNTS = {
    ("began", "mnist", "none"): 1_073_601, ("began", "mnist", "batch"): 1_086_401,
    ("began", "cifar10", "none"): 1_325_379, ("began", "cifar10", "batch"): 1_342_019,
    ("vae", "mnist", "none"): 6_687_040, ("vae", "mnist", "batch"): 6_689_344,
    ("vae", "cifar10", "none"): 8_655_168, ("vae", "cifar10", "batch"): 8_657_472,
}  # fmt: skip


@pytest.mark.parametrize(("gan", "dataset", "normalization"), COUNTS)
def test_trainable_parameters_are_as_many_as_in_v1(gan, dataset, normalization):
    options = Options.from_dict({"gan": gan, "dataset": dataset, "d_normalization": normalization, "z_dim": 64})
    architecture = components.load("architectures", "infogan")
    build_network = architecture.encoder if gan == "vae" else architecture.autoencoder
    network = build_network((28, 28, 1) if dataset == "mnist" else (32, 32, 3), options)
    count = sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)
    assert count == COUNTS[gan, dataset, normalization]


def test_the_vae_descends_the_sum_of_likelihood_and_divergence():
    rates = {"g_optimizer": "sgd", "d_optimizer": "sgd", "g_learning_rate": 0.01, "d_learning_rate": 0.01}
    gan = build(Options.from_dict(BASE | rates | {"gan": "vae", "initializer_stddev": 0.2}))
    real = gan.to_float(_images()[0])
    noise = draws.draw("normal", "vae/0/noise", [4, 8], seed=0, step=1)
    last = gan.networks()["discriminator"]["en_fc4/kernel"]
    with tf.GradientTape() as tape:
        mean, deviation = gan.discriminator(real, training=True)
        copies = gan.generator(mean + deviation * noise, training=True)
        objective = vae.negative_log_likelihood(real, copies) + vae.divergence(mean, deviation)
    expected = last.numpy() - 0.01 * tape.gradient(objective, last).numpy()
    _step(gan)
    np.testing.assert_allclose(last, expected, rtol=1e-3, atol=1e-5)
