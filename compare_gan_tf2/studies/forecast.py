"""Time and disk of a whole study, put together from short timings of one task of each kind (no TensorFlow).

A kind is what one trace serves: tasks that differ in seed and rates, not in networks or losses. The workers' tasks are
handed out here as the local engine does it, so that each worker's traces and the wait for the last task are counted.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import heapq
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from compare_gan_tf2.studies import cleaning, terminal

# Kinds of tasks whose traces a worker keeps.
_KEPT = 2
# In the order in which they are shown; scores by metric follow, then the export.
START, BUILD, STEPS, SAVE, REFERENCE, DRAW, EXPORT = (
    "start of processes",
    "building and tracing",
    "steps",
    "checkpoints and samples",
    "reference and extractor",
    "generated images and features",
    "export",
)
_ORDER = (START, BUILD, STEPS, SAVE, REFERENCE, DRAW)


@dataclasses.dataclass(frozen=True)
class Timings:
    """What a task of one kind costs: seconds of one process with the task's threads, and bytes.

    Attributes:
        build: to build and trace, once for each worker that gets such tasks.
        again: to build the networks of a further task, whose traces are there.
        step: of one generator step.
        save: of one checkpoint with its sheets of samples.
        load: of extractor and reference from the cache, once for each worker.
        reference: to compute the reference, once for a study; 0 if the cache has it.
        draw: of one evaluation: generated images and their features.
        metrics: of one evaluation, by name.
        export: of one export.
        checkpoint_bytes: of one checkpoint.
        sample_bytes: of all else that is written with one.
        step_bytes: of what is written of one step.
        task_bytes: of what is written once for a task.
        export_bytes: of one exported module.
        reference_bytes: that the cache grows by.
    """

    build: float
    again: float
    step: float
    save: float
    load: float
    reference: float
    draw: float
    metrics: Mapping[str, float]
    export: float = 0.0
    checkpoint_bytes: float = 0.0
    sample_bytes: float = 0.0
    step_bytes: float = 0.0
    task_bytes: float = 0.0
    export_bytes: float = 0.0
    reference_bytes: float = 0.0


@dataclasses.dataclass(frozen=True)
class Work:
    """What is left of one task.

    Attributes:
        kind: of the task.
        reference: what its reference depends on; equal ones are computed once.
        steps: to be trained.
        saves: checkpoints to be written.
        kept: of these, how many stay on the disk.
        scores: checkpoints to be scored.
        exports: modules to be exported, 0 or 1.
        round: of a search; the workers of one are gone before the next begins.
    """

    kind: Hashable
    reference: Hashable
    steps: int
    saves: int
    kept: int
    scores: int
    exports: int = 0
    round: int = 0


@dataclasses.dataclass(frozen=True)
class Forecast:
    """Of a whole study.

    Attributes:
        tasks: how many have something left.
        workers: that work side by side.
        seconds: until the last task is done.
        items: seconds of work by what it is for, of all workers together.
        disk: bytes by what they are for.
    """

    tasks: int
    workers: int
    seconds: float
    items: Mapping[str, float]
    disk: Mapping[str, float]


def forecast(works: Sequence[Work], timings: Mapping[Hashable, Timings], workers: int, start: float) -> Forecast:
    """Puts timings together.

    Args:
        works: what is left, a task each, in the order of their numbers.
        timings: by kind.
        workers: processes side by side; more than tasks are not started.
        start: seconds until a process is ready.
    """
    items: dict[str, float] = collections.defaultdict(float)
    computed: set[Hashable] = set()
    end = 0.0
    for number in sorted({work.round for work in works}):
        together = [work for work in works if work.round == number]
        count = min(workers, len(together))
        items[START] += start * count
        end = _ended(together, timings, [end + start] * count, items, computed)
    return Forecast(len(works), min(workers, len(works)), end, _ordered(items), _disk(works, timings))


def _ended(
    works: Sequence[Work],
    timings: Mapping[Hashable, Timings],
    ready: Sequence[float],
    items: dict[str, float],
    computed: set[Hashable],
) -> float:
    """When the last of these tasks ends.

    Args:
        works: tasks that workers share.
        timings: by kind.
        ready: when each worker is.
        items: seconds by what they are for, to which those of these tasks are added.
        computed: references that there are, to which those of these tasks are added.
    """
    waiting: dict[Hashable, collections.deque[Work]] = {}
    for work in works:
        waiting.setdefault(work.kind, collections.deque()).append(work)
    # When each worker is free, its number, and the kinds whose traces it has.
    free = [(seconds, number) for number, seconds in enumerate(ready)]
    traced: list[collections.deque[Hashable]] = [collections.deque(maxlen=_KEPT) for _ in ready]
    end = 0.0
    while waiting:
        now, number = heapq.heappop(free)
        kind = _next_kind(waiting, traced, number)
        work = waiting[kind].popleft()
        if not waiting[kind]:
            del waiting[kind]
        costs = _costs(work, timings[kind], kind in traced[number], work.reference in computed)
        computed.add(work.reference)
        if kind not in traced[number]:
            traced[number].append(kind)
        for name, seconds in costs.items():
            items[name] += seconds
        now += sum(costs.values())
        end = max(end, now)
        heapq.heappush(free, (now, number))
    return end


def _next_kind(
    waiting: Mapping[Hashable, Sequence[Work]], traced: Sequence[Sequence[Hashable]], number: int
) -> Hashable:
    """A kind that the worker knows, or one that no worker knows, or the one of which most tasks wait."""
    for kind in reversed(traced[number]):
        if kind in waiting:
            return kind
    known = {kind for each in traced for kind in each}
    return next((kind for kind in waiting if kind not in known), max(waiting, key=lambda kind: len(waiting[kind])))


def _costs(work: Work, timings: Timings, is_traced: bool, is_computed: bool) -> dict[str, float]:
    """Seconds of one task, by what they are for."""
    found = {
        BUILD: timings.again if is_traced else timings.build,
        STEPS: work.steps * timings.step,
        SAVE: work.saves * timings.save,
    }
    if work.scores:
        found[REFERENCE] = (0.0 if is_traced else timings.load) + (0.0 if is_computed else timings.reference)
        found[DRAW] = work.scores * timings.draw
        found |= {_scoring(name): work.scores * seconds for name, seconds in timings.metrics.items()}
    if work.exports:
        found[EXPORT] = work.exports * timings.export
    return found


def _scoring(name: str) -> str:
    return f"scoring {name}"


def _ordered(items: Mapping[str, float]) -> dict[str, float]:
    first = {name: items[name] for name in _ORDER if name in items}
    scoring = {name: seconds for name, seconds in items.items() if name not in first and name != EXPORT}
    dearest = dict(sorted(scoring.items(), key=lambda each: -each[1]))
    return first | dearest | {name: items[name] for name in (EXPORT,) if name in items}


def _disk(works: Sequence[Work], timings: Mapping[Hashable, Timings]) -> dict[str, float]:
    found: dict[str, float] = collections.defaultdict(float)
    references: dict[Hashable, float] = {}
    for work in works:
        each = timings[work.kind]
        found["checkpoints"] += work.kept * each.checkpoint_bytes
        found["samples and measurements"] += (
            work.saves * each.sample_bytes + work.steps * each.step_bytes + each.task_bytes
        )
        found["exports"] += work.exports * each.export_bytes
        if work.scores:
            references[work.reference] = each.reference_bytes
    found["references (cache)"] = sum(references.values())
    return {name: size for name, size in found.items() if size}


def kept(saves: int, keep: str) -> int:
    """How many of a task's checkpoints stay: all, or the newest ones and the best by FID."""
    return saves if keep == "all" else min(saves, int(keep) + 1)


