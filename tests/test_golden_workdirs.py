"""What an older version left on the disk is read, scored, continued and exported, and comes out as it did then.

`golden/workdirs` was written by the code of commit 7bed83a and is never made again; see the README there.
"""

import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys

import golden_workdirs
import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2 import api, tasks
from compare_gan_tf2.hub_export import save

STUDY = pathlib.Path(__file__).parent / "golden" / "workdirs"
COMMIT = "7bed83afa016d94a622aa001f2be155f3f0e4a95"
# The column of a row that alone may differ.
VERSION = "compare_gan_tf2_version"
FIRST, LAST = golden_workdirs.STEPS
# Variables that today's checkpoints have and those of COMMIT had not; each has to be meant.
ADDED_VARIABLES: frozenset[str] = frozenset()

# Of scores and images of the same weights: on one machine with and without oneDNN they differ by 4e-9.
SAME_WEIGHTS = 1e-5
# Of ten more steps. Another processor rounds otherwise, and Adam makes steps of full size of the gradients of biases
# that a batch norm takes away again, which are nothing but rounding: those are not compared, and moving means, which
# follow them, may be as far away as ten steps of two updates at the learning rate of 0.002 go. Of the rest of a part (a
# network, an optimizer) the distance from the stored one is measured in the way that the ten steps took it. Losses that
# are a millionth greater, ten times rounding, are allowed; losses greater by a fiftieth are not.
PART, VARIABLE, SCORE, WALK = 0.01, 0.25, 0.01, 10 * 2 * 0.002
# Second moments of gradients that are rounding, per largest of the optimizer: the square of float32's, and some sums.
ROUNDING = 1e-11

each_task = pytest.mark.parametrize("number", range(len(golden_workdirs.TASKS)), ids=list(golden_workdirs.TASKS))


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    return {"dataset_root": STUDY / golden_workdirs.DATA, "cache_dir": tmp_path_factory.mktemp("cache")}


@pytest.fixture
def copied(tmp_path):
    """Copies a task of the study into a work directory, which it gives."""

    def copy(number):
        shutil.copytree(STUDY / str(number), tmp_path / str(number))
        return tmp_path

    return copy


