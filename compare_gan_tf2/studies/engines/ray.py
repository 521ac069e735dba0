"""The engine of a Ray cluster: worker processes that stay, each kept by an actor on a node that has room for it.

All nodes see the study under one path, and have this package. A node that dies takes its workers with it; their tasks
go on from their last checkpoints on another one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import re
import signal
import socket
import threading
from collections.abc import Sequence
from typing import Any

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import expanded
from compare_gan_tf2.studies.engines import RunPlan, Summary, _engine
from compare_gan_tf2.studies.engines._handle import Handle
from compare_gan_tf2.studies.engines._processes import GRACE_SECONDS
from compare_gan_tf2.studies.engines._ray_actor import CALLS, Actor
from compare_gan_tf2.studies.resources import Resources

# Ray sets it, and matrix products of NumPy would differ in their last bits.
_NOT_RAYS = ("OMP_NUM_THREADS",)
# So many workers in a row that are gone before they are ready, and it is not the nodes.
_MOST_LOST = 3
_SECONDS_TO_CONNECT = 20.0


def run(workdir: pathlib.Path, plan: RunPlan, command: Sequence[str] | None = None) -> Summary:
    """Runs all tasks that are not done; see the package.

    Args:
        workdir: of the study.
        plan: what is asked for.
        command: that starts a worker process; the usual one of each node if None.

    Raises:
        UserError: if Ray is not installed, its cluster cannot be reached or has no room, or no worker can start.
        KeyboardInterrupt: after Ctrl-C, once all workers have left their tasks, which go on from there.
    """
    try:
        import ray
    except ImportError as error:
        raise UserError("engine ray needs Ray: pip install 'compare_gan_tf2[ray]'") from error
    plan = dataclasses.replace(plan, dataset_root=_absolute(plan.dataset_root), cache_dir=_absolute(plan.cache_dir))
    with _connected(ray, plan.resources.ray_address):
        return _engine.run(workdir, plan, _Pool(ray, plan.resources, command))


def _absolute(path: str | None) -> str | None:
    """As the processes of other nodes, which start in other folders, need it."""
    return None if path is None else str(expanded(path).absolute())


@contextlib.contextmanager
def _connected(ray: Any, address: str | None) -> Any:
    """Is connected to a cluster while the block runs, to one that was there before too."""
    if ray.is_initialized():
        yield
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    asked_for = address or os.environ.get("RAY_ADDRESS") or ""
    before = signal.getsignal(signal.SIGTERM)
    try:
        _require_answer(asked_for)
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (OSError, ValueError, RuntimeError) as error:
        first = next(iter(str(error).splitlines()), "")
        raise UserError(f"no Ray cluster at {asked_for or 'this machine'}: {first}") from error
    finally:
        # Ray has one of its own, which ends with another code.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)
    try:
        yield
    finally:
        ray.shutdown()


def _require_answer(address: str) -> None:
    """OSError if nobody is at an address that has a port; Ray itself waits for minutes."""
    found = re.fullmatch(r"(?:ray://)?(?P<host>[^/]+):(?P<port>\d{1,5})", address)
    if found:
        socket.create_connection((found["host"], int(found["port"])), _SECONDS_TO_CONNECT).close()


class _Remote(Handle):
    """A worker process that an actor keeps.

    Attributes:
        next: what becomes of the question for its next answers.
    """

    def __init__(self, ray: Any, actor: Any, threads: tuple[int, int]):
        super().__init__(threads)
        self._ray, self.actor = ray, actor
        self._how = ""
        self.next = actor.answers.remote()

    def send(self, order: dict[str, Any]) -> None:
        self.actor.send.remote(order)

    def retire(self) -> None:
        self.is_retired = True
        self.actor.end.remote(False)

    def answers(self) -> list[dict[str, Any]] | None:
        try:
            said = self._ray.get(self.next)
        except self._ray.exceptions.RayError as error:
            self.is_lost = True
            self._how = f"its node or actor is gone ({type(error).__name__})"
            return None
        if isinstance(said, str):
            self._how = said
            return None
        self.next = self.actor.answers.remote()
        return list(said)

    def how_it_ended(self) -> str:
        return self._how

    def close(self) -> None:
        self._ray.kill(self.actor)


class _Pool:
    """Actors of a Ray cluster."""

    def __init__(self, ray: Any, resources: Resources, command: Sequence[str] | None):
        self._ray, self._resources, self._command = ray, resources, command
        self._handles: list[_Remote] = []
        self._lost = 0

    def most(self, threads: int) -> int:
        """As many as the nodes have room for now."""
        cpus, gpus = self._cpus(threads), self._resources.gpus_per_task
        count = 0
        for node in self._ray.nodes():
            has = node["Resources"] if node["Alive"] else {}
            by_gpus = int(has.get("GPU", 0) // gpus) if gpus else cpus * 2**20
            count += min(int(has.get("CPU", 0) // cpus), by_gpus)
        if not count:
            wanted = f"{cpus} processor{'s' * (cpus > 1)}" + (f" and {gpus} GPU{'s' * (gpus > 1)}" if gpus else "")
            raise UserError(f"no node of the Ray cluster has {wanted} for a task; give --jobs to wait for one that has")
        return count

    def start(self, order: dict[str, Any], threads: tuple[int, int]) -> Handle:
        made = self._ray.remote(
            num_cpus=self._cpus(threads[0]),
            num_gpus=self._resources.gpus_per_task,
            max_restarts=0,
            max_concurrency=CALLS,
            scheduling_strategy="SPREAD",
        )(Actor)
        environment = {name: os.environ.get(name) for name in _NOT_RAYS}
        handle = _Remote(self._ray, made.remote(self._command, order, threads, environment), threads)
        self._handles.append(handle)
        return handle

    def _cpus(self, threads: int) -> int:
        return self._resources.cpus_per_task or threads

    def that_spoke(self, seconds: float) -> list[Handle]:
        waiting = {each.next: each for each in self._handles}
        if not waiting:
            return []
        ready, _ = self._ray.wait(list(waiting), num_returns=1, timeout=seconds)
        return [waiting[each] for each in ready]

    def forget(self, process: Handle) -> None:
        self._handles = [each for each in self._handles if each is not process]
        if process.is_ready:
            self._lost = 0
        elif process.is_lost:
            self._lost += 1
            process.is_lost = self._lost < _MOST_LOST

    def end(self, *, at_once: bool) -> None:
        try:
            # One that is not ready has no task, and may be waiting for a node for ever.
            ended = [each.actor.end.remote(at_once) for each in self._handles if each.is_ready]
            if ended:
                self._ray.wait(ended, num_returns=len(ended), timeout=2 * GRACE_SECONDS)
        finally:
            for each in self._handles:
                each.close()
