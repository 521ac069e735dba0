"""Worker processes: each task once, whatever fails, dies, is held by others, or interrupted."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

import pytest
from studies.conftest import finished, made

from compare_gan_tf2.claims import claim
from compare_gan_tf2.studies import failures
from compare_gan_tf2.studies.attempts import attempt
from compare_gan_tf2.studies.engines import RunPlan, _engine, local
from compare_gan_tf2.studies.engines._queue import Job, Queue, is_machine
from compare_gan_tf2.task_folder import score_table
from compare_gan_tf2.task_folder.tasks import read

FAKE = (sys.executable, str(pathlib.Path(__file__).with_name("fake_worker.py")))
LOSSES = ("hinge", "least_squares", "non_saturating", "wasserstein")


@pytest.fixture(autouse=True)
def fake(monkeypatch):
    monkeypatch.setattr(local, "COMMAND", FAKE)


def behave(workdir, words):
    for number, text in words.items():
        (workdir / str(number) / "behavior").write_text(text)


def attempts(workdir, count):
    paths = [workdir / str(number) / "ran" for number in range(count)]
    return [len(path.read_text().split()) if path.exists() else 0 for path in paths]


def until(condition, seconds=60.0):
    """Waits for something that another thread or process does."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, "it does not happen"
        time.sleep(0.02)


def lives(pid):
    try:
        os.kill(pid, 0)
        return True
    except ProcessLookupError:
        return False


def test_each_task_once_and_those_that_fail_are_listed(tmp_path, run):
    made(tmp_path, loss=LOSSES)
    behave(tmp_path, {1: "die 1", 2: "fail nothing\nworks", 3: "user no such file", 4: "diverge", 6: "die 9"})
    found = run("run", tmp_path, "--jobs", "2")
    assert found.code == 1 and found.err == ""
    assert attempts(tmp_path, 8) == [1, 2, 2, 1, 1, 1, 3, 1]
    lines = found.out.splitlines()
    end = lines.index("diverged (this counts as a result): task 4")
    assert lines[end + 1 :] == [
        "3 tasks failed:",
        f"2: RuntimeError: nothing ({tmp_path / '2/log.txt'})",
        f"3: no such file ({tmp_path / '3/log.txt'})",
        f"6: its process was ended by SIGKILL, 3 times ({tmp_path / '6/log.txt'})",
        f"run the same command again to continue: compare_gan_study run {tmp_path}",
    ]
    events = lines[:end]
    assert any(re.fullmatch(r"study \d/8: task 0 done, FID 3, \d+ s", each) for each in events)
    assert any(each.endswith("task 2 failed, to be tried again: RuntimeError: nothing") for each in events)
    assert any(
        each.endswith("task 1: its process was ended by SIGKILL; another worker takes it over") for each in events
    )
    assert sum(each.startswith("study 5/8: ") for each in events) >= 1
    log = (tmp_path / "2/log.txt").read_text()
    assert log.count("hello from 2") == 2 and log.count("Traceback") == 2 and "works" in log
    kept = failures.read(tmp_path / "2")
    assert (kept.kind, kept.attempts, kept.line) == (failures.ERROR, 2, "RuntimeError: nothing")

    behave(tmp_path, {2: "", 3: "", 6: ""})
    again = run("run", tmp_path, "--jobs", "1")
    assert again.code == 0
    assert again.out.startswith("study 5/8: trying again 3 failed tasks; task 2: RuntimeError: nothing\n")
    assert again.out.endswith("diverged (this counts as a result): task 4\nall 8 tasks done\n")
    assert attempts(tmp_path, 8) == [1, 2, 3, 2, 1, 1, 4, 1]
    assert not list(tmp_path.glob("*/failure.json")) and not list(tmp_path.glob("*/*.claim"))
    assert run("run", tmp_path).out == "diverged (this counts as a result): task 4\nall 8 tasks done\n"


