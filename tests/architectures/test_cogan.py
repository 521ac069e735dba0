"""CoGAN's networks as in the authors' code: maps, parameters, what each domain has for itself, initial weights."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.architectures import cogan
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options

OPTIONS = {"architecture": "cogan", "gan": "cogan", "dataset": "mnist_and_edges", "z_dim": 100}


def _count(variables):
    return sum(int(np.prod(each.shape)) for each in variables)


def test_networks_have_the_published_maps_and_parameters():
    options = Options.from_dict(OPTIONS)
    generator, discriminator = (getattr(cogan, name)((28, 28, 1), options) for name in ("generator", "discriminator"))
    x, sides = tf.zeros([2, 100]), []
    for link in generator.chain:
        x = link(x, training=False) if hasattr(link, "variables") else link(x)
        if "prelu" in getattr(link, "name", ""):
            sides.append((x.shape[1], x.shape[3]))
    assert sides == [(4, 1024), (7, 512), (13, 256), (25, 128)] and x.shape == (2, 28, 28, 1)
    # Kernels, biases and one slope a layer; batch norm has neither gain nor offset.
    kernels = 100 * 1024 * 16 + 9 * (1024 * 512 + 512 * 256 + 256 * 128) + 36 * 128
    assert _count(generator.trainable_variables) == kernels + 1024 + 512 + 256 + 128 + 1 + 4
    kernels = 25 * 20 + 25 * 20 * 50 + 16 * 50 * 500 + 500
    assert _count(discriminator.trainable_variables) == kernels + 20 + 50 + 500 + 1 + 1
    logits, features = discriminator(tf.zeros([3, 28, 28, 1]))
    assert logits.shape == (3, 1) and features.shape == (3, 500)


def test_the_discriminator_is_two_pooled_convolutions_and_one_of_the_whole_map():
    network = cogan.discriminator((28, 28, 1), Options.from_dict(OPTIONS))
    images = tf.constant(np.random.default_rng(0).random((2, 28, 28, 1), np.float32))
    weights = {name: tf.constant(value) for name, value in network.named_variables().items()}

    def conv(x, name):
        return tf.nn.conv2d(x, weights[f"{name}/kernel"], 1, "VALID") + weights[f"{name}/bias"]

    x = tf.nn.max_pool2d(conv(images, "d_conv1"), 2, 2, "VALID")
    x = conv(tf.nn.max_pool2d(conv(x, "d_conv2"), 2, 2, "VALID"), "d_conv3")[:, 0, 0]
    np.testing.assert_allclose(network(images)[1], tf.where(x > 0, x, 0.25 * x), atol=1e-5)


def test_kernels_start_as_xavier_says_with_gain_sqrt_2_and_biases_at_a_tenth():
    network = components.load("architectures", "cogan").generator((28, 28, 1), Options.from_dict(OPTIONS))
    for name, value in network.named_variables().items():
        value = np.asarray(value)
        if name.endswith("kernel"):
            height, width, outputs, inputs = value.shape
            expected = np.sqrt(4.0 / ((inputs + outputs) * height * width))
            assert value.std() == pytest.approx(expected, rel=0.05), name
        if name.endswith("bias"):
            np.testing.assert_allclose(value, 0.1)


def test_each_domain_has_the_last_layer_to_draw_and_the_first_to_see():
    gan = build(Options.from_dict(OPTIONS | {"width": 0.1}))
    found = {side: gan.players[side].network.named_variables() for side in ("generator", "discriminator")}
    own = {side: {name for name in names if name[:2] in ("a/", "b/")} for side, names in found.items()}
    assert own["generator"] == {f"{domain}/g_out/{part}" for domain in "ab" for part in ("kernel", "bias")}
    assert own["discriminator"] == {f"{domain}/d_conv1/{part}" for domain in "ab" for part in ("kernel", "bias")}


def test_other_sizes_are_refused():
    with pytest.raises(UserError, match="architecture cogan needs .*28"):
        Options.from_dict({"architecture": "cogan", "dataset": "cifar10"})
