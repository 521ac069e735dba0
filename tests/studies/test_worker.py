"""A worker's second task costs no trace, and has the bits of a process of its own."""

import collections
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from compare_gan_tf2 import claims
from compare_gan_tf2.commands.study import main
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.studies import making, state
from compare_gan_tf2.studies.engines import RunPlan, local
from compare_gan_tf2.studies.study import Request
from compare_gan_tf2.task_folder import checkpoints, column_names, score_table, tasks, threads

FIXED = {
    "dataset": "triangles", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 4, "training_steps": 4,
    "save_every_steps": 2, "evaluation_samples": 64, "metrics": "fid,kid", "ema_decay": 0.5,
}  # fmt: skip


def study(workdir, fixed=FIXED, seeds=(0,), **varied):
    making.make(workdir, Request(fixed=fixed, varied=varied, seeds=seeds, threads=1))


def rows(folder):
    left_out = {*column_names.PROVENANCE, column_names.CHECKSUM}
    return [
        {name: value for name, value in row.items() if name not in left_out} for row in score_table.read_rows(folder)
    ]


def weights(folder):
    import tensorflow as tf

    reader = tf.train.load_checkpoint(str(checkpoints.path(folder, 4) / "weights"))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def assert_same_bits(one, other):
    assert rows(one) == rows(other) and len(rows(one)) == 2
    found, wanted = weights(one), weights(other)
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


