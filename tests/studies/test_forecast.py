"""What a study would take: the arithmetic, the command, and a forecast beside what it was about."""

import dataclasses
import json
import resource
import sys
import time
import types
from typing import NamedTuple

import pytest
from studies.conftest import finished, made, row, said
from studies.timings import TIMINGS

from compare_gan_tf2.datasets.catalog import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.studies import _timed, forecast, timing
from compare_gan_tf2.studies.forecast import Work


def work(kind="a", steps=100, saves=2, kept=2, scores=2, exports=0):
    return Work(kind, "triangles", steps, saves, kept, scores, exports)


def test_one_task_is_the_sum_of_its_parts():
    found = forecast.forecast([work(exports=1)], {"a": TIMINGS}, workers=3, start=5.0)
    assert found.items == {
        "start of processes": 5, "building and tracing": 10, "steps": pytest.approx(10), "checkpoints and samples": 1,
        "reference and extractor": 9, "generated images and features": 6, "scoring kid": 4, "scoring fid": 2,
        "export": 4,
    }  # fmt: skip
    assert list(found.items)[-3:] == ["scoring kid", "scoring fid", "export"]
    assert found.workers == 1 and found.seconds == pytest.approx(sum(found.items.values()))
    assert found.disk == {
        "checkpoints": 2000, "samples and measurements": 225, "exports": 300, "references (cache)": 50
    }  # fmt: skip


def test_a_worker_traces_each_kind_once_and_the_reference_is_computed_once():
    works = [work("a"), work("a"), work("b"), work("b")]
    found = forecast.forecast(works, {"a": TIMINGS, "b": TIMINGS}, workers=2, start=5.0)
    # Each of the two workers takes a kind of its own, and traces nothing else.
    assert found.items["building and tracing"] == 2 * (10 + 1) and found.items["start of processes"] == 10
    assert found.items["reference and extractor"] == 2 * 2 + 7
    assert found.seconds == pytest.approx(5 + 10 + 1 + 2 * (10 + 1 + 6 + 6) + 2 + 7)
    assert found.disk["references (cache)"] == 50
    alone = forecast.forecast(works, {"a": TIMINGS, "b": TIMINGS}, workers=1, start=5.0)
    assert alone.seconds == pytest.approx(sum(alone.items.values()))


def test_checkpoints_are_due_at_the_start_at_every_so_many_steps_and_at_the_end():
    options = Options.from_dict({"dataset": "triangles", "training_steps": 45, "save_every_steps": 20})
    with_start = options.replace(save_initial=True)
    assert [timing._saves(options, step) for step in (0, 20, 45)] == [3, 2, 0]
    assert [timing._saves(with_start, step) for step in (0, 20, 45)] == [4, 2, 0]


def test_tasks_are_of_one_kind_whose_traces_and_evaluations_are_alike():
    options = Options.from_dict({"dataset": "triangles"})
    alike = (options, options.replace(seed=3), options.replace(g_learning_rate=0.5, training_steps=9))
    others = (options.replace(metrics="fid"), options.replace(evaluation_samples=9), options.replace(z_dim=9))
    assert len({timing._work(timing.Left(each), export=False).kind for each in (*alike, *others)}) == 1 + 3


def test_a_worker_takes_what_it_knows_or_nobody_does_or_most_wait_for():
    waiting = {"a": 3 * [work("a")], "b": [work("b")]}
    assert [forecast._next_kind(waiting, traced, 1) for traced in (["a", "b"], ["a", ""], ["ab", ""], ["", "ab"])] == [
        "b", "b", "a", "b",
    ]  # fmt: skip


def test_the_newest_checkpoints_and_the_best_one_stay():
    assert [forecast.kept(5, "all"), forecast.kept(5, "2"), forecast.kept(2, "2")] == [5, 3, 2]


def test_the_last_task_is_waited_for():
    found = forecast.forecast([work(steps=1000), *[work(steps=10)] * 3], {"a": TIMINGS}, workers=2, start=0.0)
    assert found.seconds == pytest.approx(10 + 100 + 1 + 6 + 6 + 2 + 7)
    assert found.seconds < sum(found.items.values())


def test_each_round_of_a_search_has_workers_of_its_own():
    works = [dataclasses.replace(work(), round=number) for number in (0, 0, 1, 3)]
    found = forecast.forecast(works, {"a": TIMINGS}, workers=2, start=5.0)
    assert found.items["start of processes"] == 4 * 5 and found.items["building and tracing"] == 4 * 10
    assert found.items["reference and extractor"] == 4 * 2 + 7
    assert found.seconds == pytest.approx(3 * (5 + 10 + 10 + 1 + 2 + 6 + 6) + 7) and found.workers == 2


