"""Runs of a study are called by what differs, and the command tells trackers of all of them."""

import pytest
from studies.conftest import finished, made

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import making, watched
from compare_gan_tf2.studies.engines import RunPlan, _cluster, _cluster_task
from compare_gan_tf2.studies.study import Request
from compare_gan_tf2.task_folder import writers


def test_a_run_is_called_by_the_options_that_the_study_varies(tmp_path):
    made(tmp_path / "gans", loss=["hinge", "wasserstein"])
    run = watched.run_of(tmp_path / "gans" / "3")
    assert (run.study, run.name) == ("gans", "3 loss=wasserstein seed=1")
    assert run.options == {"loss": "wasserstein", "seed": 1} and run.folder == tmp_path / "gans" / "watch"
    assert watched.run_of(tmp_path / "gans" / "0", tmp_path / "else").folder == tmp_path / "else"


def test_without_a_variation_it_is_called_by_what_is_not_the_default(tmp_path):
    making.make(tmp_path / "one", Request(fixed={"dataset": "triangles", "penalty": "r1"}, threads=1))
    run = watched.run_of(tmp_path / "one" / "0")
    assert {"penalty": "r1", "seed": 0}.items() <= run.options.items() and "penalty=r1" in run.label
    assert "loss" not in run.options


def test_the_command_tells_of_all_tasks_and_says_where_it_failed(tmp_path, run, monkeypatch):
    made(tmp_path, loss=["hinge"])
    told = []

    class Watcher:
        def __init__(self, folder, name, shown):
            self.said = (folder.name, name, shown.label)

        def look(self):
            if self.said[0] == "1":
                raise ConnectionError("no network")
            told.append(self.said)

        def close(self):
            pass

    monkeypatch.setattr(watched.watching, "Watcher", Watcher)
    monkeypatch.setattr(writers, "check", lambda names: None)
    for number in ("0", "1"):
        finished(tmp_path / number)
    done = run("watch", tmp_path, "--watch_with", "mlflow")
    assert told == [("0", "mlflow", "loss=hinge seed=0")]
    assert (done.code, done.out) == (1, "2 tasks reported to mlflow, with 1 failure\n")
    assert done.err == "1: mlflow: ConnectionError: no network\n"


@pytest.mark.parametrize(
    ("flags", "line"), [(["--watch_with", "tb"], "unknown tracker 'tb'"), (["--watch_with", ""], "no tracker")]
)
def test_a_mistake_is_one_line(flags, line, tmp_path, run):
    made(tmp_path, loss=["hinge"])
    done = run("watch", tmp_path, *flags)
    assert done.code == 2 and line in done.err and done.err.count("\n") == 1


def test_a_queue_is_told_of_the_trackers(tmp_path):
    plan = RunPlan(watch_with=("tensorboard", "mlflow"), watch_dir=str(tmp_path / "w"), gradient_norms=True)
    words = _cluster.command(tmp_path, plan, "python", 0)
    args = _cluster_task._parser().parse_args([*words[words.index("--workdir") :], "--task_num", "0"])
    assert (args.watch_with, args.watch_dir, args.gradient_norms) == ("tensorboard,mlflow", str(tmp_path / "w"), True)


def test_a_worker_refuses_a_tracker_that_is_not_installed_before_anything(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda package: None)
    with pytest.raises(UserError, match="pip install"):
        writers.check(["wandb"])
