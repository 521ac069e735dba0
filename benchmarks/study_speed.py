"""Compares a study's run with a shell loop of single tasks, on the same processors, one after the other.

python -m benchmarks.study_speed [--dataset polygons] [--seeds 3] [--jobs N] [--steps 100] [--samples 1000]

Trains and scores 2 losses x 2 normalizations x seeds on polygons, with a tenth of the usual width, in both ways, with
the same threads for a task and as many processes side by side: a loop that starts a process for every task, as
`xargs -P` does, and the worker processes of `compare_gan_study run`. Prints seconds of the clock, and of the
processors, which other work on the machine changes less; whether all scores are the same to the last digit; and where
the time of a worker's first task goes, and of its second one, which differs in the seed. With --dataset=triangles
scores include the exact measures of polygons, which take most of the time of tasks so small. Takes some minutes.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import contextlib
import functools
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks._command import run as run_command
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import making
from compare_gan_tf2.studies.engines import RunPlan, local
from compare_gan_tf2.studies.study import Request
from compare_gan_tf2.task_folder import column_names, score_table, tasks

_VARIED = {"loss": ("hinge", "wasserstein"), "d_weight_normalization": ("none", "spectral")}
# One process, so one start, for what `run` does of a task.
_ALONE = """
import sys
from compare_gan_tf2.commands.run_one_task import main
sys.exit(any(main(["task", *sys.argv[1:], f"--command={each}"]) for each in ("train", "eval")))
"""
_CORNERS = {"polygons": (3, 4, 5, 6), "triangles": (3,)}
_ALL, _TRAIN, _REPEATED = 70_000, 60_000, 2_000


def _prepare(root: pathlib.Path, dataset: str, count: int) -> None:
    """A set of polygons whose training images are 2,000, again and again, and whose other ones are `count`."""
    import numpy as np

    from compare_gan_tf2.datasets import polygon_geometry

    def drawn(number: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        corners = np.arange(number) % len(_CORNERS[dataset]) + _CORNERS[dataset][0]
        images = np.empty((number, 28, 28), np.uint8)
        for each in _CORNERS[dataset]:
            images[corners == each] = polygon_geometry.generate(each, int(np.sum(corners == each)), seed=seed)
        return images, corners

    images, corners = np.zeros((_ALL, 28, 28), np.uint8), np.full(_ALL, _CORNERS[dataset][0], np.int8)
    for first, number, seed, times in ((0, _REPEATED, 1, _TRAIN // _REPEATED), (_TRAIN, count, 2, 1)):
        some_images, some_corners = drawn(number, seed)
        images[first : first + number * times] = np.tile(some_images, (times, 1, 1))
        corners[first : first + number * times] = np.tile(some_corners, times)
    folder = root / "convex_polygons"
    folder.mkdir(parents=True)
    np.savez(folder / f"{dataset}.npz", x=images, y=corners)


def _loop(workdir: pathlib.Path, root: pathlib.Path, cache: pathlib.Path, jobs: int) -> None:
    def one(number: int) -> None:
        flags = [f"--workdir={workdir}", f"--task_num={number}", f"--dataset_root={root}", f"--cache_dir={cache}"]
        done = subprocess.run([sys.executable, "-c", _ALONE, *flags], capture_output=True, text=True, check=False)
        if done.returncode:
            raise UserError(f"task {number} failed: {done.stderr.strip().splitlines()[-1:]}")

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, tasks.numbers(workdir)))


def _study(workdir: pathlib.Path, root: pathlib.Path, cache: pathlib.Path, jobs: int) -> None:
    summary = local.run(workdir, RunPlan(jobs=jobs, dataset_root=str(root), cache_dir=str(cache)))
    if summary.failed or summary.undone:
        raise UserError(f"not all tasks are done: {summary}")


def _timed(what: Callable[[], None]) -> tuple[float, float]:
    """Seconds of the clock, and of the processors."""

    def processors() -> float:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)]
        return sum(each.ru_utime + each.ru_stime for each in used)

    start, before = time.monotonic(), processors()
    what()
    return time.monotonic() - start, processors() - before


def _scores(workdir: pathlib.Path) -> dict[int, list[dict[str, str]]]:
    """The rows of all tasks, without what says when and where they were made."""
    left_out = {*column_names.PROVENANCE, column_names.CHECKSUM}
    return {
        number: [
            {name: value for name, value in row.items() if name not in left_out}
            for row in score_table.read_rows(workdir / str(number))
        ]
        for number in tasks.numbers(workdir)
    }


class _Laps:
    """Seconds by what they are spent on, each counted once."""

    def __init__(self) -> None:
        self.seconds: collections.Counter[str] = collections.Counter()
        self._open: list[str] = []
        self._last = time.monotonic()

    @contextlib.contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Within the block time is spent on this, except within blocks in it."""
        self._lap()
        self._open.append(name)
        try:
            yield
        finally:
            self._lap()
            self._open.pop()

    def _lap(self) -> None:
        now = time.monotonic()
        if self._open:
            self.seconds[self._open[-1]] += now - self._last
        self._last = now

    def watch(self, owner: Any, name: str, what: str | Callable[[], str]) -> None:
        """Counts the calls of a function, a method or a cached property."""
        found = owner.__dict__[name]
        function = found.func if isinstance(found, functools.cached_property) else found

        @functools.wraps(function)
        def watched(*arguments: Any, **named: Any) -> Any:
            with self.of(what if isinstance(what, str) else what()):
                return function(*arguments, **named)

        if isinstance(found, functools.cached_property):
            found.func = watched
        else:
            setattr(owner, name, watched)


