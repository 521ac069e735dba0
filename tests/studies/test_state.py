"""The state of a task is read from its files, whoever wrote them and however they ended."""

import json
import os
import shutil
import time

import pytest
from studies.conftest import checkpoint, finished, made, row, said

from compare_gan_tf2 import claims
from compare_gan_tf2.studies import state, status_text
from compare_gan_tf2.task_folder import score_table, tasks


@pytest.fixture
def folder(tmp_path):
    """A task that nobody began, of a study of two."""
    made(tmp_path, loss=["hinge"])
    return tmp_path / "0"


def dead_claim(folder, host="node1", seconds=240.0):
    """The claim of a process of a machine that cannot be seen from here, and was last heard of a while ago."""
    path = folder / "train.claim"
    path.write_text(json.dumps({"host": host, "pid": 1, "machine": "another", "token": "x"}))
    changed = time.time() - seconds
    os.utime(path, (changed, changed))


def seen(folder):
    return state.of_task(folder)


def test_a_task_goes_from_waiting_to_done(folder):
    assert seen(folder) == state.TaskState(0, "waiting", steps=40, due=2)
    said(folder, "training", 0)
    with claims.claim(folder, "train"):
        (folder / "measurements.jsonl").write_text('{"step": 10, "d_loss": 1}\n{"step": 20, "d_loss": 1}\n{"step": 3')
        running = seen(folder)
        assert (running.state, running.step, running.steps) == ("running", 20, 40) and running.host
    assert seen(folder).state == "interrupted"
    for step in (20, 30, 40):  # one of them between two that are due, to go on from
        checkpoint(folder, step)
    said(folder, "done", 40)
    assert (seen(folder).state, seen(folder).scored, seen(folder).due) == ("trained", 0, 2)
    row(folder, 20, fid=1.0, kid=1.0)
    row(folder, 40, fid=1.0, kid=1.0)
    assert (seen(folder).state, seen(folder).scored, seen(folder).due) == ("done", 2, 2)
    # Somebody who only looks for the weights does not make it undone.
    shutil.rmtree(folder / "checkpoints")
    assert seen(folder).state == "done"


def test_a_training_that_is_done_without_its_last_checkpoint_and_row_is_not(folder):
    finished(folder)
    (folder / "scores.csv").unlink()
    shutil.rmtree(folder / "checkpoints" / "00000040")
    assert seen(folder).state == "interrupted"


@pytest.mark.parametrize(
    ("changes", "metrics"),
    [({}, ["fid"]), ({"evaluation_seed": 43}, ["fid", "kid"]), ({"extractor": "pixels"}, ["fid", "kid"])],
)
def test_rows_count_only_with_what_the_task_asks_for(changes, metrics, folder):
    finished(folder)
    (folder / "scores.csv").unlink()
    row(folder, 20, fid=1.0, kid=1.0)
    row(folder, 40, changes=changes, metrics=metrics, fid=1.0, kid=1.0)
    assert (seen(folder).state, seen(folder).scored) == ("trained", 1)
    row(folder, 40, protocol="data=triangles; weights=latest; more=1", metrics=["fid", "kid", "prd"], fid=1.0, kid=1.0)
    assert seen(folder).state == "done"


def test_a_row_with_a_changed_digit_does_not_count(folder):
    finished(folder, fids=(5.0, 3.25))
    rows = folder / "scores.csv"
    rows.write_text(rows.read_text().replace("3.25", "3.24", 1))
    assert (seen(folder).state, seen(folder).scored) == ("trained", 1)


def test_a_diverged_training_is_over_with_its_row(folder):
    checkpoint(folder, 20)
    said(folder, "diverged", 33)
    assert (seen(folder).state, seen(folder).due) == ("trained", 2)
    row(folder, 20, fid=1.0, kid=1.0)
    row(folder, 33, "diverged")
    assert (seen(folder).state, seen(folder).step, seen(folder).scored) == ("diverged", 33, 2)


def test_what_somebody_else_left(folder):
    dead_claim(folder)
    dead = seen(folder)
    assert (dead.state, dead.host, dead.reason) == (
        "interrupted",
        "node1",
        "its worker on node1 showed no sign of life for 4 min",
    )
    dead_claim(folder, seconds=5)
    assert (seen(folder).state, seen(folder).reason) == ("running", "")
    (folder / "train.claim").unlink()
    (folder / "failure.json").write_text(json.dumps({"line": "no data", "host": "b", "log": "/logs/0.log"}))
    failed = seen(folder)
    assert (failed.state, failed.reason, failed.host, failed.log) == ("failed", "no data", "b", "/logs/0.log")
    said(folder, "paused", 20)
    assert seen(folder).state == "failed"
    (folder / "failure.json").unlink()
    assert seen(folder).state == "paused"


