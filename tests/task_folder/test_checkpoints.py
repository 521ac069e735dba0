"""A checkpoint is what was saved, or a line says which file is not; the sweep takes only what is ours."""

import json
import os
import shutil
import subprocess

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import unfinished
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation import task as evaluation
from compare_gan_tf2.evaluation.unscored import Asked
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints, curves, score_table
from compare_gan_tf2.task_folder.protocol import Protocol
from compare_gan_tf2.task_folder.tasks import Task

OPTIONS = Options.from_dict({"dataset": "triangles", "training_steps": 30, "save_every_steps": 10})


@pytest.fixture
def folder(tmp_path):
    """A task of a study, with checkpoints of steps 10, 20 and 30, whose one variable is the step."""
    place = tmp_path / "0"
    place.mkdir()
    (place / "task.json").write_text(Task(0, "test", OPTIONS).to_json())
    for step in (10, 20, 30):
        checkpoints.save(place, step, _parts(step), OPTIONS)
    return place


def _parts(value):
    return {"network": {"weight": tf.Variable(float(value))}}


def _restored(folder, step):
    parts = _parts(0)
    checkpoints.restore(folder, step, parts)
    return float(parts["network"]["weight"].numpy())


def _change(path, before, after):
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def _without_sums(folder):
    """As an older version saved it."""
    task = folder / "task.json"
    task.write_text("".join(line for line in task.read_text().splitlines(True) if "sha256" not in line))
    for step in checkpoints.steps(folder):
        (checkpoints.path(folder, step) / "SHA256SUMS").unlink()


def test_what_has_no_options_is_no_checkpoint_and_is_named(folder, caplog):
    (checkpoints.path(folder, 20) / "options.json").unlink()
    (folder / "checkpoints/00000040").touch()
    assert checkpoints.steps(folder) == [10, 30]
    checkpoints.warn_of_incomplete(folder)
    (message,) = caplog.messages
    assert f"{checkpoints.path(folder, 20)} has no options.json and is left out" in message


CHANGES = [
    ('"batch_norm_epsilon": 1e-05', '"batch_norm_epsilon": 1e-01'),  # one bit
    ('"width"', '"wident"'),
    ('"seed": 0', '"seed": -7'),
    ('"seed": 0', '"seed": 1'),
    ("{", "[" * 5000),
]


@pytest.mark.parametrize("sums", [True, False])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("step", [10, 30])
def test_changed_options_are_refused_and_named(folder, change, step, sums):
    if not sums:
        _without_sums(folder)
    file = checkpoints.path(folder, step) / "options.json"
    _change(file, *change)
    with pytest.raises(checkpoints.DamagedError, match="options.json") as caught:
        checkpoints.options_of(folder, step)
    assert str(file.parent) in str(caught.value)
    assert checkpoints.options_of(folder, 20).to_dict() == OPTIONS.to_dict()


def test_agreement_is_asked_of_an_older_checkpoint_where_the_newest_is_damaged(folder, caplog):
    for change in CHANGES[1:4]:
        file = checkpoints.path(folder, 30) / "options.json"
        before = file.read_text()
        _change(file, *change)
        checkpoints.check_agreement(folder, OPTIONS)
        assert "options.json" in caplog.text and "looking at an older one" in caplog.text
        with pytest.raises(UserError, match="checkpoint of step 20: z_dim is 3"):
            checkpoints.check_agreement(folder, OPTIONS.replace(z_dim=3))
        file.write_text(before)


def test_checkpoints_of_older_versions_agree_with_each_other_where_the_task_was_edited(folder):
    _without_sums(folder)
    _change(folder / "task.json", '"training_steps": 30', '"training_steps": 40')
    assert checkpoints.options_of(folder, 30).to_dict() == OPTIONS.to_dict()
    with pytest.raises(UserError, match="its checkpoint of step 30: training_steps is 40, was 30"):
        checkpoints.check_agreement(folder, OPTIONS.replace(training_steps=40))
    (folder / "task.json").unlink()
    assert checkpoints.options_of(folder, 30).to_dict() == OPTIONS.to_dict()
    for step in (10, 20):
        shutil.rmtree(checkpoints.path(folder, step))
    assert checkpoints.options_of(folder, 30).to_dict() == OPTIONS.to_dict()


def test_a_checkpoint_with_other_files_than_it_was_saved_with_is_refused(folder):
    (checkpoints.path(folder, 10) / "interim").touch()
    (checkpoints.path(folder, 20) / "SHA256SUMS").write_text("")
    for step in (10, 20):
        with pytest.raises(checkpoints.DamagedError, match="SHA256SUMS"):
            checkpoints.restore(folder, step, _parts(0))
    assert _restored(folder, 30) == 30 and checkpoints.restore_newest(folder, _parts(0)) == 30


