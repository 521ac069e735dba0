"""Engines: who runs the tasks of a study. The folder is the table; an engine's name is its file's name.

Each has `run(workdir: pathlib.Path, plan: RunPlan) -> Summary`. It runs every task that is not done, once, whatever
other engines do on the same folder; bits do not depend on the engine, the number of jobs, or the order of ending.
Engines that hand the tasks to another system, and do not wait for their end, have besides
`written(workdir, plan) -> str`: what `run` would hand over.
"""

from __future__ import annotations

import dataclasses
import importlib
import pathlib
import pkgutil
from types import ModuleType

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies.resources import Resources


@dataclasses.dataclass(frozen=True)
class RunPlan:
    """What an engine is asked for.

    Attributes:
        numbers: of the tasks that are meant; None for all.
        jobs: tasks that run side by side; None for as many as processors and memory allow.
        threads: of a task whose folder does not say.
        dataset_root: folder of the prepared data sets; None for the default.
        cache_dir: folder of what can be computed again; None for the default.
        retries: how often a task that failed is tried again.
        until: the step at which trainings pause; None for their end.
        export: whether the best checkpoint of a task is exported.
        watch_with: names of the trackers that are told of the tasks.
        watch_dir: where trackers write files; None for <study>/watch.
        gradient_norms: whether trainings measure the norms of gradients.
        resources: what an engine of many machines is to ask for.
    """

    numbers: tuple[int, ...] | None = None
    jobs: int | None = None
    threads: int = 1
    dataset_root: str | None = None
    cache_dir: str | None = None
    retries: int = 1
    until: int | None = None
    export: bool = False
    watch_with: tuple[str, ...] = ()
    watch_dir: str | None = None
    gradient_norms: bool = False
    resources: Resources = Resources()


@dataclasses.dataclass(frozen=True)
class Failure:
    """A task that failed.

    Attributes:
        number: of the task.
        line: what went wrong, in one line.
        log: path of what it printed.
    """

    number: int
    line: str
    log: pathlib.Path


@dataclasses.dataclass(frozen=True)
class Summary:
    """What became of the tasks that were asked for.

    Attributes:
        done: numbers of those that are done, diverged ones among them.
        failed: those that failed.
        undone: numbers of all others.
        diverged: those among the done ones that diverged.
        submitted: what runs them from now on, a line for each; of engines that do not wait for their end.
    """

    done: tuple[int, ...] = ()
    failed: tuple[Failure, ...] = ()
    undone: tuple[int, ...] = ()
    diverged: tuple[int, ...] = ()
    submitted: tuple[str, ...] = ()


def names() -> tuple[str, ...]:
    """Names of all engines, sorted; nothing is imported."""
    return tuple(sorted(each.name for each in pkgutil.iter_modules(__path__) if not each.name.startswith("_")))


def load(name: str) -> ModuleType:
    """The module of an engine; UserError if there is none of that name."""
    if name not in names():
        raise UserError(components.unknown("engine", name, names()))
    return importlib.import_module(f"{__name__}.{name}")