def test_a_claim_says_from_whom_it_was_taken(folder, monkeypatch):
    monkeypatch.setattr(claims, "STALE_SECONDS", 0.1)
    monkeypatch.setattr(claims, "HEARTBEAT_SECONDS", 0.05)
    dead_claim(folder)
    with claims.claim(folder, "train"):
        monkeypatch.setattr(claims, "STALE_SECONDS", 90.0)
        taken = seen(folder)
    left = "its worker on node1 showed no sign of life for 4 min"
    assert taken.state == "running" and taken.reason == f"{left}; taken over by {taken.host}"


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("task.json", "{", "task.json is not a task file (JSONDecodeError"),
        ("task.json", '{"task_num": 1}', "task_num is 1"),
        ("task.json", '{"task_num": 0, "options": {"gan": "gun"}}', "is not a task file"),
        ("status.json", '{"state": 3}', "status.json cannot be read"),
        ("scores.csv", "step\n1", "scores.csv cannot be read"),
    ],
)
def test_a_damaged_file_is_one_line_and_the_others_are_seen(name, text, reason, folder):
    (folder / name).write_text(text)
    first, second = state.of_study(folder.parent)
    assert first.state == "damaged" and reason in first.reason and second.state == "waiting"
    assert "0 of 2 done, 1 waiting, 1 damaged" in status_text.text([first, second], 80)


def test_a_training_of_very_many_checkpoints_is_not_counted_one_by_one(folder):
    task = json.loads((folder / "task.json").read_text())
    task["options"] |= {"training_steps": 99_999_999, "save_every_steps": 1}
    (folder / "task.json").write_text(json.dumps(task))
    assert seen(folder).due == 99_999_999


def test_a_study_of_an_older_version_has_states_too(repository, tmp_path):
    for number in ("0", "1", "2", "3"):
        shutil.copytree(repository / "tests/golden/workdirs" / number, tmp_path / number)
    assert [each.state for each in state.of_study(tmp_path)] == ["done"] * 4
    # Half done: of one the training goes on, of one rows are missing, one was only planned.
    (tmp_path / "0" / "status.json").write_text('{"state": "training", "step": 10}')
    (tmp_path / "1" / "scores.csv").unlink()
    shutil.rmtree(tmp_path / "2")
    (tmp_path / "2").mkdir()
    shutil.copy(repository / "tests/golden/workdirs/2/task.json", tmp_path / "2")
    assert [each.state for each in state.of_study(tmp_path)] == ["interrupted", "trained", "waiting", "done"]


def test_a_task_that_goes_while_one_looks_is_not_there(folder, monkeypatch):
    monkeypatch.setattr(tasks, "numbers", lambda workdir: [0, 1, 2])
    assert [each.number for each in state.of_study(folder.parent)] == [0, 1]


def test_options_are_those_in_which_tasks_differ(tmp_path):
    made(tmp_path, loss=["hinge", "wasserstein"])
    assert [each.options for each in state.of_study(tmp_path)][2] == {"loss": "wasserstein", "seed": 0}


def test_a_task_that_may_have_collapsed_is_counted_and_listed_with_the_reason(tmp_path):
    made(tmp_path, loss=["hinge"])
    for number in (0, 1):
        finished(tmp_path / str(number))
    row(tmp_path / "1", 40, changes={"extractor": "pixels"}, protocol="other=1", fid=1.0)
    path = tmp_path / "1" / "scores.csv"
    rows = score_table.read_rows(tmp_path / "1")
    (tmp_path / "1" / "scores.csv").unlink()
    for each in rows:
        score_table.add_row(tmp_path / "1", each | {"collapse": "recall 0.03" * (each["step"] == "40")})
    assert path.exists()
    states = state.of_study(tmp_path)
    assert [(each.state, each.collapse) for each in states] == [("done", ""), ("done", "recall 0.03")]
    text = status_text.text(states, 80)
    assert text.startswith("2 of 2 done; 1 may have collapsed\n") and "1: collapsed? recall 0.03" in text.splitlines()
    assert status_text.as_json(states)["collapsed"] == 1
