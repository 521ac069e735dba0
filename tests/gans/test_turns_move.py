"""Of every GAN type: a turn moves what it says and nothing else, and in ten steps every player moves."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import build
from compare_gan_tf2.options import Options
from tests.test_every_gan_type import WITHOUT_STEPS

SMALL = {"dataset": "mnist", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 4, "ema_decay": 0.5}
AUTOENCODING = {"architecture": "infogan", "width": 0.02}
OPTIONS = {
    "began": AUTOENCODING,
    "cogan_adaptation": {"dataset": "mnist_and_edges"},
    "cyclegan": {"architecture": "resnet_translator", "translator_blocks": 1, "patch_layers": 1, "image_buffer": 2},
    "ebgan": AUTOENCODING,
    "icgan": {"networks_from": "/another/1"},
    "lapgan": {"architecture": "lapgan", "width": 0.01},
    "multigan": {"objects": 2},
    "s3gan": {"conditional": True, "class_predictor": True, "rotated_batch_size": 4},
    "sgan_k_outputs": {"architecture": "sgan_mlp", "data_start_images": 4},
    "ssgan": {"rotated_batch_size": 4},
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


def _trained(gan):
    return {
        name: b"".join(each.numpy().tobytes() for each in player.network.trainable_variables)
        for name, player in gan.players.items()
    }


@pytest.mark.parametrize("name", [each for each in components.names("gans") if each not in WITHOUT_STEPS])
def test_a_turn_moves_what_it_says_and_every_player_moves(name, monkeypatch):
    side = 16 if name == "cyclegan" else 8
    of_two = OPTIONS.get(name, {}).get("dataset") == "mnist_and_edges"
    dataset = dataclasses.replace(catalog.find("mnist_and_edges" if of_two else "mnist"), image_shape=(side, side, 1))
    gan = build(Options.from_dict(SMALL | {"gan": name} | OPTIONS.get(name, {})), dataset)
    take, moved = gan.engine._take, set()

    def watched(place, *arguments):
        before = _trained(gan)
        measured = take(place, *arguments)
        changed = {player for player, value in _trained(gan).items() if value != before[player]}
        turn = gan.engine.turns[place]
        assert changed <= {*turn.moves, *turn.starts}, turn.draws
        moved.update(changed)
        return measured

    monkeypatch.setattr(gan.engine, "_take", watched)
    for number in (1, 2):
        gan.engine.step(_batches(gan, side), tf.constant(number, tf.int64), gan.engine.due(number), None)
    assert moved == {player for player, each in gan.players.items() if not each.frozen}