def test_nothing_left_takes_nothing():
    found = forecast.forecast([], {}, workers=2, start=5.0)
    assert found.seconds == 0 and not any(found.items.values()) and found.disk == {}
    assert forecast.text(found, 10**9, 80).startswith("0 tasks: about 0.0 s")


@pytest.mark.parametrize(
    "cost", [lambda n: 3.0, lambda n: 0.002 * n, lambda n: 1e-6 * n * n, lambda n: 2.0 + 0.001 * n + 1e-6 * n * n]
)
def test_many_images_are_told_from_few(cost):
    counts = [512, 1024, 2048]
    assert forecast.at(10_000, counts, [cost(n) for n in counts]) == pytest.approx(cost(10_000), rel=1e-3)
    assert forecast.at(500, [500], [cost(500)]) == cost(500)
    assert forecast.at(1024, counts, [1.0, 9.0, 2.0]) == 9.0
    assert 2.0 < forecast.at(10_000, counts, [3.0, 2.5, 2.0]) < 3.0, "more images do not take less time"


def test_what_is_left_is_read_from_the_folders(tmp_path):
    made(tmp_path, loss=["hinge", "wasserstein"])
    finished(tmp_path / "0")
    said(tmp_path / "1", "training", 20)
    row(tmp_path / "1", 20, fid=1.0, kid=1.0)
    left = timing.left(tmp_path)
    assert [each.step for each in left] == [20, 0, 0]
    works = [timing._work(each, export=True) for each in left]
    assert [(each.steps, each.saves, each.scores) for each in works] == [(20, 1, 1), (40, 2, 2), (40, 2, 2)]
    assert works[1].kind == works[2].kind != works[0].kind and works[0].reference == works[1].reference
    assert len(timing.left(tmp_path, [2])) == 1
    (tmp_path / "3" / "task.json").write_text("{")
    assert len(timing.left(tmp_path)) == 2