def text(found: Forecast, free: int, width: int) -> str:
    """Lines for a person.

    Args:
        found: to be shown.
        free: bytes that the disk has.
        width: of the terminal.
    """
    work = sum(found.items.values())
    rows = [
        (name, _time(seconds), f"{seconds / work:.0%}") for name, seconds in found.items.items() if seconds and work
    ]
    rows.append(("sum over all processes", _time(work), ""))
    disk = sum(found.disk.values())
    sizes = "; ".join(f"{name} {cleaning.in_words(round(size))}" for name, size in found.disk.items())
    tasks = f"{found.tasks} task{'s' * (found.tasks != 1)}"
    side = f", {found.workers} side by side" if found.workers > 1 else ""
    return "\n".join(
        [
            f"{tasks}{side}: about {_time(found.seconds)} at the machine's present load",
            terminal.table(("work", "time", "share"), rows, width),
            terminal.wrapped(
                f"disk: about {cleaning.in_words(round(disk))}{f' ({sizes})' if sizes else ''}, "
                f"{cleaning.in_words(free)} free",
                width,
            ),
        ]
    )


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else str(datetime.timedelta(seconds=round(seconds)))


def as_json(found: Forecast, free: int) -> dict[str, Any]:
    """The forecast for programs: seconds and bytes."""
    return {**dataclasses.asdict(found), "free": free}


def at(count: int, counts: Sequence[int], seconds: Sequence[float]) -> float:
    """Seconds for `count` images, from those for a few smaller counts.

    The sum of a constant, a linear and a square part that fits best, none of them negative; where one count was timed
    only, the time of that.
    """
    if count in counts:
        return seconds[list(counts).index(count)]
    best, least = seconds[-1], float("inf")
    for powers in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)):
        if len(powers) > len(counts):
            continue
        parts = _fitted(powers, counts, seconds)
        if parts is None or min(parts) < 0:
            continue
        error = sum(
            (_sum(powers, parts, each) / max(said, 1e-9) - 1) ** 2 for each, said in zip(counts, seconds, strict=True)
        )
        if error < least - 1e-12:
            best, least = _sum(powers, parts, count), error
    return best


def _fitted(powers: Sequence[int], counts: Sequence[int], seconds: Sequence[float]) -> list[float] | None:
    """Factors of the powers of counts with the least relative squared error."""
    import numpy as np

    weights = 1 / np.maximum(np.array(seconds, np.float64), 1e-9)
    columns = np.stack([np.array(counts, np.float64) ** power for power in powers], 1)
    found, _, rank, _ = np.linalg.lstsq(columns * weights[:, None], np.array(seconds) * weights, rcond=None)
    return [float(each) for each in found] if rank == len(powers) else None


def _sum(powers: Sequence[int], parts: Sequence[float], count: int) -> float:
    return sum(part * float(count) ** power for power, part in zip(powers, parts, strict=True))
