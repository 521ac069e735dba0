"""Tasks that begin with another task's weights: all of them, told by hash, refused where they do not fit."""

import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints, provenance, start_from
from compare_gan_tf2.training.loop import train
from tests.gans.test_cyclegan import DATA as TWO_SETS
from tests.gans.test_cyclegan import SMALL as OF_TWO_SETS

TINY = {
    "dataset": "fake:mnist", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 4, "training_steps": 1,
    "save_every_steps": 1,
}  # fmt: skip


def _values(gan):
    return {f"{part}/{name}": v.numpy() for part, each in gan.networks().items() for name, v in each.items()}


def _source(folder, **more):
    options = Options.from_dict(TINY | {"seed": 5} | more)
    gan = build(options)
    checkpoints.save(folder, 1, gan.tracked(), options)
    return _values(gan)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The folder of a finished task, which no test changes, and its weights."""
    place = tmp_path_factory.mktemp("study") / "1"
    return place, _source(place)


def _begun(folder, place, **more):
    options = Options.from_dict(TINY | {"start_from": str(place)} | more)
    gan = build(options)
    start_from.begin(folder, options, gan.networks())
    return _values(gan)


def test_all_weights_are_those_of_the_source(source, tmp_path):
    place, theirs = source
    ours = _begun(tmp_path / "2", place)
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        np.testing.assert_array_equal(ours[name], value, err_msg=name)
    assert _begun(tmp_path / "3", checkpoints.path(place, 1)).keys() == theirs.keys()
    said = json.loads((tmp_path / "2" / start_from.START_FILE).read_text())
    assert said["step"] == 1 and len(said["sha256"]) == 64
    row = provenance.of_row(tmp_path / "2")
    assert row[start_from.COLUMN] == said["sha256"] and start_from.COLUMN not in provenance.of_row(place)


def test_an_average_that_one_of_both_lacks_is_no_misfit(source, tmp_path):
    place, theirs = source
    ours = _begun(tmp_path / "2", place, ema_decay=0.9)
    for name, value in ours.items():
        latest = name.replace("average/", "generator/") if name.startswith("average/") else name
        np.testing.assert_array_equal(value, theirs[latest], err_msg=name)
    with_average = _source(tmp_path / "4", ema_decay=0.9)
    assert _begun(tmp_path / "5", tmp_path / "4").keys() < with_average.keys()


def test_the_structure_of_the_networks_is_that_of_the_source(source):
    place, _ = source
    began = Options.from_dict({"dataset": "fake:fashion_mnist", "start_from": str(place), "batch_size": 2})
    assert (began.architecture, began.width, began.z_dim) == ("mlp", 0.05, 4)
    of_checkpoint = Options.from_dict({"dataset": "fake:mnist", "start_from": str(checkpoints.path(place, 1))})
    assert (of_checkpoint.architecture, of_checkpoint.width) == ("mlp", 0.05)
    # What is not of the networks is the new task's own, as is what was given.
    assert (began.batch_size, began.training_steps, began.seed) == (2, Options().training_steps, 0)
    assert Options.from_dict(TINY | {"start_from": str(place), "width": 0.1}).width == 0.1
    other = Options.from_dict({"dataset": "fake:mnist", "start_from": str(place), "architecture": "infogan"})
    assert other.width == Options().width
    listed = Options.from_file(began.to_dict())
    assert listed == began and listed.replace(metrics="fid").width == 0.05


@pytest.mark.parametrize("said", [{"gan": "esrgan"}, {}])
def test_the_type_of_the_source_implies_what_it_implies_where_it_is_given(tmp_path, said):
    of_checkpoint = tmp_path / "1/checkpoints/00000001"
    of_checkpoint.mkdir(parents=True)
    there = Options.from_dict({"dataset": "polygon_zoom", "gan": "esrgan"})
    (of_checkpoint / "options.json").write_text(json.dumps(there.to_dict()))
    began = Options.from_dict({"dataset": "polygon_zoom", "start_from": str(tmp_path / "1"), **said})
    assert (began.gan, began.loss, began.batch_size) == ("esrgan", "none", 16)
    # An evaluation changes options of a task that it knows from a file.
    changed = Options.from_file(began.to_dict()).replace(metrics="fid")
    assert changed.to_dict() == {**began.to_dict(), "metrics": "fid"}


def test_labels_of_the_source_imply_what_they_imply_where_they_are_given(tmp_path):
    of_checkpoint = tmp_path / "1/checkpoints/00000001"
    of_checkpoint.mkdir(parents=True)
    there = Options.from_dict({"dataset": "fake:cifar10", "gan": "pggan", "conditional": True})
    (of_checkpoint / "options.json").write_text(json.dumps(there.to_dict()))
    began = Options.from_dict({"dataset": "fake:cifar10", "start_from": str(tmp_path / "1")})
    assert there.fake_labels == began.fake_labels == "data" and began.conditional
    assert Options.from_file(began.to_dict()).replace(metrics="fid").fake_labels == "data"


def test_only_weights_are_taken_over_and_buffers_and_optimizers_begin_anew(tmp_path):
    options = Options.from_dict(OF_TWO_SETS | {"image_buffer": 3})
    theirs = build(options, TWO_SETS)
    for part, variables in theirs.tracked().items():
        for variable in variables.values():
            if variable.dtype.is_floating:
                variable.assign(tf.ones_like(variable) * 0.25)
            elif part == "state":
                variable.assign(tf.ones_like(variable))
    checkpoints.save(tmp_path / "1", 100, theirs.tracked(), options)
    new = options.replace(start_from=str(tmp_path / "1"))
    ours, fresh = build(new, TWO_SETS), build(options, TWO_SETS)
    start_from.begin(tmp_path / "2", new, ours.networks())
    begun, expected = ours.tracked(), fresh.tracked()
    assert {"state", "generator_ab"} < begun.keys() and any("optimizer" in part for part in begun)
    for part, variables in begun.items():
        is_taken_over = part in theirs.networks()
        for name, variable in variables.items():
            wanted = theirs.tracked()[part][name] if is_taken_over else expected[part][name]
            np.testing.assert_array_equal(variable, wanted, err_msg=f"{part}/{name}")


STYLE = {"gan": "stylegan2", "architecture": "stylegan2", "width": 0.01, "mapping_layers": 1}


class Layers:
    """Networks of one architecture, as names and shapes alone."""

    def __init__(self, side, first):
        names = ["mapping/kernel", *(f"b{each}.conv/kernel" for each in (4, 8, 16, 32) if each <= side)]
        taken = [f"b{side}.fromrgb/kernel", "b4.dense/kernel"]
        self.parts = {
            part: {name: tf.Variable([first + number]) for number, name in enumerate(each)}
            for part, each in (("generator", names), ("discriminator", [*names[1:], *taken]))
        }


def _grown(tmp_path, monkeypatch, ours, theirs):
    monkeypatch.setattr(start_from.source_task, "digest", lambda *_: "0" * 64)
    monkeypatch.setattr(start_from, "place_of", lambda options: (tmp_path / "1", 7))
    given = {part: {name: value.numpy() for name, value in each.items()} for part, each in theirs.parts.items()}
    monkeypatch.setattr(start_from.source_task, "networks", lambda *_: given)
    folder = tmp_path / "2"
    folder.mkdir()
    options = Options.from_dict(STYLE | {"dataset": "fake:cifar10", "start_from": str(tmp_path / "1")})
    start_from.begin(folder, options, ours.parts)
    return start_from.in_row(folder)


def test_networks_of_larger_images_begin_with_those_of_smaller_ones(tmp_path, monkeypatch, caplog):
    caplog.set_level("INFO")
    ours, theirs = Layers(32, 100.0), Layers(16, 0.0)
    row = _grown(tmp_path, monkeypatch, ours, theirs)
    assert row == {start_from.COLUMN: "0" * 64, start_from.SIDE_COLUMN: "16"}
    for part, variables in ours.parts.items():
        for name, value in variables.items():
            is_new = name.startswith("b32.")
            assert float(value[0]) >= 100 if is_new else value == theirs.parts[part][name], name
    assert "new: generator/b32.conv/kernel, discriminator/b32.conv/kernel, discriminator/b32.fromrgb/k" in caplog.text
    assert "left out: discriminator/b16.fromrgb/kernel" in caplog.text


def test_networks_of_smaller_images_do_not_begin_with_those_of_larger_ones(tmp_path, monkeypatch):
    with pytest.raises(
        UserError, match="make images of 32 pixels, and this task's networks make images of 16; a task can"
    ):
        _grown(tmp_path, monkeypatch, Layers(16, 0.0), Layers(32, 0.0))
    assert not list((tmp_path / "2").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("gan", ["pggan", "r3gan", "stylegan", "stylegan2"])
def test_every_architecture_that_names_sides_grows(gan, tmp_path):
    more = {"gan": gan, "architecture": gan, "width": 0.01}
    theirs = _source(tmp_path / "1", dataset="fake:cifar10", **more)
    ours = _begun(tmp_path / "2", tmp_path / "1", dataset="fake:celeb_a", **more)
    common = [name for name in ours if name in theirs]
    assert len(ours) > len(common) > 50
    for name in common:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"width": 0.1}, r"discriminator/\S+ is \(\d+.* there, and \(\d+.* here.*; and \d+ more"),
        ({"z_dim": 6}, r"generator/\S+kernel is \(4, \d+\) there, and \(6, \d+\) here$"),
        ({"gan": "vae", "architecture": "infogan"}, "is .* there, and missing here"),
    ],
)
def test_networks_that_do_not_fit_are_refused_with_names_and_shapes(source, tmp_path, more, line):
    with pytest.raises(UserError, match=line):
        _begun(tmp_path / "2", source[0], **more)
    assert not (tmp_path / "2").exists()


def test_a_place_without_finished_weights_is_refused(source, tmp_path):
    place, _ = source
    options = Options.from_dict(TINY | {"training_steps": 9})
    checkpoints.save(tmp_path / "6", 1, build(options).tracked(), options)
    for wrong, line in (
        (tmp_path / "nowhere", "holds no checkpoint; it must be the folder of a trained task"),
        (place / "checkpoints" / "00000007", "checkpoints there: 1"),
        (tmp_path / "6", "at step 1 of 9"),
    ):
        with pytest.raises(UserError, match=line):
            start_from.place_of(Options.from_dict(TINY | {"start_from": str(wrong)}))


def test_a_source_that_changed_is_refused_until_the_task_has_weights_of_its_own(source, tmp_path):
    place = shutil.copytree(source[0], tmp_path / "1")
    options = Options.from_dict(TINY | {"start_from": str(place), "save_initial": True})
    _begun(tmp_path / "2", place)
    _source(place, seed=6)
    with pytest.raises(UserError, match="have changed"):
        train(options, tmp_path / "2")
    _source(place, seed=5)
    assert train(options, tmp_path / "2")["state"] == "done"
    reader = build(options)
    checkpoints.restore(tmp_path / "2", 0, reader.tracked())
    before = _values(reader)
    for name, value in source[1].items():
        np.testing.assert_array_equal(before[name], value, err_msg=name)
    _source(place, seed=6)
    assert train(options, tmp_path / "2")["step"] == 1
