"""Keras's Inception: read from a local file, never downloaded."""

import os
import pathlib
import socket

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.extractors import Request, _own_files, keras_inception


@pytest.fixture(autouse=True)
def no_network_and_an_empty_home(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(keras_inception, "_BATCH_SIZE", 2)

    def refuse(*args, **kwargs):
        raise AssertionError("nobody may connect")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    return keras.applications.InceptionV3(weights=None)


def request(name="cifar10", **changes):
    return Request(catalog.find(name), pathlib.Path("nowhere"), pathlib.Path("nowhere"), **changes)


def save(network, path):
    """As Keras's own file is: the old format of weights, in the old name of the network's layers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Keras writes the old format only for whole models; read as weights, the rest is passed over.
    network.save(path)
    return path


def test_without_weights_one_line_says_where_they_belong_and_where_to_get_them(tmp_path):
    with pytest.raises(UserError) as error:
        keras_inception.check(request())
    line = str(error.value)
    assert "\n" not in line
    assert str(tmp_path / "keras" / "models" / keras_inception.FILE) in line and "https://storage" in line
    with pytest.raises(UserError, match="has to be a .h5 or .keras file"):
        keras_inception.check(request(weights=str(tmp_path)))


@pytest.fixture(autouse=True)
def few_images_at_a_time(monkeypatch):
    """A full batch takes a gigabyte, and most of it would be filled up."""
    monkeypatch.setattr(keras_inception, "_BATCH_SIZE", 4)


@pytest.mark.slow
def test_the_network_gives_what_keras_gives(network, tmp_path):
    path = save(network, tmp_path / "keras" / "models" / keras_inception.FILE)
    keras_inception.check(request("mnist"))
    extractor = keras_inception.load(request("mnist"))
    assert extractor.id == f"keras_inception_{_own_files.short_hash(path)}"
    assert "tf1 resize" in extractor.description
    assert (extractor.num_logits, extractor.image_shape, extractor.resize) == (1000, None, "tf1")
    # At the network's own size, so that the way of resizing does not matter here.
    images = np.random.default_rng(0).random((2, 299, 299, 1), np.float32)
    features, logits = extractor.extract(images)
    assert features.shape == (2, 2048) and logits.shape == (2, 1000)
    pixels = keras.applications.inception_v3.preprocess_input(255 * np.repeat(images, 3, axis=-1))
    both = keras.Model(network.inputs[0], (network.get_layer("avg_pool").output, network.outputs[0]))
    expected, probabilities = both(pixels, training=False)
    assert np.abs(features - expected).max() < 1e-4 * np.abs(expected).max()
    np.testing.assert_allclose(tf.nn.softmax(logits), probabilities, rtol=1e-3)


@pytest.mark.slow
def test_a_named_file_is_used_and_clean_resizing_told(network, tmp_path):
    path = save(network, tmp_path / "mine.keras")
    extractor = keras_inception.load(request(weights=str(path), resize="clean"))
    assert extractor.id == f"keras_inception_clean_{_own_files.short_hash(path)}"
    assert "clean resize" in extractor.description and extractor.resize == "clean"


@pytest.fixture
def small_network(monkeypatch):
    """A model that stands for Inception, whose making takes seconds."""
    inputs = keras.Input((299, 299, 3))
    features = keras.layers.GlobalAveragePooling2D(name="avg_pool")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(1000)(features))
    monkeypatch.setattr(keras.applications, "InceptionV3", lambda **_: model)
    return model


def _truncated(path, network):
    content = save(network, path).read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _of_another_network(path, network):
    inputs = keras.Input((8,))
    save(keras.Model(inputs, keras.layers.Dense(3)(inputs)), path)


def _empty(path, network):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [_truncated, _of_another_network, _empty])
def test_a_bad_file_is_refused_in_one_line(small_network, tmp_path, damage):
    path = tmp_path / "bad.h5"
    damage(path, small_network)
    with pytest.raises(UserError, match="has no weights of keras_inception") as error:
        keras_inception.load(request(weights=str(path)))
    assert "\n" not in str(error.value) and os.fspath(path) in str(error.value)
