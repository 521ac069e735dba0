"""A study gets what it does not have; what is there stays as it is."""

import concurrent.futures
import errno
import functools
import json
import os
import shutil

import pytest
from studies.conftest import FIXED, made

from compare_gan_tf2 import files
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.studies import adding, making, study
from compare_gan_tf2.studies.study import Request
from compare_gan_tf2.task_folder import tasks, threads

NEW = ("--dataset", "triangles", "--vary", "loss=hinge,wasserstein", "d_weight_normalization=none,spectral")


def contents(workdir):
    return {path.relative_to(workdir): path.read_bytes() for path in workdir.rglob("*") if path.is_file()}


def test_a_study_is_a_work_directory_and_grows_by_what_is_missing(run, tmp_path):
    workdir = tmp_path / "s"
    said = run("new", workdir, *NEW, "--seeds", "4", "--set", "training_steps=40", "g_learning_rate=1e-4")
    assert said.code == 0 and "16 new tasks (0 to 15), 0 existing, in" in said.out and "thread" in said.out
    assert [tasks.read(workdir, number).options.loss for number in (0, 15)] == ["hinge", "wasserstein"]
    assert tasks.read(workdir, 3).options.seed == 3 and tasks.read(workdir, 4).options.g_learning_rate == 1e-4
    before = contents(workdir)
    assert "0 new tasks, 16 existing, in" in run("new", workdir).out
    assert contents(workdir) == before
    # More seeds; then a value, with the seeds and the other option as they are.
    assert "8 new tasks (16 to 23), 16 existing" in run("new", workdir, "--seeds", "6").out
    assert "12 new tasks (24 to 35), 0 existing" in run("new", workdir, "--vary", "loss=least_squares").out
    # One seed of one value.
    assert "2 new tasks" in run("new", workdir, "--set", "loss=hinge", "--seeds", "9,").out
    kept = contents(workdir)
    assert {path: kept[path] for path in before if path.name != "study.json"} == {
        path: text for path, text in before.items() if path.name != "study.json"
    }
    found = study.read(workdir)
    assert found.varied["loss"] == ("hinge", "wasserstein", "least_squares") and found.seeds == (0, 1, 2, 3, 4, 5, 9)


def test_an_option_that_was_fixed_or_default_can_be_varied_later(tmp_path):
    made(tmp_path, loss=["hinge"])
    more = making.make(tmp_path, Request(varied={"z_dim": (128, 64), "training_steps": (40, 80)}))
    assert len(more.added.there) == 2 and len(more.added.new) == 6
    assert study.read(tmp_path).varied == {"loss": ("hinge",), "z_dim": (128, 64), "training_steps": (40, 80)}


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (("--set", "training_steps=80"), "option training_steps is 40 in all tasks of the study, and 80 is asked for"),
        (("--set", "z_dim=64"), "option z_dim is 128 in all tasks of the study, and 64 is asked for; vary it with"),
        (("--dataset", "mnist"), "option dataset is triangles in all tasks"),
        (("--experiment", "test"), "the study was made without an experiment, and this command asks for test"),
        (("--threads", "3"), "tasks of the study compute with 1 thread each, and --threads asks for 3"),
        (("--vary", "los=hinge"), "--vary los=hinge: unknown option 'los', did you mean 'loss'"),
        (("--vary", "loss=hing"), "--vary loss=hing: option loss: unknown loss 'hing'"),
        (("--vary", "loss"), "--vary 'loss' is not of the form option=value"),
        (("--vary", "z_dim=64,x"), "--vary z_dim=64,x: option z_dim is 'x'; it must be a whole number"),
        (("--vary", "learning_rate=1e-4,2e-4"), "option learning_rate stands for g_learning_rate, d_learning_rate"),
        (("--set", "seed=3"), "option seed cannot be given by --set or --vary; use --seeds"),
        (("--seeds", "0"), "--seeds 0: it has to be a whole number from 1"),
        (("--seeds", "3,3"), "--seeds 3,3: a seed is given twice"),
        (("--set", "z_dim=128", "--vary", "z_dim=64"), "option z_dim is given by --set and by --vary"),
        (("--set", "z_dim=128", "--set", "z_dim=128"), "option z_dim is given twice by --set"),
        (("--vary", "loss=none"), "the combination is not possible: option loss is none, but gan=modular"),
    ],
)
def test_a_mistake_is_one_line_and_changes_nothing(flags, line, run, tmp_path):
    made(tmp_path, loss=["hinge"])
    before = contents(tmp_path)
    said = run("new", tmp_path, *flags)
    assert said.code == 2 and said.err.startswith("error: ") and len(said.err.splitlines()) == 1
    assert line in said.err and contents(tmp_path) == before


def test_a_refused_study_leaves_no_folder(run, tmp_path):
    assert "a new study needs --dataset NAME" in run("new", tmp_path / "s").err
    assert run("new", tmp_path / "s", "--dataset", "triangles", "--set", "loss=none").code == 2
    assert not (tmp_path / "s").exists()


def test_combinations_that_cannot_be_are_counted_and_equal_ones_made_once(run, tmp_path):
    varied = ("gan=modular,vae", "loss=hinge,none", "penalty=none,r1", "penalty_weight=1,10")
    said = run("new", tmp_path / "s", "--dataset", "triangles", "--vary", *varied)
    assert said.out.startswith(
        "11 of 16 combinations are not possible; reason for the first one: option loss is none, but gan=modular has"
    )
    assert (
        "\n1 repeated setting is left out: it differs from another one at most in options that have no effect\n"
        in said.out
    )
    assert "4 new tasks (0 to 3), 0 existing" in said.out


