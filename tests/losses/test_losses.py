"""Losses: compare_gan's own numbers, and what every loss of the table must do."""

import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.compat import tensorflow_gan

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden/losses.json").read_text())
NAMES = components.names("losses")


@pytest.mark.parametrize("name", GOLDEN["losses"])
def test_values_and_gradients_equal_the_reference(name):
    golden, loss = GOLDEN["losses"][name], components.load("losses", name)
    real, fake = tf.constant(GOLDEN["real"]), tf.constant(GOLDEN["fake"])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([real, fake])
        d_loss, g_loss = loss.discriminator(real, fake), loss.generator(fake, real)
    np.testing.assert_allclose(d_loss, golden["d_loss"], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(g_loss, golden["g_loss"], rtol=1e-6, atol=1e-7)
    for of, to, key in (
        (d_loss, real, "grad_d_loss_wrt_real_logits"),
        (d_loss, fake, "grad_d_loss_wrt_fake_logits"),
        (g_loss, fake, "grad_g_loss_wrt_fake_logits"),
    ):
        np.testing.assert_allclose(np.ravel(tape.gradient(of, to)), golden[key], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_the_discriminator_is_pushed_apart_and_the_generator_up(name):
    loss = components.load("losses", name)
    real, fake = tf.constant([[0.3], [-0.2]]), tf.constant([[0.1], [-0.4]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([real, fake])
        d_loss, g_loss = loss.discriminator(real, fake), loss.generator(fake, real)
    assert d_loss.shape == g_loss.shape == () and d_loss.dtype == g_loss.dtype == tf.float32
    assert np.all(tape.gradient(d_loss, real) < 0) and np.all(tape.gradient(d_loss, fake) > 0)
    assert np.all(tape.gradient(g_loss, fake) < 0)


@pytest.mark.parametrize("name", NAMES)
def test_extreme_logits_give_finite_losses_and_gradients(name):
    loss = components.load("losses", name)
    real, fake = tf.constant([[-500.0], [500.0]]), tf.constant([[500.0], [-500.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([real, fake])
        d_loss, g_loss = loss.discriminator(real, fake), loss.generator(fake, real)
    for value in (
        d_loss,
        g_loss,
        tape.gradient(d_loss, real),
        tape.gradient(d_loss, fake),
        tape.gradient(g_loss, fake),
    ):
        assert np.isfinite(value).all()


def test_tf_gan_agrees_where_it_defines_the_same_loss():
    theirs = tensorflow_gan.load().losses.wargs
    real, fake = tf.constant(GOLDEN["real"]), tf.constant(GOLDEN["fake"])
    non_saturating, hinge, wasserstein = (
        components.load("losses", name) for name in ("non_saturating", "hinge", "wasserstein")
    )
    pairs = [
        (non_saturating.discriminator(real, fake), theirs.modified_discriminator_loss(real, fake, label_smoothing=0.0)),
        (non_saturating.generator(fake), theirs.modified_generator_loss(fake)),
        (hinge.discriminator(real, fake), theirs.wasserstein_hinge_discriminator_loss(real, fake)),
        (hinge.generator(fake), theirs.wasserstein_hinge_generator_loss(fake)),
        (wasserstein.discriminator(real, fake), theirs.wasserstein_discriminator_loss(real, fake)),
        (wasserstein.generator(fake), theirs.wasserstein_generator_loss(fake)),
    ]
    for ours, peer in pairs:
        np.testing.assert_allclose(ours, peer, rtol=1e-6)
