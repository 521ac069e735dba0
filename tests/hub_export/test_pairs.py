"""Pairs of generated images and their latents: stored by a module, and read as columns of one source."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.commands import sample as command
from compare_gan_tf2.datasets import catalog, sources, streams
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.hub_export import pairs, sample
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime.prior import Prior, draw_labels


class Module:
    """What a loaded module has; every image says its first latent and its label."""

    z_dim, num_classes = tf.constant(3), tf.constant(4)
    z_distribution, class_names = tf.constant("uniform"), tf.constant(list("abcd"))
    image_shape = tf.constant([4, 4, 1])

    def __call__(self, z, labels):
        level = 0.25 + 0.125 * z[:, 0] + 0.125 * tf.cast(labels, tf.float32)
        return tf.tile(level[:, None, None, None], [1, 4, 4, 1])

    def generate(self, n, seed=0, labels=-1, truncation=0.0):
        z = Prior("uniform", 3).draw_truncated(n, seed=seed, truncation=tf.constant(truncation))
        return self(z, draw_labels(n, seed, 4) if isinstance(labels, int) else tf.constant(labels))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("pairs") / "pairs.npz"
    pairs.write(Module(), path, 70, seed=2)
    return path


def test_the_images_are_those_of_the_latents_beside_and_those_that_are_drawn_without(file):
    with np.load(file) as found:
        stored = dict(found)
    assert {name: (each.shape, each.dtype.name) for name, each in stored.items()} == {
        "images": ((70, 4, 4, 1), "uint8"), "z": ((70, 3), "float32"), "labels": ((70,), "int32"),
    }  # fmt: skip
    made = Module()(stored["z"], stored["labels"]).numpy()
    np.testing.assert_array_equal(stored["images"], np.round(made * 255).astype(np.uint8))
    np.testing.assert_array_equal(stored["images"], np.round(sample.samples(Module(), 70, seed=2) * 255))
    assert len(np.unique(stored["labels"])) == 4 and len(np.unique(stored["z"][:, 0])) == 70


def test_labels_are_those_asked_for(tmp_path):
    pairs.write(Module(), tmp_path / "x.npz", 5, labels=[3, 1], truncation=0.5)
    with np.load(tmp_path / "x.npz") as found:
        assert found["labels"].tolist() == [3, 1, 3, 1, 3] and abs(found["z"]).max() <= 0.5


def test_a_step_reads_images_and_latents_that_belong_together(file):
    options = Options.from_dict({"dataset": str(file), "batch_size": 4, "conditional": True})
    places = Places(file.parent, file.parent)
    wanted = {"": {"images": "images", "z": "z", "labels": "labels"}}
    opened = sources.open_sources(catalog.of(options), wanted, options, places)
    plan = streams.Plan(lambda step: 0, lambda kind: [streams.Reading("d", "", ("images", "z", "labels"), 14)])
    batches = streams.StepRows(opened, plan, seed=3, first_step=0)
    steps = [next(batches)["d"] for _ in range(5)]
    for step in steps:
        made = Module()(step["z"], step["labels"]).numpy()
        np.testing.assert_array_equal(step["images"], np.round(made * 255).astype(np.uint8))
    # An epoch of seventy rows.
    assert len(np.unique(np.concatenate([step["z"][:, 0] for step in steps]))) == 70
    stored = sources.stored_rows(catalog.of(options), wanted, places)[""]
    np.testing.assert_array_equal(stored["images"], np.round(Module()(stored["z"], stored["labels"]) * 255))


def test_arrays_that_do_not_fit_are_named(tmp_path):
    images = np.zeros([4, 2, 2, 1], np.uint8)
    np.savez(tmp_path / "x.npz", images=images, z=np.zeros([3, 2]), words=np.array(["a"] * 4), target=images + 1)
    dataset, places = catalog.find(str(tmp_path / "x.npz")), Places(tmp_path, tmp_path)
    for names, line in (
        (["z"], r"z has shape \[3, 2\]; it needs a row for each of 4 images"),
        (["words"], "words is <U1, and has to be of numbers"),
        (["codes"], "has no codes, which the GAN type reads; there is images, z, words, target"),
    ):
        with pytest.raises(UserError, match=line):
            dataset.open_columns(names, "all", places)
    columns = dataset.open_columns(["images", "target"], "all", places)
    np.testing.assert_array_equal(columns.data["target"].first(4), images + 1)
    assert columns.digest and columns.digest != dataset.open_columns(["images"], "all", places).digest


def test_the_command_writes_them(monkeypatch, tmp_path, capsys):
    from compare_gan_tf2.hub_export import load

    monkeypatch.setattr(load, "load", lambda *arguments, **more: Module())
    given = ["compare_gan_sample", "somewhere", "--kind=pairs"]
    assert command.main([*given, "--count=3", f"--output={tmp_path / 'x.npz'}"]) == 0
    with np.load(tmp_path / "x.npz") as found:
        assert len(found["z"]) == 3
    assert command.main([*given, f"--output={tmp_path / 'x.npz'}"]) == 2
    assert "is there already" in capsys.readouterr().err
    assert command.main([*given, f"--output={tmp_path / 'x.png'}"]) == 2
    assert "writes a file that ends in .npz" in capsys.readouterr().err
