"""What compare_gan_study prints, kept as text, and how it answers mistakes."""

import json
import os
import subprocess
import sys
import time

import pytest
from studies.conftest import finished, made, row, said

from compare_gan_tf2.commands import _study_summary, generate_tasks
from compare_gan_tf2.studies import state, status_text, terminal
from compare_gan_tf2.studies.engines import Summary

STATUS = """\
2 of 8 done, 3 waiting, 1 interrupted, 1 diverged, 1 failed
task  state        step   scored  d_weight_normalization  loss         seed
0     done         40/40  2/2     none                    hinge        0
1     done         40/40  2/2     none                    hinge        1
2     diverged     33/40  1/1     none                    wasserstein  0
3     failed       0/40   0/2     none                    wasserstein  1
4     interrupted  0/40   0/2     spectral                hinge        0
5     waiting      0/40   0/2     spectral                hinge        1
6     waiting      0/40   0/2     spectral                wasserstein  0
7     waiting      0/40   0/2     spectral                wasserstein  1
3: data set triangles is not prepared (/logs/3.log)
4: its worker on node2 showed no sign of life for 4 min
"""


@pytest.fixture
def workdir(tmp_path):
    """A study of eight tasks in several states."""
    made(tmp_path, d_weight_normalization=["none", "spectral"], loss=["hinge", "wasserstein"])
    for number in ("0", "1"):
        finished(tmp_path / number)
    said(tmp_path / "2", "diverged", 33)
    row(tmp_path / "2", 33, "diverged")
    failure = {"line": "data set triangles is not prepared", "host": "node1", "log": "/logs/3.log"}
    (tmp_path / "3" / "failure.json").write_text(json.dumps(failure))
    claim = tmp_path / "4" / "train.claim"
    claim.write_text(json.dumps({"host": "node2", "pid": 1, "machine": "another", "token": "x"}))
    os.utime(claim, (time.time() - 240,) * 2)
    return tmp_path


