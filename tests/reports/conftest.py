"""Reports of tasks that nobody had to train, and a stand-in for the statistics."""

import shutil
import statistics

import pytest
from studies.conftest import finished, made

from compare_gan_tf2.reports import choosing, tables
from compare_gan_tf2.reports.records import Answer, Column, Gathered, Group, Interval

FID = Column("fid", "fid_classifier_x", "fid", "FID", "", "data=triangles; weights=latest", True)


def group(key, mean, rank, **more):
    """A group of three seeds."""
    interval = None if mean is None else Interval(mean - 1, mean + 1, "Student's t")
    found = {
        "key": key, "label": f"loss={key}", "options": {"loss": key}, "numbers": (), "values": {}, "count": 3,
        "diverged": 0, "failed": 0, "collapsed": 0, "unfinished": 0, "checkpoints": 1, "mean": mean, "median": mean,
        "deviation": 1.0, "interval": interval, "rank": rank,
    }  # fmt: skip
    return Group(**found | more)


def answer(*groups, column=FID, at="last"):
    """An answer without statistics."""
    return Answer(column, at, f"{column.short} at {at}", groups, (), (), None, None, (), (f"{groups[0].label} leads",))


def gathered(**more):
    """Nothing but what a table prints below."""
    found = {"tasks": (), "columns": (FID,), "varied": (), "labels": {}, "progress": "3 of 3 done"}
    return Gathered(**found | more)


def simple_value(task, column, at):
    """The score of a task that is done, and of how many checkpoints it is the best."""
    values = {str(point.step): point.values[column.key] for point in task.points if column.key in point.values}
    if task.state != "done" or not values:
        return None, 0
    if at == "best":
        return (min if column.lower_is_better else max)(values.values()), len(values)
    value = list(values.values())[-1] if at == "last" else values.get(at)
    return value, int(value is not None)


def simple_answer(gathered, column, at, budget):
    """Means of groups, as much as tables need."""
    found = []
    for key, label in gathered.labels.items():
        tasks = [task for task in gathered.tasks if task.group == key]
        found_values = {task.seed: simple_value(task, column, at)[0] for task in tasks}
        values = {seed: value for seed, value in found_values.items() if value is not None}
        mean = statistics.fmean(values.values()) if values else None
        options = {name: tasks[0].options[name] for name in gathered.varied if name != "seed"}
        numbers = [(task.workdir, task.number) for task in tasks]
        found.append(group(key, mean, None, label=label, options=options, numbers=numbers, count=len(values)))
    order = sorted(found, key=lambda each: (each.mean is None, each.mean))
    ranked = [group(**vars(each) | {"rank": i + 1.0 if each.count else None}) for i, each in enumerate(order)]
    return answer(*ranked, column=column, at=at)


@pytest.fixture(autouse=True)
def simple_statistics(monkeypatch):
    """Has answers without statistics."""
    monkeypatch.setattr(choosing, "_answer", simple_answer)
    monkeypatch.setattr(tables, "_value_at", simple_value)


@pytest.fixture(scope="session")
def unchanged_study(tmp_path_factory):
    """A study of two losses with two seeds, of which all but the last task are done."""
    workdir = tmp_path_factory.mktemp("unchanged") / "study"
    made(workdir, loss=["hinge", "wasserstein"])
    for number, fids in enumerate([(5.0, 3.0), (6.0, 4.0), (9.0, 8.0)]):
        finished(workdir / str(number), fids)
    return workdir


@pytest.fixture
def study(unchanged_study, tmp_path):
    """A copy of it."""
    return shutil.copytree(unchanged_study, tmp_path / "study")
