"""Networks for images of up to 1024 pixels: as many parameters as the published ones, and steps that move them."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2 import components
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options, style_settings
from compare_gan_tf2.runtime import distribution
from compare_gan_tf2.training.steps import Stepper

PGGAN, STYLEGAN = {"gan": "pggan", "z_dim": 512}, {"gan": "stylegan", "z_dim": 512}
CONDITIONAL = {"conditional": True}
# Options, side, and what the authors' programs have: parameters of the generator and of the discriminator.
PUBLISHED = {
    "pggan-32": (PGGAN, 32, 20_719_628, 20_726_785),
    "pggan-32-classes": (PGGAN | CONDITIONAL, 32, 20_801_548, 20_731_915),
    "pggan-1024": (PGGAN, 1024, 23_079_115, 23_087_249),
    "stylegan-32": (STYLEGAN, 32, 22_841_356, 20_726_785),
    "stylegan-1024": (STYLEGAN, 1024, 26_219_627, 23_087_249),
    "stylegan2-cifar": (style_settings.implied("cifar", 32), 32, 19_947_539, 20_720_641),
    # The PyTorch program's discriminator has 8 layers after the label's embedding.
    "stylegan2-cifar-classes": (
        style_settings.implied("cifar", 32) | CONDITIONAL | {"label_mapping_layers": 8}, 32, 20_215_315, 23_089_664,
    ),
    "stylegan2-paper-256": (style_settings.implied("paper", 256), 256, 24_767_458, 24_001_089),
    "stylegan2-paper-512": (style_settings.implied("paper", 512), 512, 30_276_583, 28_982_849),
    "stylegan2-e-1024": (style_settings.implied("config_e", 1024), 1024, 24_900_764, 24_038_161),
    "stylegan2-f-1024": (style_settings.implied("config_f", 1024), 1024, 30_370_060, 29_012_513),
    "r3gan-cifar10": ({"gan": "r3gan", "conditional": True}, 32, 20_781_952, 21_280_512),
    "r3gan-ffhq-64": ({"gan": "r3gan"}, 64, 22_429_824, 22_381_440),
    "r3gan-ffhq-256": ({"gan": "r3gan"}, 256, 23_057_952, 23_009_568),
}  # fmt: skip


@pytest.mark.parametrize("name", slow_unless(lambda name: name == "stylegan2-f-1024", PUBLISHED))
def test_parameters_are_those_of_the_authors_programs(name):
    values, side, *published = PUBLISHED[name]
    options = Options.from_dict({"gan": "stylegan2", "dataset": "cifar10", **values})
    names = getattr(components.load("gans", options.gan), "NETWORKS", ("generator", "discriminator"))
    architecture = components.load("architectures", options.architecture)
    # In a graph that is never run nothing is allocated.
    with tf.Graph().as_default():
        pair = [getattr(architecture, each)((side, side, 3), options, 10 * options.conditional) for each in names]
        found = [sum(math.prod(each.shape) for each in network.trainable_variables) for network in pair]
    assert found == published


# Narrow networks; PGGAN's norm over a single channel would let no gradient through.
TINY = {
    "pggan": {"width": 0.1, "z_dim": 4, "growing_from": 0},
    "stylegan": {"width": 0.002, "z_dim": 4, "growing_from": 0, "mapping_layers": 2},
    "stylegan2": {"width": 0.002, "z_dim": 4, "mapping_layers": 2},
    # A step on two images of 1024 pixels takes 18 GB.
    "r3gan": {"width": 0.01, "z_dim": 4, "stage_blocks": 1, "batch_size": 1},
}


@pytest.mark.slow
@pytest.mark.parametrize("side", [256, 1024])
@pytest.mark.parametrize("gan_type", TINY)
def test_a_step_on_large_images_moves_both_networks(gan_type, side):
    options = Options.from_dict({"gan": gan_type, "dataset": "cifar10", "batch_size": 2} | TINY[gan_type])
    strategy = distribution.create("one_device")
    with strategy.scope():
        gan = build(options, dataclasses.replace(catalog.find("cifar10"), image_shape=(side, side, 3)))
    shape = (len(gan.engine.reads()), options.batch_size, side, side, 3)
    images = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    kinds = {name: player.network for name, player in gan.players.items()}
    before = {name: [each.numpy() for each in network.trainable_variables] for name, network in kinds.items()}
    # R3GAN's blocks begin as the identity, and their inner kernels move from the second step on.
    batches = itertools.repeat(gan.batches_of(tf.constant(images), tf.zeros(shape[:2], tf.int32)))
    stepper = Stepper(gan, strategy)
    for step in range(2 if gan_type == "r3gan" else 1):
        (measured,), _ = stepper.run(batches, 1, step)
        assert np.isfinite([float(each) for each in measured.values()]).all()
    for name, network in kinds.items():
        changed = [
            np.abs(each - old).max() for each, old in zip(network.trainable_variables, before[name], strict=True)
        ]
        assert sum(each > 0 for each in changed) > len(changed) / 2, name
    assert gan.generator(tf.zeros([1, 4])).shape == (1, side, side, 3)