def test_where_all_tasks_fail_alike_no_more_are_begun(tmp_path, run):
    made(tmp_path, loss=LOSSES)
    behave(tmp_path, {number: f"user {tmp_path / str(number)} is no good" for number in range(8)})
    found = run("run", tmp_path, "--jobs", "1")
    assert found.code == 1
    assert sum(attempts(tmp_path, 8)) == 3
    assert found.out.splitlines() == [
        f"study 0/8: task 0 failed: {tmp_path / '0'} is no good",
        "study 0/8: task 1 failed for the same reason",
        "study 0/8: task 2 failed for the same reason",
        "study 0/8: stopped: all tasks that were tried failed for the same reason",
        "stopped early: the 3 tasks that were tried all failed for the same reason:",
        f"0, 1, 2: FOLDER is no good (log of task 0: {tmp_path / '0/log.txt'})",
        "5 tasks not done: 3, 4, 5, 6, 7",
        f"run the same command again to continue: compare_gan_study run {tmp_path}",
    ]


def test_a_reason_that_several_tasks_share_is_told_once_at_the_end(tmp_path, run):
    made(tmp_path, loss=LOSSES)
    behave(tmp_path, {0: "user no data", 1: "user no data", 4: "user no file"})
    lines = run("run", tmp_path, "--jobs", "1").out.splitlines()
    end = lines.index("3 tasks failed:")
    assert lines[end + 1 : end + 3] == [
        f"0, 1: no data (log of task 0: {tmp_path / '0/log.txt'})",
        f"4: no file ({tmp_path / '4/log.txt'})",
    ]
    behave(tmp_path, {4: "user no data"})
    assert "3 tasks failed, all for the same reason:" in run("run", tmp_path, "--jobs", "1").out


def test_a_worker_that_fails_again_and_again_stops_and_its_tasks_are_free(tmp_path):
    made(tmp_path, loss=LOSSES)
    behave(tmp_path, {number: f"fail reason {number}" for number in range(8)})
    summary = local.run(tmp_path, RunPlan(jobs=1, retries=0))
    assert sum(attempts(tmp_path, 8)) == 3
    assert len(summary.failed) == 3 and len(summary.undone) == 5 and not summary.done


def test_no_worker_that_can_start_is_an_error(tmp_path, run):
    made(tmp_path, loss=LOSSES[:1])
    found = run("run", tmp_path, "--dataset_root", "none", "--jobs", "1")
    assert found.code == 2 and found.err == "error: no worker can start: no data here\n"


def test_ctrl_c_leaves_no_process_and_all_to_go_on(tmp_path):
    made(tmp_path, loss=LOSSES[:1])
    behave(tmp_path, {0: "wait", 1: "wait"})

    def interrupt():
        until(lambda: attempts(tmp_path, 2) == [1, 1])
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    # A shell's background processes, and what they start, ignore Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            local.run(tmp_path, RunPlan(jobs=2))
        thread.join()
    finally:
        signal.signal(signal.SIGINT, before)
    pids = [int((tmp_path / each / "ran").read_text()) for each in "01"]
    assert not any(map(lives, pids))
    assert (tmp_path / "0/left").exists() and (tmp_path / "1/left").exists()
    assert not list(tmp_path.glob("*/*.claim")) and not list(tmp_path.glob("*/failure.json"))


def test_workers_leave_when_their_parent_is_killed(tmp_path, repository):
    made(tmp_path, loss=LOSSES[:1])
    behave(tmp_path, {0: "wait", 1: "wait"})
    code = (
        "import pathlib, sys\nfrom compare_gan_tf2.studies.engines import RunPlan, local\n"
        "local.run(pathlib.Path(sys.argv[1]), RunPlan(jobs=1), sys.argv[2:])"
    )
    with subprocess.Popen([sys.executable, "-c", code, tmp_path, *FAKE], cwd=repository) as parent:
        until(lambda: (tmp_path / "0/ran").exists() and (tmp_path / "0/ran").read_text().endswith("\n"))
        parent.kill()
    until(lambda: (tmp_path / "0/left").exists())
    until(lambda: not lives(int((tmp_path / "0/ran").read_text())))
    assert attempts(tmp_path, 2) == [1, 0]


