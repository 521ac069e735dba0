"""Slurm and Kubernetes, whose programs are played by scripts: what is submitted, and what a job does with its task."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import pytest
from studies.conftest import finished, made, said

from compare_gan_tf2.claims import claim
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import failures, shared_folder, state
from compare_gan_tf2.studies.engines import RunPlan, _cluster, _cluster_task, kubernetes, local, slurm
from compare_gan_tf2.studies.resources import Resources

LOSSES = ("hinge", "least_squares", "non_saturating", "wasserstein")
FAKE = (sys.executable, str(pathlib.Path(__file__).with_name("fake_worker.py")))
POD = ["--image", "repo/gan:1", "--volume_claim", "gans"]


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Puts programs on the path, by name and script; they note their arguments and input in <name>.txt."""
    place = tmp_path / "programs"
    place.mkdir()
    monkeypatch.setenv("PATH", f"{place}:/usr/bin:/bin")

    def add(name, script="", note=True):
        noted = f'{{ echo "$@"; [ -t 0 ] || cat; }} >> {place}/{name}.txt\n' if note else ""
        (place / name).write_text(f"#!/bin/bash\n{noted}{script}\n")
        (place / name).chmod(0o755)
        return place / f"{name}.txt"

    return add


@pytest.fixture
def workdir(tmp_path):
    """Eight tasks, of which 0 and 3 are done."""
    place = tmp_path / "my study"
    made(place, loss=LOSSES)
    finished(place / "0")
    finished(place / "3")
    return place


def arrays(text):
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith("#SBATCH --array=")]


def test_ranges_are_read_as_they_are_written():
    for numbers in ([3], [0, 1, 2], [0, 2, 3, 9, 10, 12]):
        assert _cluster.numbers_in(_cluster.ranges(numbers)) == numbers
    assert _cluster.ranges([0, 2, 3, 9]) == "0,2-3,9" and _cluster.ranges([]) == ""


