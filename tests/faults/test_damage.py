"""Each file of a checkpoint, cache, data set, row and module damaged in turn: the same result, or a line that names it.

Never another number. By default some damages of each file, on copies of `golden/workdirs`, without training; the slow
tests damage more, and score and load what was damaged.
"""

import logging
import pathlib
import shutil

import golden_workdirs
import numpy as np
import pytest
import tensorflow as tf
from faults.damage import damaged_files, other_numbers

from compare_gan_tf2 import api, files
from compare_gan_tf2.datasets import catalog, pipeline
from compare_gan_tf2.datasets.catalog import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.hub_export import _archive, _sums, _target
from compare_gan_tf2.task_folder import checkpoints, score_table

STUDY = pathlib.Path(__file__).parents[1] / "golden" / "workdirs"
STEP = golden_workdirs.STEPS[0]
FEW, MANY = 6, 150
_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"


@pytest.fixture
def task(tmp_path):
    """A copy of a task that an older version made, without its module."""
    ignored = shutil.ignore_patterns("export", "samples")
    return pathlib.Path(shutil.copytree(STUDY / "3", tmp_path / "3", ignore=ignored))


def _files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _hold(observe, damaged, named):
    """Asserts that damage changes nothing that is observed, or gives a line with the names; counts both."""
    expected, same, refused = observe(), 0, 0
    for path, what in damaged:
        try:
            found = observe()
        except UserError as error:
            assert any(name in str(error) for name in named), f"{path.name}, {what}: {error}"
            refused += 1
            continue
        assert found == expected, f"{path.name}, {what}"
        same += 1
    print(f"{same} with the same result, {refused} refused by name")
    assert refused and observe() == expected


def _parts(prefix):
    """Variables for all that a checkpoint holds."""
    reader = tf.train.load_checkpoint(str(prefix))
    parts = {}
    for key in reader.get_variable_to_shape_map():
        part, _, name = key.removesuffix(_VALUE).partition("/")
        if key.endswith(_VALUE) and name:
            parts.setdefault(part, {})[name.replace(".S", "/")] = tf.Variable(reader.get_tensor(key))
    return parts


def _read(folder, parts):
    """The options of a checkpoint and the bytes of its variables."""
    options = checkpoints.options_of(folder, STEP).to_dict()
    for variables in parts.values():
        for variable in variables.values():
            variable.assign(tf.zeros_like(variable))
    checkpoints.restore(folder, STEP, parts, partly=True)
    return options, [each.numpy().tobytes() for variables in parts.values() for each in variables.values()]