def _rows(folder):
    with open(folder / "scores.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _scores(row):
    """Scores by column: what stands between status and protocol."""
    columns = list(row)
    names = columns[columns.index("status") + 1 : columns.index("protocol")]
    return {name: float(row[name]) for name in names if row[name]}


def _without_last_row(folder):
    lines = (folder / "scores.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    assert lines[-1].startswith(f"{LAST},")
    (folder / "scores.csv").write_text("".join(lines[:-1]), encoding="utf-8")


def _variables(folder, step):
    """Arrays of a checkpoint by name; what TensorFlow keeps there for itself is left out."""
    reader = tf.train.load_checkpoint(str(folder / "checkpoints" / f"{step:08d}" / "weights"))
    names = [name for name in reader.get_variable_to_shape_map() if not name.startswith("_CHECKPOINTABLE")]
    return {name.removesuffix("/.ATTRIBUTES/VARIABLE_VALUE"): reader.get_tensor(name) for name in names}


@each_task
def test_tasks_and_rows_are_read_and_nothing_is_done_that_is_done(number, copied, places):
    workdir = copied(number)
    folder = workdir / str(number)
    assert tasks.numbers(workdir) == [number]
    task = tasks.read(workdir, number)
    name = list(golden_workdirs.TASKS)[number]
    assert (task.experiment, task.notes) == (golden_workdirs.EXPERIMENT, {"name": name})
    for option, value in json.loads((STUDY / str(number) / "task.json").read_text())["options"].items():
        assert getattr(task.options, option) == value
    before = {path: path.read_bytes() for path in workdir.rglob("*") if path.is_file()}
    assert api.train(task.options, folder, **places) == {"state": "done", "step": LAST}
    rows = api.evaluate(folder, **places)
    assert before == {path: path.read_bytes() for path in workdir.rglob("*") if path.is_file()}
    stored = _rows(STUDY / str(number))
    assert [row["step"] for row in rows] == [str(FIRST), str(LAST)] and len(_scores(stored[0])) == 2
    for row, old in zip(rows, stored, strict=True):
        assert old.items() <= row.items()


@each_task
def test_a_checkpoint_scores_as_it_did(number, copied, places):
    folder = copied(number) / str(number)
    _without_last_row(folder)
    rows, stored = api.evaluate(folder, **places), _rows(STUDY / str(number))
    assert [row["step"] for row in rows] == [str(FIRST), str(LAST)]
    assert stored[0].items() <= rows[0].items()
    now, then = _scores(rows[-1]), _scores(stored[-1])
    assert {name: now.get(name) for name in then} == pytest.approx(then, rel=SAME_WEIGHTS)
    assert rows[-1]["protocol"] == stored[-1]["protocol"]


# By default that with an average: the steps of others take longer to trace, and training/test_training.py has a state.
@pytest.mark.parametrize(
    "number",
    slow_unless(lambda number: number == 0, range(len(golden_workdirs.TASKS))),
    ids=list(golden_workdirs.TASKS),
)
def test_a_training_goes_on_to_the_weights_that_it_had_reached(number, copied, places):
    workdir = copied(number)
    folder = workdir / str(number)
    shutil.rmtree(folder / "checkpoints" / f"{LAST:08d}")
    (folder / "TRAIN_DONE").unlink()
    (folder / "status.json").write_text(json.dumps({"state": "training", "step": FIRST}))
    _without_last_row(folder)
    assert api.train(tasks.read(workdir, number).options, folder, **places) == {"state": "done", "step": LAST}
    stored = STUDY / str(number)
    now, start, then = _variables(folder, LAST), _variables(stored, FIRST), _variables(stored, LAST)
    assert now.keys() - then.keys() <= ADDED_VARIABLES and then.keys() <= now.keys()
    _assert_same_way(start, now, then)
    now, then = _scores(api.evaluate(folder, **places)[-1]), _scores(_rows(stored)[-1])
    assert {name: now.get(name) for name in then} == pytest.approx(then, rel=SCORE)


def _assert_same_way(start, now, then):
    """From the checkpoint of the first step, both trainings took every part and every variable the same way."""
    layers = _layers_that_learn_nothing(then)
    parts: dict[str, list[tuple[float, float]]] = {}
    for name, value in then.items():
        if value.dtype.kind in "iu":
            np.testing.assert_array_equal(now[name], value, err_msg=name)
            continue
        distance, way = _norm(now[name] - value), _norm(value - start[name])
        part, _, own = name.partition("/")
        if any(layer.endswith(own.replace(".S", "_")) or layer in own for layer in layers):
            continue
        walk = WALK * np.sqrt(value.size) if name.endswith("moving_mean") else 0.0
        assert distance <= VARIABLE * way + walk, f"{name}: {distance:.1e} away after a way of {way:.1e}"
        if not walk:
            parts.setdefault(part, []).append((distance, way))
    assert len(parts) >= 4
    for part, found in parts.items():
        distance, way = (_norm(column) for column in zip(*found, strict=True))
        assert distance <= PART * way, f"{part}: {distance:.1e} away after a way of {way:.1e}"


def _layers_that_learn_nothing(variables):
    """Names of the biases before a batch norm, as optimizers have them, found by their second moments."""
    moments = {name: _norm(value) for name, value in variables.items() if name.endswith("_velocity")}
    largest = {part: max(moments[name] for name in moments if name.startswith(part)) for part in ("g_", "d_")}
    idle = [name for name, value in moments.items() if value < ROUNDING * largest[name[:2]]]
    assert len(idle) < 6 and all(name.endswith("_bias_velocity") for name in idle)
    return [name.partition(".S")[2].removesuffix("_velocity") for name in idle]


def _norm(value):
    return float(np.linalg.norm(np.asarray(value, np.float64)))


def test_a_module_is_loaded_and_exported_anew_with_the_same_images(copied, monkeypatch):
    monkeypatch.setattr(save, "_check_elsewhere", lambda folder, probes: None)  # images are compared below
    with np.load(STUDY / golden_workdirs.MODULE_IMAGES) as stored:
        z, labels, images = (stored[name] for name in ("z", "labels", "images"))
    # Other latents, and other labels, are other images.
    assert min(np.abs(images[i] - images[j]).max() for i in range(8) for j in range(i)) > 0.01
    folder = copied(golden_workdirs.EXPORTED) / str(golden_workdirs.EXPORTED)
    module = folder / "export" / str(LAST)
    for exported in (module, pathlib.Path(api.export(folder, step="last", output=folder.parent / "anew"))):
        now = golden_workdirs.images_of(api.load(exported), z, labels)
        np.testing.assert_allclose(now, images, rtol=0, atol=SAME_WEIGHTS)
    assert (module / "saved_model.pb").read_bytes() == _stored_module().read_bytes()


def _stored_module():
    return STUDY / str(golden_workdirs.EXPORTED) / "export" / str(LAST) / "saved_model.pb"


@pytest.fixture
def old_checkout(tmp_path, repository):
    """A worktree of COMMIT, which is gone afterwards whatever happens."""

    def git(*words):
        command = ["git", "-C", str(repository), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    try:
        git("cat-file", "-e", f"{COMMIT}^{{commit}}")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(f"commit {COMMIT[:7]} is not in this clone, or this is none")
    place = tmp_path / "old_checkout"
    git("worktree", "add", "--detach", str(place), COMMIT)
    try:
        yield place
    finally:
        git("worktree", "remove", "--force", str(place))
        assert not place.exists() and str(place) not in git("worktree", "list", "--porcelain")


@pytest.mark.slow
def test_both_versions_on_one_machine_write_the_same_bits(tmp_path, repository, old_checkout):
    old, new = _written(old_checkout, tmp_path / "old"), _written(repository, tmp_path / "new")
    for number in range(len(golden_workdirs.TASKS)):
        then, now = old / str(number), new / str(number)
        for step in golden_workdirs.STEPS:
            _assert_same_bits(_variables(then, step), _variables(now, step))
        # Of generated images; the old version knew no other ability.
        rows = [row for row in _rows(now) if not row.get("ability")]
        assert len(rows) == len(_rows(then)) == 2
        # Every digit of every score, and all options. Columns may be added.
        for row, old_row in zip(rows, _rows(then), strict=True):
            assert {name: row.get(name) for name in old_row} == old_row | {VERSION: row[VERSION]}
        measured, measured_then = (
            [json.loads(line) for line in (folder / "measurements.jsonl").read_text().splitlines()]
            for folder in (now, then)
        )
        for line, old_line in zip(measured, measured_then, strict=True):
            assert old_line.items() <= line.items()
    with np.load(old / golden_workdirs.MODULE_IMAGES) as then, np.load(new / golden_workdirs.MODULE_IMAGES) as now:
        assert sorted(then) == ["images", "labels", "z"]
        for name in then:
            assert now[name].tobytes() == then[name].tobytes(), name


def _assert_same_bits(then, now):
    assert now.keys() - then.keys() <= ADDED_VARIABLES
    assert len(then) > 80 and then.keys() <= now.keys()
    for name, value in then.items():
        assert (now[name].dtype, now[name].shape) == (value.dtype, value.shape), name
        assert now[name].tobytes() == value.tobytes(), name


def _written(checkout, folder):
    """The study as the code of a checkout writes it, by today's script."""
    script = pathlib.Path(golden_workdirs.__file__)
    # Sums over threads depend on how many there are and who comes first.
    one_thread = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, str(script), str(folder)],
        cwd=folder.parent,
        env={**os.environ, **one_thread, "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    # The package that is installed is not taken for that of the checkout.
    assert done.stdout.split()[-1] == str(checkout)
    return folder