def test_scripts_are_shown_run_in_a_shell_and_nothing_is_submitted(workdir, run, programs):
    sbatch = programs("sbatch", "echo 7")
    found = run(
        "run", workdir, "--engine", "slurm", "--print", "--cpus_per_task", "4", "--gpus_per_task", "1", "--mem", "16G",
        "--time_limit", "4:00:00", "--partition", "gpu", "--jobs", "2", "--dataset_root", "it's here",
    )  # fmt: skip
    assert found.code == 0 and not sbatch.exists() and not (workdir / "slurm").exists()
    for line in (
        "--array=1-2,4-7%2", "--cpus-per-task=4", "--gpus-per-task=1", "--mem=16G", "--time=4:00:00", "--requeue",
        "--partition=gpu", "--signal=B:USR1@120", f'--output="{workdir}/slurm/%A_%a.log"', "--open-mode=append",
    ):  # fmt: skip
        assert f"#SBATCH {line}" in found.out.splitlines()
    subprocess.run(["bash", "-n"], input=found.out, text=True, check=True)
    last = found.out.strip().splitlines()[-1]
    assert last.startswith("exec ")
    words = subprocess.run(
        ["bash", "-c", last.replace("exec ", "printf '%s\\n' ", 1)],
        env={"SLURM_ARRAY_TASK_ID": "5"}, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    args = _cluster_task._parser().parse_args(words[words.index("--workdir") :])
    assert (args.workdir, args.task_num, args.retries) == (workdir, 5, 1)
    assert args.dataset_root == str(pathlib.Path.cwd() / "it's here")


def test_many_tasks_are_chunks_from_0_that_share_the_jobs(workdir, run, programs):
    programs("scontrol", "echo 'MaxArraySize            = 3'")
    sbatch = programs("sbatch", "echo $((100 + $(grep -c parsable $0.txt)));")
    found = run("run", workdir, "--engine", "slurm", "--jobs", "2")
    assert found.code == 0 and found.out.splitlines()[:-1] == [
        "submitted job 101: tasks 1-2",
        "submitted job 102: tasks 4-5",
        "submitted job 103: tasks 6-7",
    ]
    scripts = [(workdir / f"slurm/array{each}.sh").read_text() for each in range(3)]
    assert [arrays(each) for each in scripts] == [["1-2%1"], ["1-2%1"], ["0-1%1"]]
    assert [each.rpartition("+ ")[2].strip() for each in scripts] == ['0))"', '3))"', '6))"']
    # Two at a time in all: the third array waits for the first.
    called = [line for line in sbatch.read_text().splitlines() if "parsable" in line]
    assert ["dependency=afterany:101" in line for line in called] == [False, False, True]


def test_without_a_limit_from_slurm_the_index_stays_below_1001(workdir, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(slurm, "due", lambda workdir, plan: list(range(2000)))
    assert arrays(slurm.written(workdir, RunPlan())) == ["0-1000", "0-998"]


def test_a_refused_array_is_an_error_that_lists_what_was_submitted(workdir, run, programs):
    programs("scontrol", "echo 'MaxArraySize = 4'")
    programs("sbatch", 'case "$*" in *array1*) echo "sbatch: error: Job violates limits" >&2; exit 1;; esac; echo 31')
    found = run("run", workdir, "--engine", "slurm")
    assert found.code == 2 and len(found.err.splitlines()) == 1
    assert "sbatch failed with exit code 1: sbatch: error: Job violates limits" in found.err
    assert found.err.endswith("submitted before: job 31: tasks 1-2\n")


def test_a_submission_that_says_nothing_is_none(workdir, run, programs):
    programs("sbatch")
    assert "not the number of a job" in run("run", workdir, "--engine", "slurm").err


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--engine", "slurm", "--time_limit", "soon"], "is not in a format of Slurm"),
        (["--engine", "slurm", "--time_limit", "5"], "it has to be 600 s or more"),
        (["--engine", "slurm", "--time_limit", "0-00:09:59"], "is 599 s"),
        (["--engine", "slurm", "--partition", "a\nb"], "cannot be written into a script"),
        (["--engine", "slurm"], "sbatch is not installed here: run this command on a machine of Slurm, or use --print"),
        (["--engine", "local", "--partition", "x"], "--partition is for --engine slurm; the engine is local"),
        (["--print"], "--print is for engines that submit to a queue; the engine is local"),
        (["--engine", "kubernetes", "--image", ""], "--image is empty"),
        (["--engine", "kubernetes", *POD], "--mount_path is missing"),
        (["--engine", "kubernetes", *POD, "--mount_path", "/elsewhere"], "is not below --mount_path /elsewhere"),
    ],
)
def test_what_cannot_be_submitted_is_a_line(words, line, workdir, run, programs):
    found = run("run", workdir, *words)
    assert found.code == 2 and line in found.err and len(found.err.splitlines()) == 1


def test_a_search_is_for_engines_that_wait(workdir, run):
    content = json.loads((workdir / "study.json").read_text())
    (workdir / "study.json").write_text(json.dumps({**content, "search": {"name": "random"}}))
    assert "run it with --engine local or ray" in run("run", workdir, "--engine", "slurm", "--print").err


@pytest.mark.parametrize("text", ["10", "90", "1:00:00", "2-0", "1-12:30", "1-00:00:01"])
def test_times_of_slurm_are_taken(text):
    slurm._check_time(text)


def shown_job(workdir, run, *words):
    found = run("run", workdir, "--engine", "kubernetes", "--print", *POD, "--mount_path", workdir.parent, *words)
    assert found.code == 0, found.err
    return json.loads(found.out)


