"""Latents to w, w to images, mixing and truncation: against what the generator itself does."""

import dataclasses
import functools

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.architectures.stylegan2 import Truncation
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import build
from compare_gan_tf2.options import Options

DATA = dataclasses.replace(catalog.find("cifar10"), image_shape=(8, 8, 3))
SMALL = {"dataset": "cifar10", "width": 0.01, "z_dim": 4, "batch_size": 8, "mapping_layers": 2}
Z = tf.random.stateless_normal([3, 4], [0, 1])


@functools.cache
def _gan(name):
    """With a mean of w, and noise that shows."""
    gan = build(Options.from_dict(SMALL | {"gan": name, "conditional": name == "stylegan"}), DATA)
    network, source = gan.evaluated()["generator"], np.random.default_rng(1)
    network.center.assign(source.normal(size=network.center.shape))
    for variable in network.trainable_variables:
        if "noise" in variable.path:
            variable.assign(variable + 0.5)
    return gan


def _called(gan, name, *inputs):
    return gan.abilities(gan.evaluated())[name].call(*map(tf.convert_to_tensor, inputs)).numpy()


@pytest.mark.parametrize("name", ["stylegan", "stylegan2"])
def test_an_image_is_the_synthesis_of_its_mapped_latents_and_psi_moves_it(name):
    gan = _gan(name)
    network, given = gan.evaluated()["generator"], (Z, tf.constant([0, 1, 2])) if name == "stylegan" else (Z,)
    ws = _called(gan, "map", *given)
    assert ws.shape == (3, network.styles, 4) and ws.dtype == np.float32
    np.testing.assert_array_equal(_called(gan, "synthesize", ws), network(*given, training=False))
    truncation = Truncation(0.5, 2)
    psi = np.tile(np.where(np.arange(network.styles) < 2, 0.5, 1.0), (3, 1)).astype(np.float32)
    nearer = _called(gan, "truncate", ws, psi)
    np.testing.assert_allclose(nearer, network.for_layers(ws[:, 0], truncation), atol=1e-6)
    np.testing.assert_array_equal(nearer[:, 2:], ws[:, 2:])
    assert np.abs(_called(gan, "synthesize", nearer) - _called(gan, "synthesize", ws)).max() > 1e-3


def test_psi_0_is_the_mean_of_w_and_psi_1_leaves_it():
    gan = _gan("stylegan2")
    ws = _called(gan, "map", Z)
    center = gan.evaluated()["generator"].center.numpy()
    np.testing.assert_array_equal(_called(gan, "truncate", ws, np.ones(ws.shape[:2], np.float32)), ws)
    found = _called(gan, "truncate", ws, np.zeros(ws.shape[:2], np.float32))
    np.testing.assert_array_equal(found, np.broadcast_to(center, ws.shape))


def test_mixing_takes_the_layers_of_the_other_that_it_is_told_to():
    gan = _gan("stylegan2")
    ws = _called(gan, "map", Z)
    other = ws[::-1]
    shares = np.zeros(ws.shape[:2], np.float32)
    shares[:, 1:] = 1.0
    mixed = _called(gan, "mix", ws, other, shares)
    np.testing.assert_array_equal(mixed[:, :1], ws[:, :1])
    np.testing.assert_array_equal(mixed[:, 1:], other[:, 1:])
    np.testing.assert_allclose(_called(gan, "mix", ws, other, shares * 0.25)[:, 1:], (0.75 * ws + 0.25 * other)[:, 1:])


@pytest.mark.parametrize("name", ["stylegan", "stylegan2"])
def test_noise_is_the_networks_own_without_seeds_and_else_follows_from_a_rows_seed(name):
    gan = _gan(name)
    given = (Z, tf.constant([0, 1, 2])) if name == "stylegan" else (Z,)
    ws = _called(gan, "map", *given)
    plain = _called(gan, "synthesize", ws)
    noisy = _called(gan, "synthesize", ws, tf.constant([5, 6, 7], tf.int64))
    assert np.abs(noisy - plain).max() > 1e-3
    alone = _called(gan, "synthesize", ws[1:2], tf.constant([6], tf.int64))
    np.testing.assert_allclose(alone[0], noisy[1], atol=1e-5)
    same = _called(gan, "synthesize", np.repeat(ws[:1], 2, axis=0), tf.constant([5, 6], tf.int64))
    assert np.abs(same[0] - same[1]).max() > 1e-3
