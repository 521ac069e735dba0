"""A turn moves what it says and nothing else, and every player moves: of types that the shared tests compile."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import build
from compare_gan_tf2.options import Options
from tests.test_every_gan_type import COMPILED, turns_that_move_what_they_say

SMALL = {"dataset": "mnist", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 4, "ema_decay": 0.5}
AUTOENCODING = {"architecture": "infogan", "width": 0.02}
OPTIONS = {
    "began": AUTOENCODING,
    "cogan_adaptation": {"dataset": "mnist_and_edges"},
    "cyclegan": {"architecture": "resnet_translator", "translator_blocks": 1, "patch_layers": 1, "image_buffer": 2},
    "multigan": {"objects": 2},
    "stylegan2": {"dataset": "cifar10", "architecture": "stylegan2", "width": 0.01, "mapping_layers": 1,
                  "path_length_interval": 2},
    "vae": AUTOENCODING,
}  # fmt: skip


def _batches(gan, side):
    source = np.random.default_rng(0)

    def images():
        return tf.constant(source.uniform(0, 1, (4, side, side, 1)), tf.float32)

    streams = [name for name, stream in gan.streams.items() if stream.draw is None]
    labels = tf.constant([1, 2, 3, 4])
    return {
        purpose: {name: labels if "labels" in name else images() for name in streams} for purpose in gan.engine.reads()
    }


@pytest.mark.parametrize("name", slow_unless(lambda name: name != "cyclegan", ["cyclegan", "stylegan2", *COMPILED]))
def test_a_turn_moves_what_it_says_and_every_player_moves(name):
    side = 16 if name == "cyclegan" else 8
    of_two = OPTIONS.get(name, {}).get("dataset") == "mnist_and_edges"
    dataset = dataclasses.replace(catalog.find("mnist_and_edges" if of_two else "mnist"), image_shape=(side, side, 1))
    gan = build(Options.from_dict(SMALL | {"gan": name} | OPTIONS.get(name, {})), dataset)
    with turns_that_move_what_they_say():
        for number in (1, 2):
            gan.engine.step(_batches(gan, side), tf.constant(number, tf.int64), gan.engine.due(number), None)