def _parts(workdir: pathlib.Path, root: pathlib.Path, cache: pathlib.Path) -> list[dict[str, float]]:
    """What a worker's start, first and second task spend their time on, in this process."""
    laps = _Laps()
    with laps.of("start"):
        from compare_gan_tf2.studies.worker import Worker

        worker = Worker(root, cache, threads=(1, 1))
        from compare_gan_tf2 import components
        from compare_gan_tf2.evaluation import scorer, task
        from compare_gan_tf2.task_folder import status
        from compare_gan_tf2.training import kept_steps, steps
    calls = iter(["first step, with its trace"])
    for owner in (kept_steps, task):
        laps.watch(owner, "build", "networks and their initial weights")
    laps.watch(steps.Stepper, "run", lambda: next(calls, "other steps"))
    laps.watch(status.Record, "save", "checkpoint and sheet of samples")
    laps.watch(task.checkpoints, "restore", "reading the checkpoint")
    laps.watch(scorer.Scorer, "__init__", "extractor")
    laps.watch(scorer.Scorer, "real", "reference")
    laps.watch(scorer.Scorer, "collect", "images, features")
    for kind in ("metrics", "model_metrics"):
        for name in components.names(kind):
            laps.watch(components.load(kind, name), "metric", f"score {name}")
    found = [dict(laps.seconds)]
    for number in ("0", "1"):
        laps.seconds.clear()
        with laps.of("everything else"):
            worker.run(workdir / number)
        found.append(dict(laps.seconds))
        calls = iter(["first step, traced before"])
    return found


def _table(parts: list[dict[str, float]]) -> Iterator[str]:
    names = sorted({name for each in parts for name in each}, key=lambda name: -sum(p.get(name, 0.0) for p in parts))
    yield f"{'seconds':32}{'start':>9}{'first':>9}{'second':>9}"
    for name in names:
        yield f"{name:32}" + "".join(f"{each[name]:9.2f}" if name in each else " " * 9 for each in parts)
    yield f"{'all':32}" + "".join(f"{sum(each.values()):9.2f}" for each in parts)


def _main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", choices=sorted(_CORNERS), default="polygons")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--parts_of", type=pathlib.Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.parts_of:
        place = args.parts_of
        print(json.dumps(_parts(place / "parts", place / "data", place / "cache of the study")))
        return 0
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        _prepare(place / "data", args.dataset, args.samples)
        request = Request(
            fixed={
                "dataset": args.dataset,
                "width": 0.1,
                "training_steps": args.steps,
                "save_every_steps": args.steps,
                "evaluation_samples": args.samples,
            },
            varied=_VARIED,
            seeds=tuple(range(args.seeds)),
            threads=max(1, len(os.sched_getaffinity(0)) // args.jobs),
        )
        for each in ("loop", "study", "parts"):
            making.make(place / each, request)
        seconds = {}
        for each, carry_out in (("loop", _loop), ("study", _study)):
            work = functools.partial(carry_out, place / each, place / "data", place / f"cache of the {each}", args.jobs)
            seconds[each] = _timed(work)
            clock, processors = seconds[each]
            print(f"{each}: {clock:.0f} s, {processors:.0f} s of processors", flush=True)
        ratios = [loop / study for loop, study in zip(seconds["loop"], seconds["study"], strict=True)]
        print(f"the study is {ratios[0]:.2f} times as fast by the clock, {ratios[1]:.2f} times by processors")
        is_same = _scores(place / "loop") == _scores(place / "study")
        print(f"scores of {len(tasks.numbers(place / 'loop'))} tasks: {'the same' if is_same else 'DIFFERENT'}")
        command = [sys.executable, "-m", "benchmarks.study_speed", "--parts_of", name]
        parts = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
        print("\n".join(_table(json.loads(parts.splitlines()[-1]))))
    return 0 if is_same else 1


if __name__ == "__main__":
    run_command(_main)
