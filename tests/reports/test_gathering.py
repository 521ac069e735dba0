"""What is read of studies, and what is said of everything that cannot be used."""

import json
import os
import re
import shutil
import time

import pytest
from studies.conftest import finished, made, row, said

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.reports import gathering
from compare_gan_tf2.studies import adding, best, rounds, settings
from compare_gan_tf2.studies.rounds import Round


def gather(*workdirs, **more):
    return gathering.gather(workdirs, **more)


def changed(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_tasks_have_points_groups_and_what_differs(study):
    found = gather(study)
    assert found.varied == ("loss", "seed") and found.notes == ()
    assert [column.key for column in found.columns] == ["fid", "kid"]
    assert [column.lower_is_better for column in found.columns] == [True, True]
    assert found.progress == "3 of 4 done, 1 waiting"
    assert list(found.labels.values()) == ["loss=hinge", "loss=wasserstein"]
    assert len({task.group for task in found.tasks}) == 2
    first = found.tasks[0]
    assert (first.workdir, first.number, first.seed, first.state, first.step) == (study, 0, 0, "done", 40)
    assert [(point.step, point.values) for point in first.points] == [
        (20, {"fid": 5.0, "kid": 5.0}),
        (40, {"fid": 3.0, "kid": 3.0}),
    ]
    assert first.points[1].images_seen == 40 * Options.disc_iters * Options.batch_size
    assert first.options == settings.canonical(adding.there(study)[0])
    assert found.left_out == ("tasks without scores: 1 (1 waiting)",)


def test_a_report_can_be_made_while_tasks_run(study):
    said(study / "2", "diverged", 33)
    row(study / "2", 33, "diverged", "not scored")
    (study / "3" / "train.claim").write_text(json.dumps({"host": "node", "pid": 1, "machine": "other", "token": "x"}))
    (study / "3" / "measurements.jsonl").write_text('{"step": 10, "d_loss": 1.0}\n{"step": 20')
    found = gather(study)
    assert found.progress == "2 of 4 done, 1 running to step 10, 1 diverged"
    diverged = found.tasks[2]
    assert diverged.has_ended_badly and [point.step for point in diverged.points] == [20, 40]
    os.utime(study / "3" / "train.claim", (time.time() - 600,) * 2)
    assert gather(study).progress == "2 of 4 done, 1 interrupted, 1 diverged"


def test_scores_of_other_protocols_and_abilities_have_columns_of_their_own(study):
    row(study / "0", 40, protocol="data=triangles; weights=average", fid=2.0)
    row(study / "1", 40, protocol="data=triangles; weights=latest; metrics=kid", kid=4.0)
    found = gather(study)
    assert [(column.key, column.short) for column in found.columns] == [
        ("fid", "FID"), ("fid@2", "FID@2"), ("kid", "KID"),
    ]  # fmt: skip
    assert found.columns[1].protocol == "data=triangles; weights=average"
    assert found.tasks[0].points[1].values == {"fid": 3.0, "kid": 3.0, "fid@2": 2.0}
    assert found.notes == (
        "scores of different protocols are not compared with each other: FID: weights=latest; FID@2: weights=average",
    )
    text = (study / "3" / "scores.csv").parent
    finished(text)
    changed(text / "scores.csv", "images_seen,status", "images_seen,ability,status")
    lines = (text / "scores.csv").read_text().splitlines()
    lines[1:] = [re.sub(",ok,", ",translate,ok,", line.rpartition(",")[0] + ",") for line in lines[1:]]
    (text / "scores.csv").write_text("\n".join(lines) + "\n")
    found = gather(study)
    assert [column.key for column in found.columns] == ["fid", "fid@2", "kid", "fid@translate", "kid@translate"]
    assert found.tasks[3].points[0].values == {"fid@translate": 5.0, "kid@translate": 5.0}


def test_protocols_that_differ_alike_for_many_scores_are_told_once(study):
    row(study / "0", 40, protocol="data=triangles; weights=average", fid=2.0, kid=2.0)
    row(study / "1", 40, protocol="data=triangles; weights=average", fid=2.0, kid=2.0)
    row(study / "1", 40, protocol="data=triangles; weights=other", kid=2.0)
    assert gather(study).notes == (
        "scores of different protocols are not compared with each other: FID: weights=latest; FID@2: weights=average",
        "scores of different protocols are not compared with each other: KID: weights=latest; KID@2: weights=average; "
        "KID@3: weights=other",
    )
    row(study / "1", 40, protocol="data=triangles; weights=other", fid=2.0)
    assert gather(study).notes == (
        "scores of different protocols are not compared with each other: FID, KID: weights=latest; FID@2, KID@2: "
        "weights=average; FID@3, KID@3: weights=other",
    )


def test_a_cut_line_and_a_damaged_row_are_left_out_and_counted(study):
    path = study / "0" / "scores.csv"
    path.write_text(path.read_text()[:-100])
    changed(study / "1" / "scores.csv", ",4.0,4.0,", ",1.0,4.0,")
    found = gather(study)
    assert [point.step for task in found.tasks[:2] for point in task.points] == [20, 20]
    assert [task.state for task in found.tasks[:2]] == ["trained", "trained"]
    assert found.left_out[:2] == (
        f"rows that are cut: 1 ({study}/0)",
        f"rows that are not what their checksums say: 1 ({study}/1)",
    )


def test_rows_of_another_task_and_repeated_ones_are_not_taken(study):
    shutil.copy(study / "0" / "scores.csv", study / "3" / "scores.csv")
    path = study / "1" / "scores.csv"
    path.write_text(path.read_text() + path.read_text().splitlines()[-1] + "\n")
    found = gather(study)
    assert not found.tasks[3].points and len(found.tasks[1].points) == 2
    assert found.left_out[:2] == (
        f"rows of a training with other options: 2 ({study}/3)",
        f"rows that repeat a step and a protocol, of which the last counts: 1 ({study}/1)",
    )


def test_what_cannot_be_read_is_said_and_the_others_are_there(study):
    (study / "0" / "scores.csv").write_text("not,ours\n1,2\n")
    (study / "1" / "task.json").write_text("{}")
    (study / "notes.txt").write_text("mine")
    (study / "7").mkdir()
    changed(study / "study.json", '"format": 1', '"format": 9')
    found = gather(study)
    lines = dict(line.split(": ", 1) for line in found.left_out)
    assert [task.number for task in found.tasks] == [0, 2, 3]
    assert found.progress == "1 of 4 done, 1 waiting, 2 damaged"
    assert lines["files and folders that are not of a study"] == f"1 ({study}/notes.txt)"
    assert lines["folders with a number and no task"] == f"1 ({study}/7)"
    assert "its first line is no header of scores" in lines["files of scores that cannot be read"]
    assert f"1 ({study}/1: " in lines["tasks whose files cannot be understood"]
    assert "another version" in lines["study files that cannot be understood; their tasks are read all the same"]
    assert lines["tasks without scores"] == "2 (1 waiting, 1 damaged)"
    shutil.rmtree(study / "2")
    assert f"tasks whose folders were removed: 1 ({study}/2)" in gather(study).left_out


def test_scores_that_no_metric_gives_are_named(study):
    path = study / "0" / "scores.csv"
    lines = path.read_text().splitlines()
    head = lines[0].replace(",kid,", ",kid,beauty,").replace(",checksum", "")
    rows = [re.sub("^((?:[^,]*,){6})", r"\g<1>7.0,", line).rpartition(",")[0] for line in lines[1:]]
    path.write_text("\n".join([head, *rows]) + "\n")
    found = gather(study)
    assert [column.key for column in found.columns] == ["fid", "kid"] and len(found.tasks[0].points) == 2
    assert f"scores beauty, which no metric of this version gives: 1 ({study}/0)" in found.left_out


def test_joined_studies_say_what_differs_and_count_equal_tasks_once(study, tmp_path):
    other = tmp_path / "other"
    made(other, loss=["hinge", "least_squares"])
    finished(other / "2")
    found = gather(study, other, study)
    assert [(task.workdir.name, task.number) for task in found.tasks] == [
        *(("study", number) for number in range(4)), ("other", 2), ("other", 3),
    ]  # fmt: skip
    assert found.progress == "4 of 6 done, 2 waiting"
    assert found.notes == (f"the studies differ in loss: {study} hinge, wasserstein; {other} hinge, least_squares",)
    assert found.left_out[:2] == (
        f"tasks that are there twice, with equal options and seed, counted once: 2 ({other}/0 is {study}/0, "
        f"{other}/1 is {study}/1)",
        f"work directories that are given twice, counted once: 1 ({study})",
    )
    # Of two the one that got further.
    assert {task.workdir for task in gather(other, study).tasks if task.options["loss"] == "hinge"} == {study}


def test_groups_are_of_the_options_that_are_asked_for(tmp_path):
    made(tmp_path, loss=["hinge", "wasserstein"], d_weight_normalization=["none", "spectral"])
    found = gather(tmp_path, group_by=["loss"])
    assert list(found.labels.values()) == ["loss=hinge", "loss=wasserstein"]
    assert [len({task.group for task in found.tasks if task.options["loss"] == each}) for each in ("hinge",)] == [1]
    assert list(gather(tmp_path, group_by=["dataset"]).labels.values()) == ["dataset=triangles"]
    with pytest.raises(UserError, match="unknown option 'los', did you mean 'loss'"):
        gather(tmp_path, group_by=["los"])
    with pytest.raises(UserError, match="no study in .*; make one: compare_gan_study new"):
        gather(tmp_path / "nothing")


def test_one_setting_is_all_tasks(tmp_path):
    made(tmp_path, loss=["hinge"])
    assert list(gather(tmp_path).labels.values()) == [gathering.ALL_TASKS]


def test_cut_settings_and_seeds_that_confirm_are_marked(study):
    options = adding.there(study)
    setting = {number: {"loss": options[number].loss} for number in (0, 2)}
    fixed = {"dataset": "triangles", "training_steps": 40, "save_every_steps": 20, "metrics": "fid,kid"}
    (study / rounds.FOLDER).mkdir()
    for number, numbers, until in ((0, (0, 2), 20), (1, (0,), None)):
        current = Round(number, [setting[each] for each in numbers], fixed, until)
        (study / rounds.FOLDER / f"{number:04d}.json").write_text(current.to_json())
    confirmed = {"format": 1, "keys": [settings.setting_key(options[0])], "seeds": [1]}
    (study / best.CONFIRMATION).write_text(json.dumps(confirmed))
    found = gather(study)
    assert [task.is_cut for task in found.tasks] == [False, False, True, True]
    assert [task.is_confirmation for task in found.tasks] == [False, True, False, False]
    (study / rounds.FOLDER / "0000.json").write_text("{")
    (study / best.CONFIRMATION).write_text("{")
    found = gather(study)
    assert not any(task.is_cut or task.is_confirmation for task in found.tasks)
    assert len([line for line in found.left_out if "cannot be read, so that" in line]) == 2


def test_tasks_of_the_first_version_are_read_without_a_study_file(repository):
    found = gather(repository / "tests/golden/workdirs")
    assert [task.state for task in found.tasks] == ["done"] * len(found.tasks) and len(found.tasks) == 4
    assert all(task.points for task in found.tasks)
    assert not any(line.startswith(("rows", "tasks without")) for line in found.left_out)
