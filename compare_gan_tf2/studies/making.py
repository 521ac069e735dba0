"""Makes a study, or adds to one: the study file first, then the tasks that are missing."""

from __future__ import annotations

import dataclasses
import logging
import os
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.studies import adding, combining, settings, study
from compare_gan_tf2.studies.adding import Added
from compare_gan_tf2.studies.combining import Combined
from compare_gan_tf2.studies.study import Request, Study
from compare_gan_tf2.task_folder import tasks

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Made:
    """What became of a request.

    Attributes:
        study: as its file has it now.
        combined: the tasks that were asked for.
        added: where they are.
    """

    study: Study
    combined: Combined
    added: Added


def make(workdir: pathlib.Path, request: Request) -> Made:
    """Makes a study, or adds what one that is there does not have.

    Raises:
        UserError: if nothing of it can be, it changes what is fixed, the folder holds tasks without a study file, or
            cannot be written.
    """
    before = study.read(workdir)
    asked, whole, combined = planned(workdir, request)
    with adding.alone(workdir):
        if study.read(workdir) != before:  # by another process that was here first
            asked, whole, combined = planned(workdir, request)
        if whole != before:
            study.write(workdir, whole)
        added = adding.add_alone(
            workdir,
            [options for options, _ in combined.tasks],
            experiment=whole.name,
            threads_each=whole.threads,
            notes=[notes for _, notes in combined.tasks],
        )
    if not asked.source:  # which says them itself
        _remark(options for options, _ in combined.tasks)
    return Made(whole, combined, added)


def planned(workdir: pathlib.Path, request: Request) -> tuple[Study, Study, Combined]:
    """What `make` would make, with nothing written.

    Returns:
        The study that is asked for, the whole one with what is there, and the tasks of the first.

    Raises:
        UserError: as `make`.
    """
    before = study.read(workdir)
    if before is None:
        _refuse_tasks(workdir)
        asked = _begun(request)
        combined = combining.combined(asked)
        threads = request.threads or default_threads(len(combined.tasks))
        asked = dataclasses.replace(asked, threads=threads)
        varied = {name: tuple(dict.fromkeys(values)) for name, values in asked.varied.items()}
        return asked, dataclasses.replace(asked, varied=varied), combined
    there = adding.there(workdir).values()
    asked, whole = study.extended(before, request, _values(there))
    return asked, whole, combining.combined(asked)


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_threads(count: int) -> int:
    """Threads for each of `count` tasks, of which as many run side by side as there are processors."""
    return max(1, cores() // max(1, min(count, cores())))


def _begun(request: Request) -> Study:
    source = request.source or ""
    if not source and "dataset" not in {*request.fixed, *request.varied}:
        raise UserError("a new study needs --dataset NAME, or --experiment NAME or FILE")
    name = pathlib.Path(source).stem if source else study.DEFAULT_NAME
    # An experiment gives its own seeds.
    seeds = request.seeds if request.seeds is not None else () if source else (0,)
    return Study(name=name, source=source, fixed=request.fixed, varied=request.varied, seeds=seeds)


def _refuse_tasks(workdir: pathlib.Path) -> None:
    if there := tasks.numbers(workdir):
        raise UserError(
            f"{workdir} holds {len(there)} task{'s' * (len(there) > 1)} and no {study.STUDY_FILE}, as "
            "compare_gan_generate_tasks makes it: these can be run and looked at, but nothing can be added; use "
            "another WORKDIR"
        )


def _values(there: Iterable[Options]) -> Mapping[str, dict[Any, None]]:
    """The values of every option in these tasks, in their order."""
    found: dict[str, dict[Any, None]] = {}
    for options in there:
        for name, value in options.to_dict().items():
            found.setdefault(name, {})[settings.rounded(value)] = None
    return found


def _remark(made: Iterable[Options]) -> None:
    """Says once what there is to be said of the tasks' data."""
    lines: dict[str, None] = {}
    for options in {each.dataset: each for each in made}.values():
        lines |= dict.fromkeys(catalog.of(options).remarks(options))
    for line in lines:
        _log.warning("%s", line)
