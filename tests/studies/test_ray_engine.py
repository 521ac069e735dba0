"""Ray's engine on a real cluster of two nodes on this machine, of which one is killed; skipped without Ray."""

import dataclasses
import os
import pathlib
import signal
import sys
import threading
import time

import pytest
from studies.conftest import made

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import making, state
from compare_gan_tf2.studies.engines import RunPlan, local
from compare_gan_tf2.studies.engines import ray as engine
from compare_gan_tf2.studies.resources import Resources
from compare_gan_tf2.studies.study import Request
from compare_gan_tf2.task_folder import column_names, score_table

pytestmark = pytest.mark.slow
ray = pytest.importorskip("ray")

FAKE = (sys.executable, str(pathlib.Path(__file__).with_name("fake_worker.py")))
LOSSES = ("hinge", "least_squares", "non_saturating", "wasserstein")
TINY = {
    "dataset": "triangles", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 4, "training_steps": 40,
    "save_every_steps": 20, "evaluation_samples": 64, "metrics": "fid,kid",
}  # fmt: skip


@pytest.fixture
def cluster(monkeypatch, repository):
    """Two nodes with one task's room each, beside a head with none; and the second node, to be killed."""
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(repository), os.environ.get("PYTHONPATH")])))
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    cluster.add_node(num_cpus=1)
    second = cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    yield cluster, second
    ray.shutdown()
    cluster.shutdown()


def kill_once(cluster, node, condition):
    """Kills a node, as a machine that loses its power, once a condition holds."""

    def work():
        start = time.monotonic()
        while not condition() and time.monotonic() - start < 300:
            time.sleep(0.05)
        cluster.remove_node(node, allow_graceful=False)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def lines(path):
    return path.read_text().split() if path.exists() else []


def test_a_node_that_is_killed_loses_no_task(cluster, tmp_path):
    made(tmp_path, loss=LOSSES)
    for number in (0, 1):  # both nodes are at one
        (tmp_path / str(number) / "behavior").write_text("wait")

    def both():
        return all(lines(tmp_path / each / "ran") for each in "01")

    thread = kill_once(*cluster, both)
    go = threading.Thread(target=lambda: (thread.join(), [(tmp_path / each / "go").touch() for each in "01"]))
    go.start()
    plan = RunPlan(resources=Resources(ray_address=cluster[0].address))
    summary = engine.run(tmp_path, plan, FAKE)
    go.join()
    assert summary.done == tuple(range(8)) and not summary.failed
    counts = sorted(len(lines(tmp_path / str(number) / "ran")) for number in range(8))
    assert counts[:7] == [1] * 7 and counts[7] in (1, 2)
    assert not list(tmp_path.glob("*/*.claim")) and not ray.is_initialized()


def test_ctrl_c_has_the_workers_of_all_nodes_leave(cluster, tmp_path):
    made(tmp_path, loss=LOSSES[:1])
    for each in "01":
        (tmp_path / each / "behavior").write_text("wait")

    def interrupt():
        while not all(lines(tmp_path / each / "ran") for each in "01"):
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        engine.run(tmp_path, RunPlan(resources=Resources(ray_address=cluster[0].address)), FAKE)
    assert (tmp_path / "0/left").exists() and (tmp_path / "1/left").exists()
    assert not list(tmp_path.glob("*/*.claim")) and not list(tmp_path.glob("*/failure.json"))


def test_a_task_that_no_node_has_room_for_is_a_line(cluster, tmp_path):
    made(tmp_path, loss=LOSSES[:1])
    wanted = Resources(ray_address=cluster[0].address, cpus_per_task=4, gpus_per_task=1)
    with pytest.raises(UserError, match="no node of the Ray cluster has 4 processors and 1 GPU for a task"):
        engine.run(tmp_path, RunPlan(resources=wanted), FAKE)


def test_no_cluster_there_is_a_line(tmp_path):
    made(tmp_path, loss=LOSSES[:1])
    with pytest.raises(UserError, match="no Ray cluster at 127.0.0.1:1"):
        engine.run(tmp_path, RunPlan(resources=Resources(ray_address="127.0.0.1:1")), FAKE)


def rows(folder):
    left_out = {*column_names.PROVENANCE, column_names.CHECKSUM}
    return [
        {name: value for name, value in row.items() if name not in left_out} for row in score_table.read_rows(folder)
    ]


def test_ten_tasks_have_the_scores_of_the_local_engine_though_a_node_is_killed(cluster, tmp_path, triangles, capsys):
    for name in ("local", "ray"):
        varied = {"loss": LOSSES[:2]}
        making.make(tmp_path / name, Request(fixed=TINY, varied=varied, seeds=tuple(range(5)), threads=1))
    plan = RunPlan(dataset_root=str(triangles), cache_dir=str(tmp_path / "cache"))
    assert len(local.run(tmp_path / "local", plan).done) == 10
    workdir = tmp_path / "ray"

    def both_are_at_their_second_or_later():
        states = state.of_study(workdir)
        return sum(each.is_over for each in states) >= 2 and sum(each.state == "running" for each in states) >= 2

    thread = kill_once(*cluster, both_are_at_their_second_or_later)
    address = Resources(ray_address=cluster[0].address)
    summary = engine.run(workdir, dataclasses.replace(plan, resources=address))
    thread.join()
    assert summary.done == tuple(range(10))
    assert "its node or actor is gone" in capsys.readouterr().out
    for number in map(str, range(10)):
        assert rows(workdir / number) == rows(tmp_path / "local" / number) and len(rows(workdir / number)) == 2
