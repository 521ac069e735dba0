"""Training by several workers, here processes of one machine: what one process gives, also after a worker died."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.runtime import distribution
from compare_gan_tf2.task_folder import checkpoints, tasks
from compare_gan_tf2.task_folder.loss_log import JSONL
from compare_gan_tf2.task_folder.status import DONE_FILE, read_status

CODE = "import sys; from compare_gan_tf2.commands.run_one_task import main; sys.exit(main())"


def _ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _start(workdir, data, count, command="train"):
    """The same task in `count` processes: one alone, or workers, each with data of its own if a list is given."""
    command = [sys.executable, "-c", CODE, "--workdir", str(workdir), "--task_num=0", f"--command={command}"]
    roots = [str(each) for each in (data if isinstance(data, list) else [data] * count)]
    if count == 1:
        command += ["--dataset_root", roots[0]]
        return [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)]
    addresses = [f"127.0.0.1:{port}" for port in _ports(count)]
    processes = []
    for index in range(count):
        config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        processes.append(
            subprocess.Popen(
                [*command, "--strategy=multi_worker", "--dataset_root", roots[index]],
                env={**os.environ, "TF_CONFIG": json.dumps(config)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    return processes


def _end(processes, limit=400):
    try:
        outputs = [process.communicate(timeout=limit) for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [(process.returncode, *output) for process, output in zip(processes, outputs, strict=True)]


def _values(folder, step):
    reader = tf.train.load_checkpoint(str(checkpoints.path(folder, step) / "weights"))
    names = reader.get_variable_to_shape_map()
    return {name: reader.get_tensor(name) for name in names if "CHECKPOINTABLE" not in name}


def _losses(folder):
    return [json.loads(line) for line in (folder / JSONL).read_text().splitlines()]


def _task(workdir, options):
    tasks.write(workdir, [tasks.Task(0, "test", options)])
    return workdir


@pytest.fixture
def options(tiny):
    # SGD, for Adam turns the rounding of a gradient that is nearly 0 into a step of its own size.
    sgd = {"g_optimizer": "sgd", "d_optimizer": "sgd", "g_learning_rate": 0.05, "d_learning_rate": 0.05}
    return tiny.replace(training_steps=50, save_every_steps=10, learning_rate_decay=0.0, **sgd)


@pytest.fixture
def noise(triangles, tmp_path):
    """The set of triangles with noise for images.

    Black backgrounds give whole maps one value before a LeakyReLU. Where that lies at its kink, the last bit decides
    the slope for all of them, and trainings part which no more than another order of sums told from each other.
    """
    with np.load(triangles / "convex_polygons/triangles.npz") as file:
        images, sides = np.empty_like(file["x"]), file["y"]
    images[:] = np.resize(np.random.default_rng(0).integers(0, 256, (2000, 28, 28), np.uint8), images.shape)
    folder = tmp_path / "noise/convex_polygons"
    folder.mkdir(parents=True)
    np.savez(folder / "triangles.npz", x=images, y=sides)
    return folder.parent


@pytest.mark.slow
def test_two_workers_give_what_one_process_gives(tmp_path, noise, options):
    options = options.replace(g_learning_rate=0.01, d_learning_rate=0.01)
    alone, together = _task(tmp_path / "alone", options), _task(tmp_path / "together", options)
    for workdir, count in ((alone, 1), (together, 2)):
        for code, _, errors in _end(_start(workdir, noise, count)):
            assert code == 0, errors[-3000:]
    ours, theirs = _losses(together / "0"), _losses(alone / "0")
    assert len(ours) == len(theirs) == 5
    for mine, other in zip(ours, theirs, strict=True):
        assert mine == pytest.approx(other, rel=1e-3, abs=1e-4)
    mine, other = _values(together / "0", 50), _values(alone / "0", 50)
    assert mine.keys() == other.keys() and any("u_var" in name for name in mine)
    for name, value in other.items():
        # A single value at a kink may still cost 2e-3; gradients that were not averaged would cost all.
        np.testing.assert_allclose(mine[name], value, rtol=0, atol=1e-2 * max(np.abs(value).max(), 1e-3), err_msg=name)


@pytest.mark.slow
def test_a_worker_that_dies_stops_the_others_and_all_continue_to_the_same_weights(tmp_path, triangles, options):
    options = options.replace(training_steps=200)
    whole, broken = _task(tmp_path / "whole", options), _task(tmp_path / "broken", options)
    for code, _, errors in _end(_start(whole, triangles, 2)):
        assert code == 0, errors[-3000:]
    for victim in (1, 0):
        known = len(checkpoints.steps(broken / "0"))
        processes = _start(broken, triangles, 2)
        deadline = time.monotonic() + 240
        while len(checkpoints.steps(broken / "0")) < known + 2:
            assert processes[victim].poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        processes[victim].send_signal(signal.SIGKILL)
        ended = _end(processes)
        code, _, errors = ended[1 - victim]
        assert code != 0
        if victim == 1:
            assert code == 2 and "start all workers again with the same command" in errors, errors[-3000:]
        assert not (broken / "0" / DONE_FILE).exists()
    for code, _, errors in _end(_start(broken, triangles, 2)):
        assert code == 0, errors[-3000:]
    assert _losses(whole / "0") == _losses(broken / "0")
    ours, theirs = _values(whole / "0", 200), _values(broken / "0", 200)
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        np.testing.assert_array_equal(theirs[name], value, err_msg=name)


@pytest.mark.slow
def test_a_notice_to_one_worker_saves_for_all(tmp_path, triangles, options):
    workdir = _task(tmp_path, options.replace(training_steps=50_000, save_every_steps=50_000))
    processes = _start(workdir, triangles, 2)
    deadline = time.monotonic() + 240
    while len((workdir / "0" / JSONL).read_text() if (workdir / "0" / JSONL).exists() else "") == 0:
        assert processes[0].poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    processes[1].terminate()
    ended = _end(processes)
    assert [code for code, _, _ in ended] == [143, 143], ended[1][2][-3000:]
    (step,) = checkpoints.steps(workdir / "0")
    assert 0 < step < 50_000 and read_status(workdir / "0") == {"state": "training", "step": step}


@pytest.mark.slow
@pytest.mark.parametrize("refused", [0, 1])
def test_what_one_worker_cannot_do_stops_the_others(tmp_path, triangles, options, refused):
    workdir, roots = _task(tmp_path / "study", options), [triangles, triangles]
    roots[refused] = tmp_path / "nothing"
    ended = _end(_start(workdir, roots, 2), limit=120)
    assert ended[refused][0] == 2 and "prepare" in ended[refused][2], ended[refused][2][-3000:]
    assert ended[1 - refused][0] != 0
    if refused == 1:
        assert ended[0][0] == 2 and "another worker is gone" in ended[0][2], ended[0][2][-3000:]


@pytest.mark.slow
def test_the_first_of_several_workers_scores_and_exports(tmp_path, triangles, options):
    workdir = _task(tmp_path, options)
    (code, output, errors), (other, nothing, _) = _end(_start(workdir, triangles, 2, "all"))
    assert (code, other) == (0, 0), errors[-3000:]
    assert "exported: " in output
    assert len(nothing.splitlines()) == 1 and nothing.startswith("waiting until all workers are there: ")
    assert (workdir / "0" / "scores.csv").is_file()


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("", "needs TF_CONFIG"),
        ("{", "cannot be found"),
        ('{"cluster": {"worker": ["127.0.0.1:1"]}}', "cannot be found|this task of the cluster"),
        ('{"cluster": {"worker": ["127.0.0.1:1"], "ps": ["127.0.0.1:2"]}, "task": {"type": "ps", "index": 0}}', "'ps'"),
        (
            '{"cluster": {"worker": ["127.0.0.1:1"]}, "task": {"type": "evaluator", "index": 0}}',
            "--command=eval --watch",
        ),
        (
            '{"cluster": {"worker": ["127.0.0.1:1"]}, "task": {"type": "worker", "index": 3}}',
            r"is worker 3, counted from 0, and there are: \['127",
        ),
    ],
)
def test_a_cluster_that_is_none_is_refused(monkeypatch, config, said):
    monkeypatch.setenv("TF_CONFIG", config)
    if not config:
        monkeypatch.delenv("TF_CONFIG")
    with pytest.raises(UserError, match=said):
        distribution.create("multi_worker", cluster="tf_config")


def test_slurm_and_kubernetes_say_who_is_who(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    for name, value in {
        "SLURM_PROCID": "2",
        "SLURM_STEP_NUM_TASKS": "3",
        "SLURM_STEP_NODELIST": "node[1-2]",
        "SLURM_STEP_TASKS_PER_NODE": "2,1",
        "CUDA_VISIBLE_DEVICES": "",
    }.items():
        monkeypatch.setenv(name, value)
    resolver = distribution._resolver("auto")
    assert resolver.cluster_spec().as_dict() == {"worker": ["node1:8888", "node1:8889", "node2:8888"]}
    assert (resolver.task_type, resolver.task_id) == ("worker", 2)
    monkeypatch.delenv("SLURM_STEP_NUM_TASKS")
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "1")
    with pytest.raises(UserError, match="set COMPARE_GAN_PODS to the number"):
        distribution.create("multi_worker")
    monkeypatch.setenv("COMPARE_GAN_PODS", "2")
    monkeypatch.setenv("COMPARE_GAN_POD_NAME", "gan-{}.gan")
    resolver = distribution._resolver("auto")
    assert resolver.cluster_spec().as_dict() == {"worker": ["gan-0.gan:8470", "gan-1.gan:8470"]}
    assert (resolver.task_type, resolver.task_id) == ("worker", 1)


def test_a_tpu_that_is_not_there_is_one_line():
    with pytest.raises(UserError, match=r"TPU 'nowhere' cannot be used: \S[^\n]+$"):
        distribution.create("tpu", tpu="nowhere")
    with pytest.raises(UserError, match="^TPU 'local' cannot be used: TPUs not found in the cluster$"):
        distribution.create("tpu")


FORMS_A_CLUSTER = """
import os, signal
heard = []
signal.signal(signal.SIGTERM, lambda *given: heard.append(given))
from compare_gan_tf2.runtime import distribution
made = distribution.create("multi_worker")
assert distribution.workers(made) == (0, 1)
os.kill(os.getpid(), signal.SIGTERM)
assert len(heard) == 1
print("heard")
"""


@pytest.mark.slow
def test_a_notice_is_heard_once_the_cluster_is_formed():
    config = {"cluster": {"worker": [f"127.0.0.1:{_ports(1)[0]}"]}, "task": {"type": "worker", "index": 0}}
    done = subprocess.run(
        [sys.executable, "-c", FORMS_A_CLUSTER],
        env={**os.environ, "TF_CONFIG": json.dumps(config)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0 and "heard" in done.stdout, done.stderr[-2000:]


@pytest.mark.slow
def test_a_worker_that_waits_for_others_says_so_and_can_be_interrupted():
    addresses = [f"127.0.0.1:{port}" for port in _ports(2)]
    config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": 1}}
    process = subprocess.Popen(
        [sys.executable, "-c", FORMS_A_CLUSTER],
        env={**os.environ, "TF_CONFIG": json.dumps(config)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout.readline() == f"waiting until all workers are there: {', '.join(addresses)}\n"
        time.sleep(3)  # within TensorFlow now
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == -signal.SIGINT
    finally:
        process.kill()
        process.stdout.close()
