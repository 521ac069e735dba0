"""Tasks that build on another task's finished networks: these stay as they are, and are the ones it began with."""

import importlib
import json
import shutil
import sys

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import api, components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.hub_export import save
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints, networks_from

TINY = {
    "dataset": "fake:mnist", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 4, "extractor": "pixels",
    "metrics": "l1", "evaluation_samples": 8,
}  # fmt: skip
GAN = '''"""A GAN type of a test: an encoder learns to undo another task's generator."""
import tensorflow as tf

from compare_gan_tf2.architectures import joint
from compare_gan_tf2.gans import Ability, Player, Stream, Turn
from compare_gan_tf2.gans.base import BaseGan

FROZEN = ("decoder",)
HAS_LOGITS = False
IMPLIES = {"loss": "none"}
ABILITIES = {"reconstruct": (("images",), "images")}


class Gan(BaseGan):
    def setup(self):
        self.players["decoder"] = Player(self.build_generator, frozen=True, taken_from="generator")
        shape, options = self.dataset.image_shape, self.options
        self.players["encoder"] = Player(lambda: joint.code_encoder(self.architecture, shape, options, options.z_dim))
        self.streams["images"] = Stream(tf.TensorSpec([None, *shape]))

    def turns(self):
        return [Turn(("encoder",), self.distance, "encoder")]

    def distance(self, images):
        return {"loss": tf.reduce_mean(tf.square(self.players["decoder"](self.players["encoder"](images)) - images))}

    def abilities(self, nets):
        def reconstruct(images):
            return nets["decoder"](nets["encoder"](images, training=False), training=False)

        return {"reconstruct": Ability(reconstruct, ("images",), "images")}
'''


@pytest.fixture(scope="module", autouse=True)
def _type(tmp_path_factory):
    folder, package = tmp_path_factory.mktemp("gans"), importlib.import_module("compare_gan_tf2.gans")
    (folder / "undoing.py").write_text(GAN)
    package.__path__.append(str(folder))
    components.rescan()
    yield
    package.__path__.remove(str(folder))
    sys.modules.pop("compare_gan_tf2.gans.undoing", None)
    components.rescan()


def _write_source(folder, **more):
    """A finished task whose scores are about an average that differs from the latest weights; gives that average."""
    options = Options.from_dict(TINY | {"training_steps": 1, "ema_decay": 0.5} | more)
    gan = build(options)
    for variable in gan.average.variables:
        variable.assign(variable + 0.1)
    checkpoints.save(folder, 1, gan.tracked(), options)
    return {name: variable.numpy() for name, variable in gan.average.named_variables().items()}


def _options(source, **more):
    said = {"gan": "undoing", "training_steps": 2, "save_every_steps": 1, "networks_from": str(source)}
    return Options.from_dict(TINY | said | more)


def _decoder(gan):
    return {name: variable.numpy() for name, variable in gan.players["decoder"].network.named_variables().items()}


def _assert_equal(found, expected):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def _weights(folder, step):
    reader = tf.train.load_checkpoint(str(checkpoints.path(folder, step) / "weights"))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Folders of the other task and of one that builds on it, and what the frozen network has to be."""
    place = tmp_path_factory.mktemp("study")
    weights = _write_source(place / "1")
    assert api.train(_options(place / "1"), place / "2") == {"state": "done", "step": 2}
    return place / "1", place / "2", weights


def test_it_trains_what_is_its_own_and_goes_on_to_the_same_bits(trained, tmp_path):
    source, folder, weights = trained
    first, last = (_weights(folder, step) for step in (1, 2))
    assert not any("decoder" in name for name in last) and any(name.startswith("encoder/") for name in last)
    assert any(not np.array_equal(value, first[name]) for name, value in last.items() if name.startswith("encoder/"))
    again = shutil.copytree(folder, tmp_path / "3")
    shutil.rmtree(checkpoints.path(again, 2))
    (again / "status.json").unlink()
    assert api.train(_options(source), again)["step"] == 2
    _assert_equal(_weights(again, 2), last)
    gan = build(_options(source))
    networks_from.restore_evaluated(folder, 2, gan)
    _assert_equal(_decoder(gan), weights)
    said = json.loads((folder / networks_from.SOURCE_FILE).read_text())
    assert said["step"] == 1 and len(said["sha256"]) == 64


@pytest.mark.slow
def test_it_is_scored_and_exported_with_the_frozen_network(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(save, "_check_elsewhere", save._check_here)
    source, folder, _ = trained
    *_, row = api.evaluate(folder, cache_dir=tmp_path)
    said = json.loads((folder / networks_from.SOURCE_FILE).read_text())
    assert row["ability"] == "reconstruct" and row["networks_from_sha256"] == said["sha256"]
    place = api.export(folder, step="last")
    module = api.load(place)
    gan = build(_options(source))
    networks_from.restore_evaluated(folder, 2, gan)
    images = tf.random.stateless_uniform([3, *gan.dataset.image_shape], [1, 2])
    expected = gan.abilities(gan.evaluated())["reconstruct"].call(images)
    np.testing.assert_allclose(module.reconstruct(images), expected, atol=1e-5)
    assert json.loads((place / "module.json").read_text())["options"]["networks_from"] == "1"


def test_a_source_that_changed_or_is_gone_is_refused_and_one_put_back_is_not(trained, tmp_path):
    source = shutil.copytree(trained[0], tmp_path / "1")
    options = _options(source)
    gan = build(options)
    networks_from.load(tmp_path / "2", gan, writes=True)
    checkpoints.save(tmp_path / "2", 1, gan.tracked(), options)
    kept = shutil.copytree(source, tmp_path / "kept")
    _write_source(source, seed=6)
    with pytest.raises(UserError, match="00000001 that the task in .*2 builds on have changed; put them back"):
        api.evaluate(tmp_path / "2", cache_dir=tmp_path)
    with pytest.raises(UserError, match="have changed"):
        api.train(options, tmp_path / "2")
    shutil.rmtree(source)
    with pytest.raises(UserError, match="00000001, which is gone; put it back"):
        api.export(tmp_path / "2")
    shutil.move(kept, source)
    networks_from.restore_evaluated(tmp_path / "2", 1, build(options))
    (tmp_path / "2" / networks_from.SOURCE_FILE).unlink()
    with pytest.raises(UserError, match="networks_from.json, which records the networks .* is gone"):
        networks_from.restore_evaluated(tmp_path / "2", 1, build(options))


def test_a_source_that_does_not_fit_or_is_not_finished_is_refused(trained, tmp_path):
    with pytest.raises(UserError, match=r"decoder/\S+kernel is \(4, \d+\) there, and \(6, \d+\) here$"):
        networks_from.load(tmp_path / "2", build(_options(trained[0], z_dim=6)), writes=True)
    assert not (tmp_path / "2").exists()
    with pytest.raises(UserError, match="option networks_from is .*nowhere, which holds no checkpoint"):
        api.train(_options(tmp_path / "nowhere"), tmp_path / "2")
    _write_source(tmp_path / "4", training_steps=5)
    with pytest.raises(UserError, match="training is at step 1 of 5"):
        api.train(_options(tmp_path / "4"), tmp_path / "2")


def test_the_option_belongs_to_types_with_frozen_networks():
    with pytest.raises(UserError, match="networks_from is /x, but gan=modular has no frozen networks"):
        Options.from_dict({"dataset": "mnist", "networks_from": "/x"})
    with pytest.raises(
        UserError, match="gan=undoing takes its decoder from another task.*networks_from=WORKDIR/NUMBER"
    ):
        Options.from_dict({"dataset": "mnist", "gan": "undoing"})
