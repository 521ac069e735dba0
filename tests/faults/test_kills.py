"""Kills: nothing finished is lost, nothing is wrong, nothing is left over. And the harness sees what would be."""

import os
import re
import subprocess
import sys

import pytest
from faults import processes, record, trees

_FIGURES = re.compile(
    r"^(?P<name>\w+): (?P<kills>\d+) random kills, (?P<operations>\d+) operations "
    r"\((?P<states>\d+) of \d+ states of the disk\): (?P<lost>\d+) lost, (?P<wrong>\d+) wrong, (?P<left>\d+) left over",
    re.MULTILINE,
)


def figures(repository, *arguments):
    """What the harness prints in the end, by command."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.kills", *arguments],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
    )
    print(done.stdout, done.stderr)
    assert not done.returncode, done.stdout + done.stderr
    return {found["name"]: found.groupdict() for found in _FIGURES.finditer(done.stdout)}


def test_commands_without_tensorflow_are_killed_before_every_operation(repository):
    said = figures(repository, "--every_operation", "--random=4", "--commands=generate_tasks,prepare_datasets")
    assert int(said["generate_tasks"]["states"]) >= 8 and int(said["generate_tasks"]["operations"]) >= 10
    assert int(said["prepare_datasets"]["states"]) >= 4


@pytest.mark.slow
def test_every_command_is_killed_at_random_and_before_every_operation(repository):
    said = figures(repository, "--every_operation", "--random=300")
    assert int(said["all"]["kills"]) == 300 and int(said["train"]["operations"]) > 50


def test_an_interrupted_series_goes_on_where_it_was_and_its_figures_are_those_of_both_parts(tmp_path):
    first = record.Record(tmp_path / "record.csv")
    first.add(record.Start("eval", record.RANDOM, 0, 2, "", "after [0.1, 0.2] s"))
    first.add(record.Start("eval", record.OPERATION, 7, 1, "lost;left over", 'a "name", two lines\nof it'))
    second = record.Record(tmp_path / "record.csv")
    second.add(record.Start("eval", record.RANDOM, 1, 3, "wrong", ""))
    both = record.Record(tmp_path / "record.csv")
    assert [start.number for start in both.of("eval", record.RANDOM)] == [0, 1] and not both.of("train", record.RANDOM)
    assert both.of("eval", record.OPERATION)[0].detail == 'a "name", two lines\nof it'
    counts = {"random kills": 5, "states killed in": 1, "lost": 1, "left over": 1, "wrong": 1}
    assert both.figures("eval") == counts
    record.write_figures(tmp_path / "figures.csv", {"eval": both.figures("eval")})
    lines = (tmp_path / "figures.csv").read_text().splitlines()
    assert lines == [
        "command,operations,states,states killed in,random kills,lost,wrong,left over",
        "eval,0,0,1,5,1,1,1",
    ]


@pytest.fixture
def place(tmp_path):
    """A study in which a command is at work, as far as `trees` looks at it."""
    folder = tmp_path / "place" / "study" / "0"
    for step in (5, 10):
        (folder / "checkpoints" / f"{step:08d}").mkdir(parents=True)
        (folder / "checkpoints" / f"{step:08d}" / "options.json").write_text("{}")
        (folder / "checkpoints" / f"{step:08d}" / "weights").write_text(str(step))
    (folder / "scores.csv").write_text(
        "step,status,fid,protocol,seconds,date\n5,ok,1.5,p,3,monday\n10,ok,2.5,p,3,monday\n"
    )
    return tmp_path / "place"


@pytest.mark.parametrize(
    ("damage", "lost", "wrong", "left_over"),
    [
        ("true", 0, 0, 0),
        ("sed -i s/monday/friday/ scores.csv", 0, 0, 0),
        ("rm -r checkpoints/00000005", 2, 3, 0),
        (
            "cp checkpoints/00000010/weights w; rm checkpoints/00000010/weights; mv w checkpoints/00000010/weights",
            1,
            0,
            0,
        ),
        ("sed -i /^5/d scores.csv", 1, 1, 0),
        ("sed -i s/2.5/2.6/ scores.csv", 1, 1, 0),
        ("echo 6 > checkpoints/00000005/weights", 0, 1, 0),
        ("mkdir .export; touch .export/file", 0, 0, 2),
    ],
)
def test_the_harness_sees_what_a_kill_has_done(place, damage, lost, wrong, left_over):
    before = trees.Tree.of(place)
    subprocess.run(damage, shell=True, cwd=place / "study" / "0", check=True)
    after = trees.Tree.of(place)
    assert len(trees.lost(before, after, before)) == lost
    assert len(trees.wrong(after, before, set())) == wrong
    assert len(trees.left_over(after, before)) == left_over


def test_a_checkpoint_that_is_deleted_also_without_kills_is_not_lost(place):
    before = trees.Tree.of(place)
    subprocess.run("rm -r study/0/checkpoints/00000005", shell=True, cwd=place, check=True)
    whole = trees.Tree.of(place)
    assert not trees.lost(before, whole, whole) and not trees.wrong(whole, whole, set())


def test_an_unfinished_checkpoint_may_be_made_again(place):
    weights = place / "study" / "0" / "checkpoints" / "00000005" / "weights"
    (weights.parent / "options.json").unlink()
    before = trees.Tree.of(place)
    weights.unlink()
    assert not trees.lost(before, trees.Tree.of(place), before)


@pytest.mark.parametrize(
    ("event", "arguments", "changes"),
    [
        ("open", ("/p/a/file", "w", os.O_WRONLY | os.O_CREAT), True),
        ("open", ("/p/a/file", "r", os.O_RDONLY | os.O_CLOEXEC), False),
        ("open", ("/elsewhere", None, os.O_RDWR), False),
        ("open", (3, "w", os.O_WRONLY), False),
        ("os.rename", ("/p/a", "/p/b", -1, -1), True),
        ("os.remove", ("name", 5), True),
        ("os.fsync", (3,), True),
        ("os.listdir", ("/p",), False),
    ],
)
def test_operations_that_change_the_place_are_told_from_others(event, arguments, changes):
    assert processes._changes(event, arguments, "/p") == changes
