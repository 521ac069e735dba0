"""What a whole study would take, from short timings of one task of each kind in a process of their own.

This process imports no TensorFlow. The other one starts as a worker does, which is timed, too.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Hashable, Iterable, Sequence
from typing import IO, Any

import compare_gan_tf2
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import EVALUATION, Options
from compare_gan_tf2.progress import Progress
from compare_gan_tf2.studies import state
from compare_gan_tf2.studies.forecast import Forecast, Timings, Work, forecast, kept
from compare_gan_tf2.task_folder import tasks
from compare_gan_tf2.training.untraced import FREE

# Kinds that are timed; further ones cost as much as the timed ones do on average.
_MOST_KINDS = 6
_COMMAND = (
    sys.executable,
    "-c",
    "import sys; sys.path[:] = filter(None, sys.path); "
    "from compare_gan_tf2.studies import _timed; sys.exit(_timed.main())",
)
_TRACE_FREE = FREE - {*EVALUATION}
_OF_REFERENCE = (
    "dataset",
    "image_size",
    "train_crop",
    "extractor",
    "extractor_weights",
    "evaluation_samples",
    "resize",
)


@dataclasses.dataclass(frozen=True)
class Left:
    """A task of which something is left.

    Attributes:
        options: of the task.
        step: that its training reached.
        scored: checkpoints that have their scores.
        round: of a search, counted from the one that is next.
    """

    options: Options
    step: int = 0
    scored: int = 0
    round: int = 0


def left(workdir: pathlib.Path, numbers: Iterable[int] | None = None) -> list[Left]:
    """The tasks of a study that are not over.

    Args:
        workdir: of the study.
        numbers: of the tasks that are meant; None for all.
    """
    meant = None if numbers is None else set(numbers)
    return [
        Left(tasks.read(workdir, each.number).options, each.step, each.scored)
        for each in state.of_study(workdir)
        if not each.is_over and each.state != "damaged" and (meant is None or each.number in meant)
    ]


def of_tasks(
    there: Sequence[Left],
    *,
    jobs: int,
    threads: int,
    dataset_root: str | None = None,
    cache_dir: str | None = None,
    export: bool = False,
) -> Forecast:
    """Times one task of each kind, and puts the whole together.

    A classifier that has to be trained for the scores is trained, and kept for the study.

    Args:
        there: what is left to do.
        jobs: tasks side by side.
        threads: that a task computes with.
        dataset_root: folder of the prepared data sets; None for the default.
        cache_dir: folder of what can be computed again; None for the default.
        export: whether the best checkpoint of each task is exported.

    Raises:
        UserError: if a task could not be run: its data set is not prepared, an extractor is missing.
    """
    works = [_work(each, export) for each in there]
    if not works:
        return forecast([], {}, jobs, 0.0)
    counts = collections.Counter(work.kind for work in works)
    first: dict[Hashable, Options] = {}
    for each, work in zip(there, works, strict=True):
        first.setdefault(work.kind, each.options)
    chosen = [kind for kind, _ in counts.most_common(_MOST_KINDS)]
    order = {"threads": threads, "dataset_root": dataset_root, "cache_dir": cache_dir, "export": export}
    start, found = _timed([first[kind] for kind in chosen], order)
    timings = dict(zip(chosen, found, strict=True))
    for kind in counts.keys() - timings.keys():
        timings[kind] = _mean(found)
    return forecast(works, timings, jobs, start)


def _work(each: Left, export: bool) -> Work:
    options = each.options
    saves = _saves(options, each.step)
    due = _saves(options, 0)
    described = options.to_dict()
    kind = tuple((name, value) for name, value in described.items() if name not in _TRACE_FREE)
    return Work(
        kind=kind,
        reference=tuple(described[name] for name in _OF_REFERENCE),
        steps=max(0, options.training_steps - each.step),
        saves=saves,
        kept=kept(saves, options.keep_checkpoints),
        scores=max(0, due - each.scored),
        exports=int(export),
        round=each.round,
    )


def _saves(options: Options, step: int) -> int:
    """Checkpoints that are due after a step."""
    every, last = options.save_every_steps, options.training_steps
    initial = int(bool(options.save_initial) and not step)
    return initial + max(0, -(-last // every) - step // every) if step < last else 0


def _mean(found: Sequence[Timings]) -> Timings:
    """Of timed kinds."""
    names = [field.name for field in dataclasses.fields(Timings) if field.name != "metrics"]
    means: dict[str, Any] = {name: sum(getattr(each, name) for each in found) / len(found) for name in names}
    metrics = {name: seconds for each in found for name, seconds in each.metrics.items()}
    return Timings(**means, metrics=metrics)


def _timed(kinds: Sequence[Options], order: dict[str, Any]) -> tuple[float, list[Timings]]:
    """Seconds until a process is ready, and the timings of a task of each kind."""
    with tempfile.TemporaryFile() as printed, Progress("timing kinds of tasks", len(kinds), unit="kind") as progress:
        begin = time.monotonic()
        with subprocess.Popen(
            _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=printed, env=_environment(), text=True
        ) as process:
            try:
                assert process.stdin
                assert process.stdout
                _send(process.stdin, order)
                progress.doing("starting a process")
                _answer(process.stdout, printed)
                start = time.monotonic() - begin
                found = []
                for number, options in enumerate(kinds, 1):
                    progress.doing("training and scoring a little")
                    _send(process.stdin, options.to_dict())
                    found.append(Timings(**_answer(process.stdout, printed)["timings"]))
                    progress.advance(number)
                return start, found
            finally:
                process.terminate()


def _send(stream: IO[str], said: dict[str, Any]) -> None:
    stream.write(json.dumps(said) + "\n")
    stream.flush()


def _answer(stream: IO[str], printed: IO[bytes]) -> dict[str, Any]:
    """The next answer of the process; UserError if it could not do what it was asked for."""
    line = stream.readline()
    if not line:
        printed.seek(0)
        lines = printed.read().decode("utf-8", "replace").strip().splitlines() or ["no reason is known"]
        raise UserError(f"a task could not be timed: {lines[-1]}")
    said: dict[str, Any] = json.loads(line)
    if "error" in said:
        raise UserError(said["error"])
    return said


def _environment() -> dict[str, str]:
    """As this process's, so that the same package is found."""
    root = str(pathlib.Path(compare_gan_tf2.__file__).parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
