"""What Ray's engine asks of Ray, which is played here; `test_ray_engine` has a real cluster."""

import os
import pathlib
import signal
import sys
import types

import pytest
from studies.conftest import made

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies.engines import RunPlan, Summary, _engine
from compare_gan_tf2.studies.engines import ray as engine
from compare_gan_tf2.studies.resources import Resources


class Calls:
    """A remote method, which notes its calls."""

    def __init__(self, name, calls, gives=None):
        self._name, self._calls, self._gives = name, calls, gives

    def remote(self, *given):
        self._calls.append((self._name, *given))
        return self._gives


class Ray(types.ModuleType):
    """As much of Ray as the engine uses; an exception that is got is raised."""

    def __init__(self, *nodes, initialized=False):
        super().__init__("ray")
        self._nodes, self._is_there, self.calls, self.wanted = nodes, initialized, [], []
        self.exceptions = types.SimpleNamespace(RayError=KeyError)

    def is_initialized(self):
        return self._is_there

    def init(self, **how):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.calls.append(("init", how["address"]))

    def shutdown(self):
        self.calls.append(("shutdown",))

    def nodes(self):
        return [{"Alive": alive, "Resources": has} for alive, has in self._nodes]

    def remote(self, **wanted):
        def made_of(actor):
            return types.SimpleNamespace(remote=lambda *given: self._actor(wanted, given))

        return made_of

    def _actor(self, wanted, given):
        self.wanted.append((wanted, given))
        names = {"answers": [{"event": "ready"}], "send": None, "end": f"end {len(self.wanted)}"}
        return types.SimpleNamespace(**{name: Calls(name, self.calls, gives) for name, gives in names.items()})

    def get(self, said):
        if isinstance(said, Exception):
            raise said
        return said

    def wait(self, waiting, num_returns, timeout):
        self.calls.append(("wait", list(waiting), num_returns))
        return list(waiting)[:num_returns], []

    def kill(self, actor):
        self.calls.append(("kill",))


def pool(ray, **resources):
    return engine._Pool(ray, Resources(**resources), None)


def test_as_many_run_side_by_side_as_living_nodes_have_room_for():
    ray = Ray((True, {"CPU": 4.0, "GPU": 1.0}), (True, {"CPU": 3.0}), (False, {"CPU": 64.0, "GPU": 8.0}))
    assert pool(ray).most(1) == 7 and pool(ray).most(2) == 3
    assert pool(ray, cpus_per_task=4).most(1) == 1
    assert pool(ray, gpus_per_task=1).most(1) == 1
    with pytest.raises(UserError, match="no node of the Ray cluster has 1 processor and 2 GPUs for a task"):
        pool(ray, gpus_per_task=2).most(1)


def test_a_worker_gets_what_was_asked_for_and_the_threads_of_this_process(monkeypatch):
    ray = Ray()
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    pool(ray, gpus_per_task=2).start({"workdir": "w"}, (3, 4))
    monkeypatch.delenv("OMP_NUM_THREADS")
    pool(ray, cpus_per_task=7).start({"workdir": "w"}, (3, 4))
    (first, given), (second, given_without) = ray.wanted
    assert (first["num_cpus"], first["num_gpus"], first["max_restarts"]) == (3, 2, 0)
    assert second["num_cpus"] == 7 and second["max_concurrency"] > 1
    assert given == (None, {"workdir": "w"}, (3, 4), {"OMP_NUM_THREADS": "5"})
    assert given_without[-1] == {"OMP_NUM_THREADS": None}, "Ray's own number of threads would be kept"


def test_a_worker_whose_node_is_gone_is_lost_but_not_for_ever():
    ray = Ray()
    workers = pool(ray)

    def lose(ready):
        handle = workers.start({}, (1, 1))
        handle.is_ready = ready
        handle.next = KeyError("node")
        assert handle.answers() is None and handle.how_it_ended() == "its node or actor is gone (KeyError)"
        workers.forget(handle)
        return handle.is_lost

    assert [lose(ready) for ready in (False, False, True, False, False, False)] == [True, True, True, True, True, False]
    assert workers.that_spoke(0.0) == []


def test_what_a_worker_says_arrives_and_how_it_ended_is_kept():
    handle = pool(Ray()).start({}, (1, 1))
    assert handle.answers() == [{"event": "ready"}]
    handle.next = "its process was ended by SIGKILL"
    assert handle.answers() is None and not handle.is_lost
    assert handle.how_it_ended() == "its process was ended by SIGKILL"


def test_at_the_end_ready_workers_are_waited_for_and_all_are_gone():
    ray = Ray()
    workers = pool(ray)
    for ready in (True, False, True):
        workers.start({}, (1, 1)).is_ready = ready
    ray.calls.clear()
    workers.end(at_once=True)
    assert ray.calls == [("end", True), ("end", True), ("wait", ["end 1", "end 3"], 2), *[("kill",)] * 3]


@pytest.mark.parametrize("initialized", [False, True])
def test_the_engine_leaves_signals_and_clusters_as_they_were(initialized, tmp_path, monkeypatch):
    ray = Ray(initialized=initialized)
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", {name: value for name, value in os.environ.items() if "RAY" not in name})
    made(tmp_path, loss=["hinge"])
    seen = []

    def run(workdir, plan, pool):
        seen.append((plan.dataset_root, plan.cache_dir, signal.getsignal(signal.SIGTERM)))
        return Summary(done=(0,))

    monkeypatch.setattr(_engine, "run", run)
    before = signal.getsignal(signal.SIGTERM)
    plan = RunPlan(dataset_root="data", cache_dir="~/kept", resources=Resources(ray_address="auto"))
    try:
        assert engine.run(tmp_path, plan) == Summary(done=(0,))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert seen == [(str(tmp_path / "data"), str(pathlib.Path("~/kept").expanduser()), before)]
    assert ray.calls == ([] if initialized else [("init", "auto"), ("shutdown",)])
    assert os.environ.get("RAY_USAGE_STATS_ENABLED") == (None if initialized else "0")


def test_a_cluster_that_does_not_answer_is_a_line_and_without_ray_its_extra_is_named(tmp_path, monkeypatch):
    ray = Ray()
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    with pytest.raises(UserError, match="^no Ray cluster at 127.0.0.1:1: "):
        engine.run(tmp_path, RunPlan(resources=Resources(ray_address="127.0.0.1:1")))
    assert ray.calls == []
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"pip install 'compare_gan_tf2\[ray\]'"):
        engine.run(tmp_path, RunPlan())