def test_the_command_says_what_is_left_and_writes_nothing(tmp_path, run, timed, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    made(tmp_path, loss=["hinge", "wasserstein"])
    before = sorted(tmp_path.rglob("*"))
    found = run("run", tmp_path, "--dry_run", "--jobs", 2, "--export")
    assert found.code == 0 and found.out.startswith("4 tasks, 2 side by side: about ")
    assert max(map(len, found.out.splitlines())) <= 80 and "scoring kid" in found.out and "export" in found.out
    ((kinds, order),) = timed
    assert len(kinds) == 2 and order["export"] and order["threads"] == 1
    assert json.loads(run("run", tmp_path, "--dry_run", "--json").out)["items"]["steps"] == pytest.approx(16)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_study_is_forecast_before_it_is_made(tmp_path, run, timed):
    words = ["--dataset", "triangles", "--vary", "loss=hinge,wasserstein", "--seeds", 2, "--threads", 1]
    found = run("new", tmp_path / "study", "--dry_run", *words)
    assert found.out.startswith(
        f"4 new tasks would be made in {tmp_path / 'study'}, 0 of those asked for exist already\n4 tasks"
    )
    found = run("new", tmp_path / "study", "--dry_run", "--json", *words)
    assert found.code == 0 and found.err == "" and json.loads(found.out)["tasks"] == 4
    assert not (tmp_path / "study").exists()
    run("new", tmp_path / "study", *words)
    found = run("new", tmp_path / "study", "--dry_run", "--vary", "loss=hinge,minimax", "--seeds", 2)
    assert found.out.startswith("2 new tasks would be made in")


def test_of_many_kinds_some_are_timed(tmp_path, timed, monkeypatch):
    made(
        tmp_path, loss=["hinge", "wasserstein", "minimax", "non_saturating", "least_squares", "softmax", "relativistic"]
    )
    found = timing.of_tasks(timing.left(tmp_path), jobs=1, threads=1)
    assert len(timed[0][0]) == 6 and found.tasks == 14
    assert found.items["steps"] == pytest.approx(14 * 40 * TIMINGS.step)
    assert found.items["start of processes"] == 5.0
    timings = [dataclasses.replace(TIMINGS, step=float(number)) for number in range(1, 7)]
    monkeypatch.setattr(timing, "_timed", lambda kinds, order: (5.0, timings))
    found = timing.of_tasks(timing.left(tmp_path), jobs=1, threads=1)
    assert found.items["steps"] == pytest.approx(2 * 40 * (sum(range(1, 7)) + 3.5)), "the last is as the others' mean"


def test_what_cannot_run_is_said_in_a_line(tmp_path, run, monkeypatch):
    made(tmp_path, loss=["hinge"])

    def refuse(kinds, order):
        raise UserError("data set triangles is not prepared")

    monkeypatch.setattr(timing, "_timed", refuse)
    found = run("run", tmp_path, "--dry_run")
    assert (found.code, found.out, found.err) == (2, "", "error: data set triangles is not prepared\n")


ANSWERS = """
import json, sys
order = json.loads(sys.stdin.readline())
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    loss = json.loads(line)["loss"]
    if loss == "wasserstein":
        sys.exit("a first line\\nKeyError: 'x'")
    said = {"error": "no data"} if loss == "minimax" else {"timings": TIMINGS | {"step": float(order["threads"])}}
    print(json.dumps(said), flush=True)
"""


def test_a_process_of_its_own_times_each_kind_or_says_why_not(monkeypatch, capsys):
    answers = ANSWERS.replace("TIMINGS", repr(dataclasses.asdict(TIMINGS)))
    monkeypatch.setattr(timing, "_COMMAND", (sys.executable, "-c", answers))
    kinds = [Options.from_dict({"dataset": "triangles", "loss": name}) for name in ("hinge", "minimax", "wasserstein")]
    start, found = timing._timed([kinds[0]] * 2, {"threads": 3})
    assert start > 0 and found == [dataclasses.replace(TIMINGS, step=3.0)] * 2
    assert "timing kinds of tasks: kind 2/2" in capsys.readouterr().err
    with pytest.raises(UserError, match="^no data$"):
        timing._timed(kinds, {"threads": 1})
    with pytest.raises(UserError, match="^a task could not be timed: KeyError: 'x'$"):
        timing._timed([kinds[0], kinds[2]], {"threads": 1})


@pytest.mark.parametrize(("samples", "counts"), [(500, [500]), (2000, [2000]), (10_000, [512, 1024, 2048])])
def test_evaluations_of_few_images_are_timed_once_and_as_they_are(samples, counts, tmp_path, monkeypatch):
    asked = []

    class Evaluated:
        def __init__(self, options, folder, where):
            self.count = options.evaluation_samples

        def scorer(self, options, dataset):
            return types.SimpleNamespace(count=self.count, extractor=None)

        def timings(self):
            asked.append(self.count)
            return {**dict.fromkeys(("build", "load", "reference", "draw"), 1.0), "metrics": {"fid": self.count / 100}}

    monkeypatch.setattr(_timed, "_Evaluated", Evaluated)
    monkeypatch.setattr("compare_gan_tf2.evaluation.real_statistics.is_kept", lambda *_: True)
    options = Options.from_dict({"dataset": "triangles", "evaluation_samples": samples})
    found = _timed._of_evaluation(options, tmp_path, Places(tmp_path, tmp_path), Places(tmp_path, tmp_path))
    assert asked == counts and found["metrics"]["fid"] == pytest.approx(samples / 100)


@pytest.mark.slow
def test_the_forecast_is_within_a_third_of_the_run(tmp_path, run, triangles):
    words = ["--dataset", "triangles", "--vary", "loss=hinge,wasserstein", "--seeds", 2, "--threads", 1, "--set"]
    small = {
        "width": 0.1,
        "training_steps": 60,
        "save_every_steps": 30,
        "evaluation_samples": 500,
        "metrics": "fid,kid",
    }
    run("new", tmp_path / "study", *words, *(f"{name}={value}" for name, value in small.items()))
    places = ["--dataset_root", triangles, "--cache_dir", tmp_path / "cache", "--jobs", 1]
    forecast_of, busy = _measured(lambda: run("run", tmp_path / "study", "--dry_run", "--json", *places))
    assert forecast_of.code == 0, forecast_of.err
    said = json.loads(forecast_of.out)
    done, busy_then = _measured(lambda: run("run", tmp_path / "study", *places))
    assert done.code == 0
    # On a calm machine a process with one thread has the processor all the time; elsewhere its share of it changes.
    assert said["seconds"] * busy.share == pytest.approx(busy_then.seconds * busy_then.share, rel=1 / 3)
    disk = sum(path.stat().st_size for place in ("study", "cache") for path in (tmp_path / place).rglob("*"))
    assert sum(said["disk"].values()) == pytest.approx(disk, rel=1 / 3)


class Busy(NamedTuple):
    """How long a call took, and the share of that in which its processes had a processor."""

    seconds: float
    share: float


def _measured(call):
    start, before = time.monotonic(), _processor_time()
    found = call()
    seconds = time.monotonic() - start
    return found, Busy(seconds, (_processor_time() - before) / seconds)


def _processor_time():
    """Of all processes that this one started and that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