@pytest.mark.parametrize("version", ["today's", "an older"])
@pytest.mark.parametrize("flips", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_checkpoints(task, version, flips):
    place = checkpoints.path(task, STEP)
    parts = _parts(place / "weights")
    parts = {"generator": parts["generator"]}
    if version == "today's":
        options = checkpoints.options_of(task, STEP)
        checkpoints.restore(task, STEP, parts, partly=True)
        checkpoints.save(task, STEP, parts, options)
        assert (place / "SHA256SUMS").is_file()
    named = [str(place)[-10:], f"step {STEP}"]  # of the checkpoint's path
    _hold(lambda: _read(task, parts), damaged_files(_files(place), flips), named)
    _hold(lambda: checkpoints.options_of(task, STEP).to_dict(), other_numbers(place / "options.json"), named)


def test_training_goes_on_from_an_older_checkpoint_where_the_newest_is_damaged(task, caplog):
    weights = checkpoints.path(task, golden_workdirs.STEPS[1]) / "weights.data-00000-of-00001"
    parts = _parts(weights.with_name("weights"))
    weights.write_bytes(weights.read_bytes()[:-1])
    assert checkpoints.restore_newest(task, parts) == STEP and str(weights.parent) in caplog.text


def _numbers(folder):
    """Every score of every row that counts: (step, protocol, column) -> value."""
    rows = score_table.sound(score_table.read_rows(folder))
    return {
        (row["step"], row["protocol"], name): float(row[name])
        for row in rows
        for name in score_table.score_columns([row])
        if row[name]
    }


@pytest.mark.parametrize("flips", [60, pytest.param(6000, marks=pytest.mark.slow)])
def test_rows(task, flips, caplog):
    caplog.set_level(logging.ERROR, score_table.__name__)
    rows = score_table.read_rows(task)
    (task / "scores.csv").unlink()
    for row in rows:
        score_table.add_row(task, row)
    expected, refused, fewer = _numbers(task), 0, 0
    assert len(expected) > 3
    for path, what in damaged_files([task / "scores.csv"], flips):
        try:
            found = _numbers(task)
        except UserError as error:
            assert str(path) in str(error)
            refused += 1
            continue
        # A row that is damaged or gone is made anew; none that counts has another number.
        assert found.items() <= expected.items(), what
        fewer += len(found) < len(expected)
    print(f"{refused} refused by name, {fewer} with damaged rows left out")
    assert refused and fewer


@pytest.mark.parametrize("flips", [60, pytest.param(3000, marks=pytest.mark.slow)])
def test_caches(tmp_path, flips, caplog):
    source = np.random.default_rng(0)
    arrays = {"features": source.normal(size=(40, 6)).astype(np.float32), "labels": np.arange(40, dtype=np.int32)}
    path = tmp_path / "references" / "samples.npz"
    anew = []

    def compute():
        anew.append(1)
        return arrays

    files.kept_arrays(path, compute)
    for _, what in damaged_files([path], flips):
        del anew[:]
        caplog.clear()
        found = files.kept_arrays(path, compute)
        assert found.keys() == arrays.keys(), what
        assert all(found[name].tobytes() == array.tobytes() for name, array in arrays.items()), what
        assert all(found[name].shape == array.shape for name, array in arrays.items()), what
        assert what == "removed" or bool(anew) == (str(path) in caplog.text), what


@pytest.mark.parametrize("flips", [3, pytest.param(40, marks=pytest.mark.slow)])
def test_data_sets(task, tmp_path, flips):
    places = Places(pathlib.Path(shutil.copytree(STUDY / golden_workdirs.DATA, tmp_path / "data")), tmp_path / "cache")
    dataset = catalog.of(checkpoints.options_of(task, STEP))

    def observed():
        images, labels = pipeline.read(dataset, dataset.evaluation_split, places, 64)
        return images.tobytes(), labels.tobytes(), dataset.fingerprint(places.dataset_root)

    _hold(observed, damaged_files(_files(places.dataset_root), flips), ["polygons.npz", "prepare_datasets"])


@pytest.fixture
def module(tmp_path):
    """A copy of an exported module."""
    return pathlib.Path(shutil.copytree(STUDY / "0" / "export" / "20", tmp_path / "module"))


def _computed_with(folder):
    """What the module in a folder computes with; UserError where it would not be loaded."""
    if not (folder / "saved_model.pb").is_file():
        raise UserError(f"{folder} holds no module (no saved_model.pb)")
    _sums.check(folder)
    return {
        path.name: path.read_bytes()
        for path in _files(folder)
        if path.parent.name == "variables" or path.suffix == ".pb"
    }


@pytest.mark.parametrize("flips", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_modules(module, flips):
    before = _computed_with(module)
    assert _target.is_intact(module)
    refused = 0
    for path, what in damaged_files(_files(module), flips):
        if path.name != "SHA256SUMS":  # whose line about the card may be damaged
            is_edited_card = path.name == "README.md" and what != "removed"
            assert _target.is_intact(module) == is_edited_card, f"{path.name}, {what}"
        try:
            found = _computed_with(module)
        except UserError as error:
            assert str(module) in str(error)
            refused += 1
            continue
        # TensorFlow does not look at the fingerprint's content.
        changed = {name for name in before if found.get(name) != before[name]}
        assert changed <= {"fingerprint.pb"}, f"{path.name}, {what}"
    assert refused > 4 * flips


@pytest.mark.parametrize("flips", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_archives(module, tmp_path, flips):
    archive = tmp_path / "module.tar.gz"
    _archive.pack(module, archive)
    number = iter(range(10**6))

    def unpacked():
        place = tmp_path / f"unpacked-{next(number)}"
        try:
            _archive.unpack(archive, place)
            return {path.relative_to(place): path.read_bytes() for path in _files(place)}
        finally:
            shutil.rmtree(place, ignore_errors=True)

    _hold(unpacked, damaged_files([archive, _archive.checksum_file(archive)], flips), [archive.name])


@pytest.mark.slow
def test_scores_of_what_is_damaged(task, tmp_path, caplog):
    shutil.copytree(STUDY / golden_workdirs.DATA, tmp_path / "data")
    places = {"dataset_root": tmp_path / "data", "cache_dir": tmp_path / "cache"}

    others = [row for row in score_table.read_rows(task) if row["step"] != str(STEP)]

    def scores():
        (task / "scores.csv").unlink(missing_ok=True)
        for row in others:  # which need not be scored again
            score_table.add_row(task, row)
        try:
            api.evaluate(task, **places)
        except UserError as error:
            said.append(str(error))
        return _numbers(task)

    said: list[str] = []
    expected = scores()
    assert len(expected) > 3 and not said
    subjects = [*_files(checkpoints.path(task, STEP)), *_files(tmp_path / "data"), *_files(tmp_path / "cache")]
    for path, what in damaged_files(subjects, 3):
        del said[:]
        caplog.clear()
        found = scores()
        assert found.items() <= expected.items(), f"{path.name}, {what}"
        names = (path.name, str(path.parent), f"step {STEP}", "prepare_datasets")
        lines = said + caplog.messages
        assert found == expected or any(name in line for name in names for line in lines), f"{path.name}, {what}"


@pytest.mark.slow
def test_images_of_modules_that_are_damaged(module):
    z, labels = golden_workdirs.inputs(8)

    def images():
        return golden_workdirs.images_of(api.load(module), z, labels).tobytes()

    _hold(images, damaged_files(_files(module), 3), [str(module)])
