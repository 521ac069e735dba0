"""A search whose trainings are real, killed twice with all its processes, proposes what an unbroken one does."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import psutil
import pytest

from compare_gan_tf2.studies import rounds, state
from compare_gan_tf2.task_folder import column_names, score_table

pytestmark = pytest.mark.slow

FILE = """
from compare_gan_tf2 import searches
from compare_gan_tf2.tasks import log_uniform, uniform

search = searches.gaussian_process(rounds=4, batch=5)


def space():
    return {
        "dataset": "triangles", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 8,
        "training_steps": 200, "save_every_steps": 100, "evaluation_samples": 64, "metrics": "fid",
        "extractor": "pixels", "beta1": uniform(0.0, 0.9), "g_learning_rate": log_uniform(1e-5, 1e-2),
        "d_learning_rate": log_uniform(1e-5, 1e-2),
    }
"""
CODE = "import sys\nfrom compare_gan_tf2.commands.study import main\nsys.exit(main(sys.argv))"
# Tasks that are over when everything is killed: in the second and in the third round.
KILLED_AT = (7, 13)


def command(*words):
    return [sys.executable, "-c", CODE, *map(str, words)]


def kill_all(process):
    """As a machine that loses its power: no process has a moment to save anything."""
    children = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGKILL)
    for each in children:
        each.kill()
    process.wait()
    psutil.wait_procs(children)


def count_over(workdir):
    return sum(each.is_over for each in state.of_study(workdir))


def files(workdir):
    return {path.name: path.read_text() for path in (workdir / rounds.FOLDER).glob("*.json")}


def scores(workdir):
    left_out = {*column_names.PROVENANCE, column_names.CHECKSUM}
    return {
        number: [
            {name: value for name, value in row.items() if name not in left_out}
            for row in score_table.read_rows(workdir / str(number))
        ]
        for number in range(20)
    }


def test_a_live_search_that_is_killed_twice_proposes_what_an_unbroken_one_does(tmp_path, triangles, repository):
    pytest.importorskip("tensorflow_probability")
    file = tmp_path / "looking.py"
    file.write_text(FILE)
    places = ["--dataset_root", triangles, "--cache_dir", tmp_path / "cache"]
    for name in ("unbroken", "killed"):
        made = command("new", tmp_path / name, "--experiment", file, "--threads", 1)
        subprocess.run(made, cwd=repository, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(command("run", tmp_path / "unbroken", *places, "--jobs", 1), cwd=repository, check=True)

    workdir: pathlib.Path = tmp_path / "killed"
    places += ["--jobs", 2]
    for count in KILLED_AT:
        process = subprocess.Popen(command("run", workdir, *places), cwd=repository, start_new_session=True)
        while count_over(workdir) < count:
            assert process.poll() is None, "the run ended"
            time.sleep(0.02)
        kill_all(process)
        assert count_over(workdir) < 20
    subprocess.run(command("run", workdir, *places), cwd=repository, check=True)

    assert sorted(files(workdir)) == [f"000{number}.json" for number in range(4)]
    assert files(workdir) == files(tmp_path / "unbroken")
    assert scores(workdir) == scores(tmp_path / "unbroken")