def test_only_what_is_ours_is_swept(tmp_path, folder):
    scratch = tmp_path / "scratch"
    shutil.move(folder / "checkpoints", scratch)
    (folder / "checkpoints").symlink_to(scratch)
    ours = [".00000010.abcd1234", ".00000010.abcd1234.old", ".00000020.aaaaaaaa-1-bbbbbbbb"]
    theirs = [".git", ".notes", ".00000010", ".00000010.backup", ".00000010.my_copy", ".00000010.abcd1234x", "00000040"]
    for name in (*ours, *theirs):
        (scratch / name).mkdir()
        (scratch / name / "content").write_text("")
    (scratch / ".00000030.abcd1234").symlink_to(scratch / ".git")
    (scratch / ".00000020.abcd1234").write_text("a file")
    checkpoints.sweep(folder)
    left = {path.name for path in scratch.iterdir()}
    kept = {*theirs, ".00000030.abcd1234", ".00000020.abcd1234", "00000010", "00000020", "00000030"}
    assert left == kept and (scratch / ".git/content").exists()


def test_a_checkpoint_that_was_only_moved_aside_comes_back(folder):
    place = checkpoints.path(folder, 20)
    place.rename(place.with_name(".00000020.aaaaaaaa-1-bbbbbbbb.old"))
    checkpoints.sweep(folder)
    assert checkpoints.steps(folder) == [10, 20, 30] and _restored(folder, 20) == 20


def test_a_deleted_checkpoint_leaves_nothing(folder):
    checkpoints.delete(folder, 20)
    checkpoints.delete(folder, 20)
    assert sorted(os.listdir(folder / "checkpoints")) == ["00000010", "00000030"]


class _Scorer:
    """Scores a checkpoint by its one variable; before it reads it, others may be at work."""

    spread, tables, curves = None, {}, {}

    def __init__(self, meanwhile=lambda folder, step: None):
        self._meanwhile = meanwhile

    def score(self, folder, step, ability):
        assert ability == "generate"
        self._meanwhile(folder, step)
        return "ok", {"fid_x": _restored(folder, step)}, Protocol.of(["fid", "kid"], real=10)

    def images_seen(self, step):
        return {}


def _score(folder, meanwhile=lambda folder, step: None):
    return evaluation.score_missing(folder, Asked(), lambda options: _Scorer(meanwhile))


@pytest.mark.parametrize("how", ["pruned", "options"])
def test_a_checkpoint_that_is_pruned_while_it_is_scored_is_passed_over_without_a_word(folder, how, caplog, monkeypatch):
    def prune(where, step):
        if step == 20:
            checkpoints.delete(where, step)

    if how == "options":
        options_for = Asked.options_for
        looks = []

        def pruned_before(self, where, step):
            looks.append(step)
            if looks.count(20) == 3:
                prune(where, step)
            return options_for(self, where, step)

        monkeypatch.setattr(Asked, "options_for", pruned_before)
    assert _score(folder, prune) == {} and not caplog.text
    assert [row["step"] for row in score_table.read_rows(folder)] == ["10", "30"]
    with pytest.raises(checkpoints.GoneError, match="no checkpoint of step 20 in .* any more"):
        checkpoints.options_of(folder, 20)


def test_a_damaged_checkpoint_gives_no_row_and_a_damaged_row_is_made_anew(folder, caplog):
    _change(checkpoints.path(folder, 10) / "options.json", *CHANGES[0])
    assert list(_score(folder)) == [10] and "options.json" in caplog.text
    rows = score_table.read_rows(folder)
    assert [row["fid_x"] for row in rows] == ["20.0", "30.0"]
    _change(folder / "scores.csv", ",30.0,", ",10.0,")
    assert list(_score(folder)) == [10]
    rows = score_table.read_rows(folder)
    assert [(row["step"], row["status"], row["fid_x"]) for row in rows] == [
        ("20", "ok", "20.0"), ("30", "damaged", "10.0"), ("30", "ok", "30.0")
    ]  # fmt: skip
    assert score_table.best_step(rows) == 20
    assert list(_score(folder)) == [10] and len(score_table.read_rows(folder)) == 3


def test_a_curve_is_there_before_its_row(folder, monkeypatch):
    curve = curves.Curve((1.0, 0.0), (0.0, 1.0))
    monkeypatch.setattr(_Scorer, "curves", {"fid_x": curve})
    add_row, found = score_table.add_row, []

    def add(where, row):
        found.append(curves.read(where, row["step"], row["protocol"], "fid_x"))
        add_row(where, row)

    monkeypatch.setattr(score_table, "add_row", add)
    _score(folder)
    assert found == [curve] * 3


def test_sums_are_in_the_form_of_sha256sum(folder):
    lines = (checkpoints.path(folder, 10) / "SHA256SUMS").read_text().splitlines()
    assert [line.split("  ")[1] for line in lines] == ["options.json", "weights.index"]
    assert json.loads((checkpoints.path(folder, 10) / "options.json").read_text()) == OPTIONS.to_dict()
    assert np.isfinite(_restored(folder, 10))


def test_what_killed_processes_left_goes_also_where_there_is_nothing_left_to_write(folder):
    ended = subprocess.Popen(["true"])
    ended.wait()
    with unfinished.name_for(folder / "x") as own:
        made_by = own.name.split(".")[2].replace(f"-{os.getpid()}-", f"-{ended.pid}-")
    (folder / "export").mkdir()
    left = [
        folder / f".scores.csv.{made_by}",
        folder / f"export/.20.{made_by}",
        folder / f"checkpoints/.00000010.{made_by}",
    ]
    for path in left:
        path.mkdir() if path.parent != folder else path.touch()
    checkpoints.sweep_abandoned(folder)
    assert not any(path.exists() for path in left) and checkpoints.steps(folder) == [10, 20, 30]