def test_the_manifest_of_kubernetes(workdir, run, programs):
    kubectl = programs("kubectl")
    words = ("--namespace", "lab", "--jobs", "3", "--retries", "2", "--gpus_per_task", "1", "--mem", "16Gi")
    job = shown_job(workdir, run, *words)
    assert not kubectl.exists()
    assert (job["apiVersion"], job["kind"], job["metadata"]["namespace"]) == ("batch/v1", "Job", "lab")
    spec = job["spec"]
    assert (spec["completionMode"], spec["completions"], spec["parallelism"]) == ("Indexed", 6, 3)
    assert spec["backoffLimitPerIndex"] == 2 and "backoffLimit" not in spec
    ignored, user = spec["podFailurePolicy"]["rules"]
    assert (ignored["action"], ignored["onPodConditions"][0]["type"]) == ("Ignore", "DisruptionTarget")
    assert (user["action"], user["onExitCodes"]["values"]) == ("FailIndex", [2])
    pod = spec["template"]["spec"]
    assert pod["restartPolicy"] == "Never"
    (container,) = pod["containers"]
    assert container["resources"]["limits"] == {"cpu": "1", "memory": "16Gi", "nvidia.com/gpu": "1"}
    words = container["command"]
    assert words[0] == "python" and words[words.index("--tasks") + 1] == "1-2,4-7"
    assert container["volumeMounts"][0]["mountPath"] == str(workdir.parent)
    assert pod["volumes"][0]["persistentVolumeClaim"]["claimName"] == "gans"


def test_the_manifest_agrees_with_the_published_schema(workdir, run):
    validate = pytest.importorskip("kubernetes_validate")
    job = shown_job(workdir, run, "--gpus_per_task", "1", "--mem", "16Gi")
    validate.validate(job, validate.latest_version(), strict=True)


def test_a_job_is_created_once_from_what_is_shown(workdir, run, programs):
    kubectl = programs("kubectl", "echo job.batch/compare-gan-study-x7")
    found = run("run", workdir, "--engine", "kubernetes", *POD, "--mount_path", workdir.parent)
    assert found.out.splitlines() == [
        "submitted job.batch/compare-gan-study-x7: tasks 1-2,4-7",
        f"look at it: compare_gan_study status {workdir}",
    ]
    called, text = kubectl.read_text().split("\n", 1)
    assert called == "create -o name -f -" and json.loads(text) == shown_job(workdir, run)
    for number in (1, 2, 4, 5, 6, 7):
        finished(workdir / str(number))
    assert run("run", workdir, "--engine", "kubernetes").out == "all 8 tasks done\n"


# What a job does with its task.


@pytest.fixture(autouse=True)
def signals():
    """Handlers of the job are not those of the tests."""
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGUSR1)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


def job(workdir, work, *words):
    return _cluster_task.main(["--workdir", str(workdir), *map(str, words)], lambda order: work)


def test_a_job_runs_its_task_once_and_says_what_failed(workdir, monkeypatch, capsys):
    calls = []

    def work(folder):
        calls.append(folder.name)
        if folder.name == "2":
            raise RuntimeError("no such kernel")
        if folder.name == "4":
            raise UserError("no data")
        finished(folder)

    assert job(workdir, work, "--task_num", 1) == 0
    assert job(workdir, work, "--task_num", 1) == 0 and job(workdir, work, "--task_num", 0) == 0
    assert job(workdir, work, "--task_num", 2, "--retries", 1) == 1
    assert job(workdir, work, "--task_num", 4, "--retries", 1) == 2
    assert calls == ["1", "2", "2", "4"]
    assert failures.read(workdir / "2").attempts == 2
    assert job(workdir, work, "--task_num", 99) == 2
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "2")
    assert job(workdir, work, "--tasks", "5,7-8") == 2 and "no task in" in capsys.readouterr().err
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "1")
    assert job(workdir, work, "--tasks", "5,7-8") == 0 and calls[-1] == "7"


def test_a_job_waits_for_a_holder_that_may_be_dead_and_leaves_it_to_one_that_lives(workdir, monkeypatch):
    monkeypatch.setattr(_cluster_task, "_SECONDS_BETWEEN_LOOKS", 0.02)
    monkeypatch.setattr(_cluster_task, "_LONGEST_WAIT", 0.2)
    calls = []
    with claim(workdir / "1", "train"):
        assert job(workdir, calls.append, "--task_num", 1) == 0 and not calls
    monkeypatch.setattr(_cluster_task, "_LONGEST_WAIT", 60)
    released = threading.Event()

    def hold():
        with claim(workdir / "1", "train"):
            held.set()
            time.sleep(0.3)
        released.set()

    held = threading.Event()
    threading.Thread(target=hold).start()
    held.wait()
    assert job(workdir, lambda folder: (calls.append(released.is_set()), finished(folder)), "--task_num", 1) == 0
    assert calls == [True]


