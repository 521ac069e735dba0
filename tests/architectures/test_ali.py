"""ALI's networks: the published layers, dropout of real and generated images, maxout."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.architectures import _blocks, ali
from compare_gan_tf2.architectures.dropout import Dropout
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws

# Kernels of the paper's tables: size, channels before and behind; of maxout units two sums each.
CIFAR10 = {
    "encoder": [(5, 3, 32), (4, 32, 64), (4, 64, 128), (4, 128, 256), (4, 256, 512), (512, 512), (512, 128)],
    "generator": [(4, 256, 64), (4, 128, 256), (4, 64, 128), (4, 32, 64), (5, 32, 32), (1, 32, 32), (1, 32, 3)],
    "discriminator": [
        (5, 3, 64), (4, 32, 128), (4, 64, 256), (4, 128, 512), (4, 256, 1024), (64, 1024), (512, 1024),
        (1024, 2048), (1024, 2048), (1024, 1),
    ],
}  # fmt: skip
CELEBA = {
    "encoder": [(2, 3, 64), (7, 64, 128), (5, 128, 256), (7, 256, 256), (4, 256, 512), (512, 512)],
    "generator": [(4, 512, 256), (7, 256, 512), (5, 256, 256), (7, 128, 256), (2, 64, 128), (1, 64, 3)],
    "discriminator": [
        (2, 3, 64), (7, 64, 128), (5, 128, 256), (7, 256, 256), (4, 256, 512), (256, 1024), (1024, 1024),
        (1536, 2048), (2048, 2048), (2048, 1),
    ],
}  # fmt: skip
SMALL = {
    "gan": "ali", "architecture": "ali", "dataset": "cifar10", "width": 0.05, "z_dim": 4, "batch_size": 4,
    "initializer_stddev": 0.3,
}  # fmt: skip


def _kernels(network):
    shapes = [tuple(v.shape) for name, v in network.named_variables().items() if name.endswith("kernel")]
    return sorted(shape[1:] if len(shape) == 4 else shape for shape in shapes)


@pytest.mark.parametrize(("side", "z_dim", "published"), [(32, 64, CIFAR10), (64, 256, CELEBA)])
def test_layers_are_the_published_ones(side, z_dim, published):
    norm = {"d_normalization": "batch"} if side == 64 else {}
    options = Options.from_dict({"gan": "ali", "architecture": "ali", "dataset": "cifar10", "z_dim": z_dim} | norm)
    assert options.z_dim == z_dim and options.initializer_stddev == 0.01 and options.g_learning_rate == 1e-4
    shape = (side, side, 3)
    made = {
        "encoder": ali.code_encoder(shape, options, 2 * z_dim),
        "generator": ali.generator(shape, options),
        "discriminator": ali.joint_discriminator(shape, options, z_dim),
    }
    assert {name: _kernels(network) for name, network in made.items()} == {
        name: sorted(kernels) for name, kernels in published.items()
    }
    assert made["generator"].named_variables()["g_pixels/bias"].shape == shape
    normalized = [name for name in made["discriminator"].named_variables() if name.endswith("gamma")]
    assert len(normalized) == (4 if side == 64 else 0)


def test_other_sides_are_refused():
    with pytest.raises(UserError, match=r"architecture ali needs square images with sides among \[32, 64\]"):
        Options.from_dict({"gan": "ali", "architecture": "ali", "dataset": "mnist"})


def test_dropout_of_an_image_is_the_same_in_any_microbatch_and_apart_for_real_and_generated_ones():
    layer = Dropout(0.25, "drop")

    def dropped(rows, share):
        with draws.drawing(draws.Seed.of(0, 1), "d", share), draws.behind_one_another(2):
            return layer(tf.ones([rows, 500]), training=True).numpy()

    real, fake = np.split(dropped(12, draws.Share()), 2)
    assert np.mean((real == 0) == (fake == 0)) < 0.75
    for number in range(3):
        part = dropped(4, draws.Share(number, 3))
        np.testing.assert_array_equal(
            part, np.concatenate([each[2 * number : 2 * number + 2] for each in (real, fake)])
        )


def test_maxout_takes_the_largest_of_neighboring_channels():
    x = tf.constant([[[3.0, 1.0, -2.0, 5.0]]])
    np.testing.assert_array_equal(_blocks.maxout(2)(x), [[[3.0, 5.0]]])


@pytest.mark.slow
def test_a_step_moves_every_kernel_of_all_three_and_codes_are_images():
    gan = build(Options.from_dict(SMALL), dataclasses.replace(catalog.find("cifar10")))
    before = {part: {key: each.numpy() for key, each in named.items()} for part, named in gan.networks().items()}
    images = np.random.default_rng(0).integers(0, 256, (1, 4, 32, 32, 3), np.uint8)
    for step in (1, 2):
        measured = gan.train_step(tf.constant(images), tf.zeros([1, 4], tf.int32), tf.constant(step, tf.int64))
    assert np.isfinite([float(each) for each in measured.values()]).all()
    for part, named in gan.networks().items():
        for key, each in named.items():
            assert np.any(each.numpy() != before[part][key]) or not key.endswith(("kernel", "g_pixels/bias")), key
    copies = gan.reconstruct(images[0] / np.float32(255)).numpy()
    assert copies.shape == (4, 32, 32, 3) and 0 <= copies.min() < copies.max() <= 1