def test_settings_that_are_given_again_are_counted_and_made_once(run, tmp_path):
    words = ("--dataset", "triangles", "--vary", "loss=hinge,wasserstein,hinge", "z_dim=64,064", "--seeds", "2")
    said = run("new", tmp_path / "s", *words)
    assert said.out.startswith(
        "4 repeated settings are left out: they differ from others at most in options that have no effect\n4 new"
    )
    assert study.read(tmp_path / "s").varied == {"loss": ("hinge", "wasserstein"), "z_dim": (64,)}
    found = json.loads(run("new", tmp_path / "s", *words, "--json").out)
    assert (found["repeated"], found["equal"], found["combinations"]) == (4, 8, 6)


def test_values_with_commas_and_slashes_do_no_harm(run, tmp_path):
    folder = tmp_path / "a,b"
    folder.mkdir()
    said = run("new", tmp_path / "s", "--dataset", "triangles", "--vary", 'metrics="fid,kid",fid')
    assert said.code == 0
    assert [tasks.read(tmp_path / "s", number).options.metrics for number in (0, 1)] == ["fid,kid", "fid"]
    assert (tmp_path / "s" / "1").is_dir()


def test_an_experiment_gives_tasks_notes_and_seeds(run, tmp_path):
    file = tmp_path / "own.py"
    file.write_text("def tasks(seed):\n    return [{'z_dim': z, 'seed': 7, 'notes': {'z': z}} for z in (16, 32)]\n")
    workdir = tmp_path / "s"
    assert (
        "4 new tasks (0 to 3), 0 existing"
        in run("new", workdir, "--experiment", file, "--vary", "loss=hinge,wasserstein").out
    )
    first = tasks.read(workdir, 0)
    assert (first.experiment, first.options.seed, first.notes) == ("own", 7, {"z": 16})
    assert "8 new tasks" in run("new", workdir, "--seeds", "2").out


def test_tasks_get_their_threads_with_them(tmp_path, monkeypatch):
    monkeypatch.setattr(making, "cores", lambda: 8)
    assert [making.default_threads(count) for count in (1, 2, 3, 8, 24)] == [8, 4, 2, 1, 1]
    making.make(tmp_path, Request(fixed=FIXED, seeds=(0, 1)))
    assert study.read(tmp_path).threads == 4
    assert threads.read(tmp_path / "1") == {"intra_op_threads": 4, "inter_op_threads": 4, "assigned": True}


def test_a_work_directory_of_generate_tasks_gets_nothing_added(run, tmp_path):
    tasks.write(tmp_path, tasks.plan("test", 0, {}))
    before = contents(tmp_path)
    assert "holds 8 tasks and no study.json" in run("new", tmp_path, "--dataset", "triangles").err
    assert contents(tmp_path) == before


def test_folders_that_were_removed_are_made_anew_under_new_numbers(run, tmp_path):
    made(tmp_path, loss=["hinge", "wasserstein"])
    for number in ("1", "2"):
        shutil.rmtree(tmp_path / number)
    assert "removed tasks: 1, 2" in run("status", tmp_path).out
    assert "2 new tasks (4 to 5), 2 existing" in run("new", tmp_path).out


def test_a_damaged_task_is_left_alone(run, tmp_path, caplog):
    made(tmp_path, loss=["hinge"])
    (tmp_path / "0" / "task.json").write_text("{")
    assert "1 new task (2), 1 existing" in run("new", tmp_path).out
    assert "left alone" in caplog.text and (tmp_path / "0" / "task.json").read_text() == "{"


def test_a_full_disk_loses_nothing_and_the_same_call_goes_on(run, tmp_path, monkeypatch):
    replace, calls = os.replace, []

    def full(*arguments):
        calls.append(arguments)
        if len(calls) == 6:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(*arguments)

    workdir = tmp_path / "s"
    with monkeypatch.context() as patch:
        patch.setattr(files.os, "replace", full)
        said = run("new", workdir, *NEW)
    assert said.code == 2 and "No space left on device" in said.err
    there = tasks.numbers(workdir)
    assert 0 < len(there) < 4 and {each.name for each in workdir.iterdir()} == {*map(str, there), "study.json"}
    assert f"{len(there)} existing" in run("new", workdir).out


def _add(workdir, seeds):
    adding.add(workdir, [Options.from_dict(FIXED | {"seed": s}) for s in seeds], experiment="study", threads_each=1)


def test_two_that_add_at_once_make_each_task_once(tmp_path):
    # Threads, whose claims exclude each other as those of processes do.
    with concurrent.futures.ThreadPoolExecutor() as both:
        list(both.map(functools.partial(_add, tmp_path), (range(0, 12), range(6, 18))))
    there = adding.there(tmp_path)
    assert sorted(there) == list(range(18)) and {options.seed for options in there.values()} == set(range(18))


def test_a_study_file_of_another_version_is_told(tmp_path):
    (tmp_path / "study.json").write_text('{"format": 2}')
    with pytest.raises(UserError, match="study.json is not a study file"):
        study.read(tmp_path)
    assert study.read(tmp_path / "nowhere") is None
