"""How trackers of experiments show the tasks of a study: names that say what differs, and the options that matter."""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from compare_gan_tf2.options import Options
from compare_gan_tf2.studies import settings, study
from compare_gan_tf2.task_folder import tasks, watching
from compare_gan_tf2.task_folder.writers import Run

# Of a study's folder: what trackers write that keep files.
FOLDER = "watch"


def run_of(folder: pathlib.Path, output: pathlib.Path | None = None) -> Run:
    """A task as trackers show it.

    Args:
        folder: of the task.
        output: where trackers write files; <study>/watch if None.

    Raises:
        UserError: if there is no task, or a file of the study cannot be understood.
    """
    workdir = folder.absolute().parent
    options = settings.canonical(tasks.read(workdir, int(folder.name)).options)
    names = _names(workdir, options)
    return Run(
        study=workdir.name or "study",
        number=int(folder.name),
        label=settings.label(options, names),
        options={name: options[name] for name in names},
        folder=output or workdir / FOLDER,
    )


def _names(workdir: pathlib.Path, options: Mapping[str, Any]) -> Sequence[str]:
    """The options that matter: those in which the study's tasks differ, or else the task from the defaults."""
    found = study.read(workdir)
    if found and not found.search and (found.varied or len(found.seeds) > 1):
        wanted = {*found.varied, settings.SEED}
    else:
        wanted = {name for name, value in options.items() if value != getattr(Options, name)} | {settings.SEED}
    return sorted(wanted & options.keys(), key=lambda name: (name == settings.SEED, list(options).index(name)))


def watched(folder: pathlib.Path, names: Sequence[str], output: pathlib.Path | None = None) -> Any:
    """While a block runs, trackers are told of a task; see `watching.watched`."""
    return watching.watched(folder, names, functools.partial(run_of, folder, output))


def tell(
    workdir: pathlib.Path, names: Sequence[str], output: pathlib.Path | None, failed: Callable[[str], None]
) -> int:
    """Tells trackers what is new of all tasks; gives how many tasks that was.

    Args:
        workdir: of the study.
        names: of the trackers.
        output: where trackers write files; <study>/watch if None.
        failed: called with a line for each task that a tracker was not told of.
    """
    numbers = tasks.numbers(workdir)
    for number in numbers:
        folder = workdir / str(number)
        for name in names:
            try:
                watcher = watching.Watcher(folder, name, run_of(folder, output))
                watcher.look()
                watcher.close()
            except (Exception, SystemExit) as error:  # a tracker may raise anything
                failed(f"{number}: {name}: {watching.in_words(error)}")
    return len(numbers)
