"""Penalties: closed forms, the reference's own number, and no cost where there is none."""

import json
import pathlib

import numpy as np
import tensorflow as tf

from compare_gan_tf2.penalties import none, wgan_gp
from compare_gan_tf2.penalties._context import Context

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden/losses.json").read_text())["wgan_gp"]


def _context(discriminate, real, fake, share):
    return Context(
        discriminate=discriminate,
        real=tf.constant(real),
        fake=tf.constant(fake),
        labels=None,
        uniform=lambda purpose, shape: tf.reshape(tf.constant(share, tf.float32), shape),
    )


def test_the_gradient_penalty_equals_the_reference():
    w = tf.constant(GOLDEN["w"])

    def discriminate(images, labels):
        return tf.reduce_sum(w * tf.square(images), axis=[1, 2, 3])[:, None]

    context = _context(discriminate, GOLDEN["x"], GOLDEN["x_fake"], GOLDEN["alpha"])
    np.testing.assert_allclose(wgan_gp.penalty(context), GOLDEN["wgangp_penalty"], rtol=1e-5)


def test_the_gradient_penalty_of_a_linear_discriminator_is_its_slope_less_one_squared():
    w = tf.Variable(tf.fill([2, 2, 1], 3.0))

    def discriminate(images, labels):
        return tf.reduce_sum(w * images, axis=[1, 2, 3])[:, None]

    context = _context(discriminate, np.ones([3, 2, 2, 1], np.float32), np.zeros([3, 2, 2, 1], np.float32), [0, 0.5, 1])
    with tf.GradientTape() as tape:
        value = wgan_gp.penalty(context)
    np.testing.assert_allclose(value, (np.sqrt(4 * 9 + 1e-4) - 1) ** 2, rtol=1e-6)
    assert np.all(tape.gradient(value, w) > 0)


def test_no_penalty_does_not_call_the_discriminator():
    def discriminate(images, labels):
        raise AssertionError

    ones = np.ones([1, 2, 2, 1], np.float32)
    assert float(none.penalty(_context(discriminate, ones, ones, [0.5]))) == 0.0