def test_what_others_hold_is_waited_for_and_taken_over(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(_engine, "_SECONDS_BETWEEN_LOOKS_ELSEWHERE", 0.1)
    made(tmp_path, loss=LOSSES[:2])
    with claim(tmp_path / "0", "train"), claim(tmp_path / "1", "run"):
        thread = threading.Thread(target=lambda: found.append(local.run(tmp_path, RunPlan(jobs=1))))
        found = []
        thread.start()
        until(lambda: attempts(tmp_path, 4)[2:] == [1, 1])
        time.sleep(0.5)
        assert not found
        finished(tmp_path / "0")
    thread.join()
    assert attempts(tmp_path, 4) == [0, 1, 1, 1] and found[0].done == (0, 1, 2, 3)
    assert "task 0 done elsewhere" in capsys.readouterr().out


def test_tasks_of_other_threads_have_another_process(tmp_path):
    made(tmp_path, loss=LOSSES[:2])
    for number in (1, 2):
        content = {"intra_op_threads": 2, "inter_op_threads": 2, "assigned": True}
        (tmp_path / str(number) / "machine.json").write_text(json.dumps(content))
    assert local.run(tmp_path, RunPlan(jobs=1)).done == (0, 1, 2, 3)
    pids = [(tmp_path / each / "ran").read_text() for each in "0123"]
    assert pids[0] == pids[3] != pids[1] == pids[2]


def test_a_folder_that_was_removed_is_said_and_not_made_again(tmp_path):
    made(tmp_path, loss=LOSSES[:1])
    behave(tmp_path, {0: "wait"})

    def remove():
        until(lambda: attempts(tmp_path, 1) == [1])
        for each in (tmp_path / "1").iterdir():
            each.unlink()
        (tmp_path / "1").rmdir()
        (tmp_path / "0/go").touch()

    threading.Thread(target=remove).start()
    summary = local.run(tmp_path, RunPlan(jobs=1))
    assert summary.done == (0,) and [each.number for each in summary.failed] == [1]
    assert "was removed" in summary.failed[0].line and not (tmp_path / "1").exists()


@pytest.mark.parametrize("how", ["files", "open"])
def test_a_folder_that_is_removed_from_under_its_worker_is_said_and_not_made_again(how, tmp_path, run):
    made(tmp_path, loss=LOSSES[:1])
    behave(tmp_path, {0: f"vanish {how}"})
    found = run("run", tmp_path, "--jobs", 1)
    folder = tmp_path / "0"
    assert found.code == 1 and f"1 task failed:\n0: no task in {folder}: it was removed ({folder}/log.txt)" in found.out
    assert "elsewhere" not in found.out and not folder.exists() and attempts(tmp_path, 2) == [0, 1]
    assert run("run", tmp_path).out == "1 task done\n"


def test_a_full_disk_fails_a_task_in_a_line_and_takes_no_output_of_others(tmp_path, run):
    made(tmp_path, loss=LOSSES[:1])
    (tmp_path / "0/log.txt").symlink_to("/dev/full")
    found = run("run", tmp_path, "--jobs", 1)
    assert found.code == 1 and "\n0: No space left on device: while writing (" in found.out
    assert (tmp_path / "1/log.txt").read_text().endswith("hello from 1\n") and attempts(tmp_path, 2) == [0, 1]
    (tmp_path / "0/log.txt").unlink()
    assert run("run", tmp_path, "--jobs", 1).code == 0 and attempts(tmp_path, 2) == [1, 1]


def test_the_engine_and_the_command_import_no_tensorflow(repository):
    code = (
        "import sys\nimport compare_gan_tf2.commands.study\nfrom compare_gan_tf2.studies.engines import _child, local\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=repository)


def test_a_log_keeps_its_end(tmp_path):
    from compare_gan_tf2.studies import attempts as module

    path = tmp_path / "log.txt"
    path.write_text("first\n" + "x" * 99 + "\n" * 2**20 + "last\n")
    module.trim(path)
    text = path.read_text()
    assert len(text) < 2**20 and text.startswith("(older lines are left out)\n") and text.endswith("\nlast\n")


def test_an_attempt_holds_its_task_and_leaves_what_is_held_or_over(tmp_path):
    made(tmp_path, loss=LOSSES[:1])
    with claim(tmp_path / "0", "evaluate"):
        assert attempt(finished, tmp_path / "0").state == "held"
    within = []

    def work(folder):
        within.append(attempt(finished, folder).state)
        finished(folder)

    assert attempt(work, tmp_path / "0").state == "done" and within == ["held"]
    assert attempt(lambda folder: 1 / 0, tmp_path / "0").state == "done"
    nothing = attempt(lambda folder: None, tmp_path / "1")
    assert nothing.state == "failed" and "it ended in state waiting" in nothing.line


def test_a_task_that_pauses_where_it_was_asked_to_is_left_alone_once_that_step_is_scored(tmp_path):
    made(tmp_path, loss=LOSSES[:1])
    folder = tmp_path / "0"
    save_every = read(tmp_path, 0).options.save_every_steps

    def pause(folder):
        (folder / "status.json").write_text(json.dumps({"state": "paused", "step": save_every}))

    unscored = attempt(pause, folder, save_every)
    assert unscored.state == "failed" and "it ended in state paused" in unscored.line

    def score(folder):
        pause(folder)
        score_table.add_row(folder, {"step": save_every, "status": "ok", "protocol": ""})

    assert attempt(score, folder, save_every).state == "paused"
    assert attempt(lambda folder: 1 / 0, folder, save_every).state == "paused"
    assert attempt(lambda folder: 1 / 0, folder, save_every + 1).state == "failed"
    assert attempt(lambda folder: 1 / 0, folder).state == "failed"
    failures.forget(folder)
    assert local.run(tmp_path, RunPlan(numbers=(0,), until=save_every)).done == (0,)


def jobs(*forms, threads=(1, 1)):
    return [Job(number, threads, form) for number, form in enumerate(forms)]


def test_a_worker_goes_on_with_the_form_that_it_has_traced_and_others_take_another():
    queue = Queue(jobs("a", "a", "b", "b", "c"), 1)
    assert queue.take((1, 1), [], []).number == 0
    assert queue.take((1, 1), [], ["a"]).number == 2
    assert queue.take((1, 1), ["a"], ["b"]).number == 1
    assert queue.take((1, 1), ["a"], ["b"]).number == 4
    assert queue.take((2, 2), [], []) is None
    assert queue.take((1, 1), ["a", "c"], ["b"]).number == 3
    assert queue.take((1, 1), [], []) is None


def test_where_others_have_all_forms_the_one_with_most_tasks_is_shared():
    queue = Queue(jobs("a", "b", "b"), 1)
    assert queue.take((1, 1), [], ["a", "b"]).form == "b"


def test_a_task_that_failed_waits_behind_all_others():
    queue = Queue(jobs("a", "a", "b"), 1)
    first = queue.take((1, 1), [], [])
    assert queue.failed(first, "no", failures.ERROR, pathlib.Path("0"))
    assert [queue.take((1, 1), ["a"], []).number for _ in range(3)] == [1, 2, 0]
    assert not queue.failed(first, "no", failures.ERROR, pathlib.Path("0"))


def test_one_form_that_fails_is_no_sign_of_the_machine():
    assert is_machine(jobs("a", "a", "b"), True) and is_machine(jobs("a", "a", "a"), False)
    assert not is_machine(jobs("a", "a", "a"), True) and not is_machine(jobs("a", "b"), False)
    assert not is_machine([Job(1, (1, 1), "a")] * 3, False)


def test_a_success_shows_that_it_is_not_everything():
    queue = Queue(jobs("a", "b", "c", "d"), 0)
    first, *others = (queue.take((1, 1), [], []) for _ in range(4))
    for job in others:
        assert not queue.common_line
        queue.failed(job, f"/study/{job.number} fails", failures.USER, pathlib.Path(f"/study/{job.number}"))
    assert queue.common_line == "FOLDER fails"
    queue.succeeded(first)
    assert not queue.common_line