@pytest.mark.parametrize("columns", [80, 120])
def test_the_status_fits_the_terminal(columns, workdir, run, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    found = run("status", workdir)
    assert (found.code, found.out, found.err) == (0, STATUS, "")


def test_many_tasks_are_told_by_setting(tmp_path):
    made(tmp_path, d_weight_normalization=["none", "spectral"], loss=["hinge", "wasserstein"])
    finished(tmp_path / "0")
    states = state.of_study(tmp_path) * 6
    assert status_text.text(states, 80).splitlines()[:6] == [
        "6 of 48 done, 42 waiting",
        "tasks  waiting  done  d_weight_normalization  loss",
        "12     6        6     none                    hinge",
        "12     12             none                    wasserstein",
        "12     12             spectral                hinge",
        "12     12             spectral                wasserstein",
    ]
    finished(tmp_path / "1")
    finished(tmp_path / "6")
    finished(tmp_path / "7")
    over = [line.split()[-1] for line in status_text.text(state.of_study(tmp_path) * 6, 80).splitlines()[2:6]]
    assert over == ["wasserstein", "hinge", "hinge", "wasserstein"], "what is over comes last"


def test_long_cells_are_cut_before_columns_are_left_out():
    rows = [["1", "non_saturating", "batch"], ["2", "hinge", "none"]]
    head = ["task", "loss", "normalization"]
    assert terminal.table(head, rows, 26).splitlines() == [
        "task  loss       normaliz…",
        "1     non_satu…  batch",
        "2     hinge      none",
    ]
    assert terminal.table(head, rows, 16).splitlines() == [
        "task  loss",
        "1     non_s…",
        "2     hinge",
        "not shown:",
        "  normalization",
    ]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_of_a_table_is_wider_than_the_terminal(width, repository):
    text = status_text.text(state.of_study(repository / "tests/golden/workdirs"), width)
    assert max(map(len, text.splitlines())) <= width
    assert "not shown: " in text


def test_failures_are_counted_by_host_and_long_lists_cut():
    states = [
        state.TaskState(n, "failed", steps=1, host="ab"[n > 2], reason="a line\nand more", log="l") for n in range(14)
    ]
    lines = status_text.text(states, 80).splitlines()
    assert lines[0] == "0 of 14 done, 14 failed" and "0: a line and more (l)" in lines
    assert lines[-3:] == ["9: a line and more (l)", "and 4 more; --json has all", "failed by host: b 11, a 3"]


def test_running_ones_say_how_far_they_are():
    states = [state.TaskState(n, "running", step=100 * n, steps=400) for n in (1, 3)] + [state.TaskState(0, "done")]
    assert status_text.counts(states) == "1 of 3 done, 2 running to step 300"


def test_json_has_everything(workdir, run):
    found = json.loads(run("status", workdir, "--json").out)
    assert found["tasks"] == 8 and found["counts"]["done"] == 2
    assert found["states"][3]["reason"] == "data set triangles is not prepared"
    assert found["states"][5]["options"] == {"d_weight_normalization": "spectral", "loss": "hinge", "seed": 1}


def test_watching_ends_when_all_is_over(tmp_path, run):
    made(tmp_path, loss=["hinge"])
    finished(tmp_path / "0")
    finished(tmp_path / "1")
    assert run("status", tmp_path, "--watch").out.count("2 of 2 done") == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ("stats",),
            "invalid choice: 'stats' (choose from 'new', 'run', 'status', 'watch', 'best', 'confirm', 'report', ",
        ),
        ((), "the following arguments are required: VERB"),
        (("new",), "the following arguments are required: WORKDIR"),
        (("status", "nowhere"), "no study in nowhere; make one: compare_gan_study new nowhere --dataset triangles"),
        (("run", "nowhere"), "no study in nowhere"),
        (("clean", "nowhere"), "no study in nowhere"),
        (("status", "x", "--jsn"), "unknown flag --jsn, did you mean --json"),
    ],
)
def test_a_mistake_is_one_line(words, line, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = run(*words)
    assert found.code == 2 and found.err.startswith("error: ") and line in found.err
    assert len(found.err.splitlines()) == 1


def test_an_unknown_engine_is_refused(workdir, run):
    assert "unknown engine 'sun'" in run("run", workdir, "--engine", "sun").err


def test_making_and_looking_start_without_tensorflow(tmp_path):
    code = (
        "import sys; from compare_gan_tf2.commands.study import main\n"
        "s = sys.argv[1]\n"
        "for words in (['new', s, '--dataset=triangles'], ['status', s], ['clean', s], ['archive', s, s + '.zip']):\n"
        "    assert main(['compare_gan_study', *words]) == 0\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "s"], check=True, timeout=120)


def test_confirm_is_refused_where_scores_are_not_waited_for(tmp_path, run):
    assert run("new", tmp_path, "--set", "dataset=triangles").code == 0
    found = run("confirm", tmp_path, "--engine", "slurm")
    assert found.code == 2 and "confirm waits for the scores" in found.err
    assert run("confirm", tmp_path, "--engine", "slrum").code == 2


def test_data_that_are_not_prepared_are_said_in_one_line_when_tasks_are_made(tmp_path, run, monkeypatch, caplog):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "data"))
    how = f"data set 'triangles' is not prepared under {tmp_path / 'data'}; run: prepare_datasets.sh triangles"
    words = ["--dataset", "triangles", "--vary", "loss=hinge,wasserstein"]
    assert run("new", tmp_path / "study", *words).code == 0
    assert generate_tasks.main(["", f"--workdir={tmp_path / 'tasks'}", "--experiment=quickstart"]) == 0
    assert [each.message.partition(" --dataset_root")[0] for each in caplog.records] == [
        f"before you run the tasks: {how}"
    ] * 2
    assert len(list(tmp_path.glob("*/*/task.json"))) == 3
    caplog.clear()
    assert run("new", tmp_path / "elsewhere", *words, "--dataset_root", tmp_path / "other").code == 0
    assert f"under {tmp_path / 'other'}; run" in caplog.text
    caplog.clear()
    assert run("new", tmp_path / "ready", "--dataset", "fake").code == 0
    assert not caplog.records


@pytest.mark.parametrize(
    ("done", "diverged", "lines"),
    [
        ((2,), (2,), ["diverged (this counts as a result): task 2", "1 task done"]),
        ((1, 2, 4), (2, 4), ["diverged (this counts as a result): tasks 2, 4", "all 3 tasks done"]),
    ],
)
def test_a_number_of_a_task_does_not_read_as_a_count(tmp_path, done, diverged, lines):
    assert list(_study_summary.became(Summary(done, (), (), diverged), tmp_path)) == lines