@pytest.mark.usefixtures("cheap_scores")
@pytest.mark.parametrize(
    "more",
    [
        {},
        pytest.param(
            {"metrics": "default,condition_number", "standing_batches": 2, "architecture": "sndcgan", "width": 0.02},
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_second_task_is_traced_by_the_first_and_has_the_bits_of_one_alone(more, tmp_path, triangles, monkeypatch):
    from compare_gan_tf2.evaluation import scorer
    from compare_gan_tf2.evaluation import task as evaluation
    from compare_gan_tf2.evaluation.task import evaluate
    from compare_gan_tf2.studies.worker import Worker
    from compare_gan_tf2.training.loop import train

    study(tmp_path, FIXED | more, g_learning_rate=(0.01, 0.0002), seeds=(0, 3))
    made = collections.Counter()
    for owner, name in ((evaluation, "build"), (scorer, "reference")):
        original = getattr(owner, name)
        monkeypatch.setattr(
            owner, name, lambda *given, _o=original, _n=name, **named: (made.update([_n]), _o(*given, **named))[1]
        )
    worker = Worker(triangles, tmp_path / "cache")
    for number in ("0", "3"):
        worker.run(tmp_path / number)
    assert made["build"] == 1 and made["reference"] <= 2, made
    assert len(worker._steps._kept) == 1
    alone = tmp_path / "alone"
    train(tasks.read(tmp_path, 3).options, alone, dataset_root=triangles, cache_dir=tmp_path / "cache")
    evaluate(alone, dataset_root=triangles, cache_dir=tmp_path / "cache")
    assert_same_bits(tmp_path / "3", alone)


def test_other_forms_and_files_that_may_change_have_scorers_of_their_own(tmp_path, triangles):
    from compare_gan_tf2.datasets.places import places
    from compare_gan_tf2.evaluation.kept_scorers import KeptScorers

    kept = KeptScorers(places(triangles, tmp_path), most=2)
    options = Options.from_dict(FIXED)
    first = kept.take(options)
    assert kept.take(options.replace(seed=5, training_steps=9)) is first and first.options.seed == 5
    others = [
        kept.take(options.replace(**each)) for each in ({"evaluation_seed": 3}, {"loss": "hinge"}, {"width": 0.1})
    ]
    assert len({first, *others}) == 4
    assert kept.take(options.replace(width=0.1)) is others[2] and kept.take(options) is not first
    assert others[0]._scorer is not others[1]._scorer
    assert others[1]._scorer is others[2]._scorer, "extractor and reference are loaded again for another network"
    weights_file = tmp_path / "weights.npz"
    weights_file.touch()
    named = options.replace(extractor_weights=str(weights_file))
    assert kept.take(named) is not kept.take(named)


def test_a_task_without_threads_is_given_those_that_it_is_run_with(tmp_path, triangles):
    from compare_gan_tf2.runtime import device
    from compare_gan_tf2.studies.worker import Worker

    study(tmp_path, FIXED | {"dataset": "mnist"})
    (tmp_path / "0/machine.json").unlink()
    with pytest.raises(UserError, match="not prepared"):
        Worker(triangles, tmp_path / "cache").run(tmp_path / "0")
    assert threads.are_assigned(tmp_path / "0")
    assert threads.read(tmp_path / "0")["intra_op_threads"] == device.threads()[0]


def test_a_worker_of_other_threads_than_the_process_is_refused():
    import tensorflow as tf

    from compare_gan_tf2.studies.worker import Worker

    tf.constant(0.0) + 1.0
    with pytest.raises(UserError, match="threads"):
        Worker(threads=(93, 93))


@pytest.mark.slow
def test_24_tasks_with_a_worker_killed_and_the_run_interrupted_have_the_bits_of_an_undisturbed_run(
    tmp_path, triangles, repository
):
    varied = {
        "loss": ("hinge", "least_squares", "non_saturating", "wasserstein"),
        "d_weight_normalization": ("none", "spectral"),
    }
    workdir = tmp_path / "disturbed"
    words = ["--set", *(f"{name}={value}" for name, value in FIXED.items())]
    words += ["--vary", *(f"{name}={','.join(values)}" for name, values in varied.items())]
    assert main(["compare_gan_study", "new", str(workdir), *words, "--seeds", "3", "--threads", "1"]) == 0
    study(tmp_path / "calm", seeds=(0, 1, 2), **varied)
    code = "import sys\nfrom compare_gan_tf2.commands.study import main\nsys.exit(main(sys.argv))"
    flags = ["run", workdir, "--jobs", "2", "--dataset_root", triangles, "--cache_dir", tmp_path / "cache"]
    command = [sys.executable, "-c", code, *map(str, flags)]

    def done():
        return {each.number for each in state.of_study(workdir) if each.is_over}

    def wait_for(count):
        while len(done()) < count:
            assert process.poll() is None, "the run ended"
            time.sleep(0.1)

    with subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE, text=True) as process:
        wait_for(3)
        first = done()
        killed = _kill_a_worker(workdir)
        wait_for(8)
        process.send_signal(signal.SIGTERM)
        said = process.stdout.read()
    assert process.returncode == 143
    # What the process printed last outside of its tasks may stand behind the signal.
    assert re.search(rf"task {killed}: its process was ended by SIGKILL.*; another worker takes it over", said), said
    assert not list(workdir.glob("*/*.claim")) and not list(workdir.glob("*/failure.json"))
    again = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert (again.returncode, again.stderr) == (0, "") and again.stdout.endswith("all 24 tasks done\n")
    starts = {number: len(re.findall("^--- ", _log(workdir / str(number)), re.M)) for number in range(24)}
    assert all(starts[number] == 1 for number in first)
    assert starts[killed] >= 2 and 25 <= sum(starts.values()) <= 27

    summary = local.run(
        tmp_path / "calm", RunPlan(jobs=1, dataset_root=str(triangles), cache_dir=str(tmp_path / "cache"))
    )
    assert len(summary.done) == 24
    for number in map(str, range(24)):
        assert_same_bits(workdir / number, tmp_path / "calm" / number)


def _kill_a_worker(workdir: pathlib.Path) -> int:
    """Kills a process that is training; gives its task."""

    while True:
        for path in workdir.glob("*/train.claim"):
            holder = claims.holder(path.parent, "train")
            if holder and holder.is_alive:
                os.kill(holder.pid, signal.SIGKILL)
                return int(path.parent.name)
        time.sleep(0.01)


def _log(folder: pathlib.Path) -> str:
    return (folder / "log.txt").read_text()


@pytest.mark.slow
def test_a_half_done_work_directory_of_an_older_version_is_finished(tmp_path, repository):
    golden, workdir = repository / "tests/golden/workdirs", tmp_path / "old"
    for number in "0123":
        shutil.copytree(golden / number, workdir / number)
    half, unscored, planned, done = (workdir / number for number in "0123")
    shutil.rmtree(half / "checkpoints/00000020")
    (half / "TRAIN_DONE").unlink()
    (half / "status.json").write_text('{"state": "training", "step": 10}')
    (half / "scores.csv").write_text("".join((half / "scores.csv").read_text().splitlines(keepends=True)[:-1]))
    (unscored / "scores.csv").unlink()
    shutil.rmtree(planned)
    planned.mkdir()
    shutil.copy(golden / "2/task.json", planned)
    before = {path: path.read_bytes() for path in done.rglob("*") if path.is_file()}
    code = "import sys\nfrom compare_gan_tf2.commands.study import main\nsys.exit(main(sys.argv))"
    flags = ["run", workdir, "--jobs", "2", "--dataset_root", golden / "data", "--cache_dir", tmp_path / "cache"]
    command = [sys.executable, "-c", code, *map(str, flags)]
    found = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "") and found.stdout.endswith("all 4 tasks done\n")
    for number in "0123":
        steps = [row["step"] for row in score_table.read_rows(workdir / number)]
        assert sorted(steps) == ["10", "20"] and checkpoints.steps(workdir / number) == [10, 20]
    assert before == {path: path.read_bytes() for path in done.rglob("*") if path.is_file()}
    assert {path.name for path in workdir.iterdir()} == set("0123")