@pytest.mark.parametrize("advances", [True, False])
def test_before_the_time_limit_a_job_saves_and_is_queued_again_while_steps_advance(
    advances, workdir, monkeypatch, programs
):
    scontrol = programs("scontrol")
    monkeypatch.setenv("SLURM_ARRAY_JOB_ID", "31")
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "6")

    def work(folder):
        try:
            os.kill(os.getpid(), signal.SIGUSR1)
            time.sleep(60)
        except SystemExit:
            if advances:
                said(folder, "training", 20)
            raise

    assert job(workdir, work, "--task_num", 1) == (143 if advances else 1)
    assert scontrol.exists() == advances
    if advances:
        assert scontrol.read_text().splitlines()[0] == "requeue 31_6"
        assert state.of_task(workdir / "1").state == "interrupted"
    else:
        assert "the time limit ended this run before" in failures.read(workdir / "1").line


def test_a_job_that_is_told_to_leave_leaves(workdir, programs):
    scontrol = programs("scontrol")
    with pytest.raises(SystemExit) as found:
        job(workdir, lambda folder: os.kill(os.getpid(), signal.SIGTERM), "--task_num", 1)
    assert found.value.code == 143 and not scontrol.exists()


def test_the_script_of_a_chunk_runs_a_task(workdir, programs, monkeypatch, repository):
    """Started as Slurm would, of a task that is done, for which no TensorFlow is imported."""
    programs("sbatch", "echo 5")
    slurm.run(workdir, RunPlan(numbers=(1,)))
    finished(workdir / "1")
    environment = {**os.environ, "SLURM_ARRAY_TASK_ID": "1"}
    script = workdir / "slurm/array0.sh"
    done = subprocess.run(["bash", script], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "task 1: done\n")


def test_each_task_is_done_once_by_whichever_engine_is_first(workdir):
    def work(folder):
        with (folder / "ran").open("a") as file:
            print("job", file=file)
        while not any("job" not in each.read_text() for each in workdir.glob("*/ran")):
            time.sleep(0.02)
        finished(folder)

    found = []
    engine = threading.Thread(target=lambda: found.append(local.run(workdir, RunPlan(jobs=2), FAKE)))
    engine.start()
    for number in (7, 6, 5, 4, 2, 1):
        assert job(workdir, work, "--task_num", number) == 0
    engine.join()
    assert found[0].done == tuple(range(8))
    ran = [(workdir / str(number) / "ran").read_text().split() for number in (1, 2, 4, 5, 6, 7)]
    assert [len(each) for each in ran] == [1] * 6 and ["job"] in ran


# Folders that lie.


def lying_open(path, flags, *more, **named):
    return REAL_OPEN(path, flags & ~os.O_EXCL, *more, **named)


REAL_OPEN = os.open


def test_a_folder_that_tells_the_truth_is_left_as_it_was(tmp_path):
    shared_folder.check(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "lie", "line"),
    [
        ("open", lying_open, "a file that was to be made once was made 2 times"),
        ("rename", lambda one, other: None, "a folder was renamed to one that is there and is not empty"),
    ],
)
def test_a_folder_that_lies_is_refused(name, lie, line, workdir, run, monkeypatch):
    monkeypatch.setattr(os, name, lie)
    found = run("run", workdir)
    monkeypatch.undo()
    assert found.code == 2 and line in found.err
    assert not list(workdir.glob("shared*")) and not list(workdir.glob(".shared*"))


def test_a_race_that_several_win_is_seen(tmp_path, monkeypatch):
    won = []

    def makes(path):
        won.append(path)
        return path.name != "twice" or won.count(path) == 1

    monkeypatch.setattr(shared_folder, "_makes_file", makes)
    with pytest.raises(UserError, match="was made 8 times by 8 at once"):
        shared_folder.check(tmp_path)


def test_python_of_the_job_does_not_look_into_the_folder_that_it_starts_in(workdir):
    words = _cluster.command(workdir, RunPlan(resources=Resources()), sys.executable, 0)
    assert words[1:3] == ["-P", "-m"] and kubernetes.due(workdir, RunPlan(numbers=(0, 1))) == [1]
