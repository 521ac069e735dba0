"""Samples over their nearest training pictures: which these are, how near, and what the command says."""

import json
import pathlib
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.commands import sample as command
from compare_gan_tf2.datasets import catalog, pipeline
from compare_gan_tf2.datasets.places import places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.hub_export import load as loading
from compare_gan_tf2.hub_export import neighbors
from compare_gan_tf2.options import Options

_RANDOM = np.random.default_rng(5)
PICTURES = _RANDOM.random((37, 4, 5, 3)).astype(np.float32)


def _parts(pictures, size):
    return lambda: (pictures[start : start + size] for start in range(0, len(pictures), size))


@pytest.mark.parametrize("size", [1, 10, 37])
def test_the_nearest_of_all_parts_is_found_with_its_own_nearest(size):
    samples = _RANDOM.random((6, 4, 5, 3)).astype(np.float32)
    samples[0] = PICTURES[31]
    found = neighbors.nearest(samples, _parts(PICTURES, size))
    wide, theirs = samples.astype(np.float64), PICTURES.astype(np.float64)
    between = np.sqrt(np.mean((wide[:, None] - theirs[None]) ** 2, axis=(2, 3, 4)))
    within = np.sqrt(np.mean((theirs[:, None] - theirs[None]) ** 2, axis=(2, 3, 4))) + np.diag(np.full(37, np.inf))
    rows = between.argmin(axis=1)
    np.testing.assert_array_equal(found.pictures, PICTURES[rows])
    np.testing.assert_allclose(found.distances, between.min(axis=1), atol=1e-7)
    np.testing.assert_allclose(found.own, within[rows].min(axis=1), rtol=1e-5)
    assert (found.distances[0], found.searched) == (0.0, 37)
    assert found.near == np.sum(between.min(axis=1) <= within[rows].min(axis=1)) >= 1


def test_a_module_of_a_folder_asks_for_the_folder():
    module = SimpleNamespace(options=tf.constant(json.dumps({"dataset": "holidays"})))
    with pytest.raises(UserError, match="trained on 'holidays'.*as --inputs=PATH"):
        neighbors.of_training(module, places("nowhere"))


def test_a_picture_that_is_there_twice_is_its_own_nearest_and_copies_of_it_are_near():
    twice = np.concatenate([PICTURES, PICTURES[3:4]])
    found = neighbors.nearest(PICTURES[3:4], _parts(twice, 8))
    assert (found.distances[0], found.own[0], found.near) == (0.0, 0.0, 1)


def test_rows_of_samples_stand_over_rows_of_their_neighbors():
    samples = np.zeros((3, 2, 2, 1), np.float32)
    found = neighbors.Neighbors(np.full_like(samples, 0.4), np.ones(3), np.ones(3), 9)
    sheet = neighbors.sheet(samples, found, 2)
    assert sheet.shape == (11, 5, 1)
    assert [int(sheet[row, column, 0]) for row in (0, 3, 6, 9) for column in (0, 3)] == [
        0,
        0,
        102,
        102,
        0,
        255,
        102,
        255,
    ]
    assert neighbors.sheet(samples, found, 8).shape == (5, 8, 1)


def _module(options, shape, samples):
    """A module that gives these samples, whatever is asked for."""
    return SimpleNamespace(
        z_dim=tf.constant(4), num_classes=tf.constant(0), z_distribution=tf.constant("uniform"),
        class_names=tf.constant([], tf.string), image_shape=tf.constant(shape), abilities=tf.constant("{}"),
        options=tf.constant(json.dumps(options.to_dict())), generate=lambda n, **_: tf.constant(samples[:n]),
        __call__=None,
    )  # fmt: skip


class _Callable(SimpleNamespace):
    def __call__(self):
        raise AssertionError


def test_the_command_reads_the_modules_training_pictures_or_those_of_a_place(triangles, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    dataset, where = catalog.of(Options()), places(triangles)
    train = pipeline.to_float(pipeline.read(dataset, dataset.train_split, where)[0], dataset)
    module = _Callable(**vars(_module(Options(), train.shape[1:], train[[7, 2, 11]])))
    monkeypatch.setattr(loading, "load", lambda place, cache_dir=None: module)
    words = ["compare_gan_sample", "m", "--kind=neighbors", "--count=3", "--columns=3"]
    assert command.main([*words, f"--dataset_root={triangles}", "--output=own.png"]) == 0
    said = capsys.readouterr().out
    assert (
        said.startswith("3 of 3 samples are near copies: ")
        and f"any other one ({len(train)} training pictures)" in said
    )
    sheet = tf.io.decode_image(pathlib.Path("own.png").read_bytes()).numpy()
    half = train.shape[1]
    np.testing.assert_array_equal(sheet[:half], sheet[half + 1 :])
    np.savez("theirs.npz", images=np.zeros((5, *train.shape[1:]), np.uint8))
    assert command.main([*words, "--inputs=theirs.npz", "--output=other.png"]) == 0
    assert "0 of 3 samples" in capsys.readouterr().out
    np.savez("one.npz", images=np.zeros((1, *train.shape[1:]), np.uint8))
    np.savez("other_sides.npz", images=np.zeros((3, 5, 5, 1), np.uint8))
    for wrong, expected in (
        (["--inputs=theirs.npz", "--dataset_root=."], "--dataset_root is for"),
        (["--ability=generate"], "--ability has no effect"),
        (["--inputs=nowhere"], "nowhere does not exist"),
        (["--inputs=one.npz"], "no second training picture"),
        (["--inputs=other_sides.npz"], "the module takes"),
        (["--psi=0.5"], "--psi has no effect with --kind=neighbors"),
        (["--dataset_root=nowhere"], "run: prepare_datasets.sh triangles"),
    ):
        assert command.main([*words, *wrong, "--output=none.png"]) == 2
        assert expected in capsys.readouterr().err
    assert not pathlib.Path("none.png").exists()
