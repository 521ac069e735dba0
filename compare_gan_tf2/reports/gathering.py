"""Everything that work directories say of their tasks, at any time, also while these run.

What cannot be used is left out and counted; nothing that ran is missing without a line.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import os
import pathlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from compare_gan_tf2 import components, display
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.reports import _columns
from compare_gan_tf2.reports._left_out import LeftOut
from compare_gan_tf2.reports._rows import Reader, Scored
from compare_gan_tf2.reports._settings import Settings
from compare_gan_tf2.reports.records import Gathered, Point, Task
from compare_gan_tf2.studies import best, rounds, settings, state, status_text, study
from compare_gan_tf2.studies.state import TaskState
from compare_gan_tf2.task_folder import tasks, training_time

ALL_TASKS = "all tasks"
# What studies, their engines, people's reports, and the data beside them leave in a work directory.
_OF_STUDY = re.compile(
    rf"{re.escape(study.STUDY_FILE)}|{rounds.FOLDER}|report.*|slurm|kubernetes.*|watch|\..*|.*\.claim|\d+"
)
_MOST_VALUES = 4


@dataclasses.dataclass(frozen=True)
class _Read:
    """A task before it is known which scores may be compared."""

    workdir: pathlib.Path
    state: TaskState
    options: Mapping[str, Any]
    scored: Sequence[Scored]
    is_cut: bool
    is_confirmation: bool

    @property
    def folder(self) -> pathlib.Path:
        """Of the task."""
        return self.workdir / str(self.state.number)

    @property
    def advance(self) -> tuple[bool, int, int]:
        """Greater for a task that got further."""
        return self.state.is_over, len(self.scored), self.state.step


@dataclasses.dataclass(frozen=True)
class _Marks:
    """Keys of settings that a search cut, and pairs of a setting's key and a seed that confirm a winner."""

    cut: Collection[str]
    confirming: Collection[tuple[str, int]]


def gather(workdirs: Sequence[pathlib.Path], *, group_by: Sequence[str] = ()) -> Gathered:
    """The tasks of one study or of several that are joined.

    A task that is there twice by content, such as in two of the studies, is counted once: the one that got further.

    Args:
        workdirs: of the studies, one or more.
        group_by: options whose values make a group; all but the seed if there are none.

    Raises:
        UserError: if a folder is no study or cannot be read, or there is no such option.
    """
    known = [field.name for field in dataclasses.fields(Options)]
    for name in group_by:
        if name not in known:
            raise UserError(components.unknown("option", name, known))
    left_out = LeftOut()
    gatherer = _Gatherer(left_out, tuple(group_by))
    for workdir in _each_once(workdirs, left_out):
        gatherer.add(workdir)
    return gatherer.gathered()


def _each_once(workdirs: Sequence[pathlib.Path], left_out: LeftOut) -> Iterator[pathlib.Path]:
    seen = set()
    for workdir in workdirs:
        if (place := workdir.resolve()) in seen:
            left_out.add("work directories that are given twice, counted once", workdir)
            continue
        seen.add(place)
        yield workdir


class _Gatherer:
    """Reads study after study, one task at a time."""

    def __init__(self, left_out: LeftOut, group_by: tuple[str, ...]):
        self._left_out = left_out
        self._group_by = group_by
        self._reader = Reader(left_out)
        self._read: dict[str, _Read] = {}
        # Of tasks whose options cannot be understood.
        self._unread: list[TaskState] = []
        # Options by the key of their setting, those of each study.
        self._settings: dict[pathlib.Path, dict[str, Mapping[str, Any]]] = {}
        self._options = Settings()

    def add(self, workdir: pathlib.Path) -> None:
        """One more study."""
        numbers = tasks.numbers(workdir)
        if not _is_study(workdir, self._left_out) and not numbers:
            raise UserError(f"no study in {workdir}; make one: compare_gan_study new {workdir} --dataset triangles")
        _look_around(workdir, numbers, self._left_out)
        marks = _marks(workdir, self._left_out)
        self._settings[workdir] = {}
        for number in numbers:
            self._add_task(workdir, number, marks)

    def _add_task(self, workdir: pathlib.Path, number: int, marks: _Marks) -> None:
        folder = workdir / str(number)
        rows = self._reader.read(folder)
        try:
            task_state = state.of_task(folder, rows=rows)
        except UserError:  # removed a moment ago
            return
        try:
            setting, seed = self._options.read(workdir, number)
        except UserError as error:
            self._left_out.add("tasks whose files cannot be understood", folder, str(error))
            self._unread.append(task_state)
            return
        self._settings[workdir][setting.key] = setting.canonical
        scored = self._reader.scored(folder, rows or (), setting, seed)
        options = {**setting.canonical, settings.SEED: seed}
        is_cut, is_confirming = setting.key in marks.cut, (setting.key, seed) in marks.confirming
        self._keep(f"{setting.key} {seed}", _Read(workdir, task_state, options, scored, is_cut, is_confirming))

    def _keep(self, key: str, read: _Read) -> None:
        """Keeps a task, or of two with the same options and seed the one that got further."""
        there = self._read.get(key)
        if there is not None:
            read, gone = (read, there) if read.advance > there.advance else (there, read)
            what = "tasks that are there twice, with equal options and seed, counted once"
            self._left_out.add(what, f"{gone.folder} is {read.folder}")
        self._read[key] = read

    def gathered(self) -> Gathered:
        """All of it."""
        order = {workdir: place for place, workdir in enumerate(self._settings)}
        by_key = sorted(self._read.items(), key=lambda each: (order[each[1].workdir], each[1].state.number))
        read = [each for _, each in by_key]
        varied = settings.differing(each.options for each in read)
        groups = [self._group(key, each.options) for key, each in by_key]
        columns, keys = _columns.columns(list(self._reader.sources), self._tasks_of_sources())
        found = [_task(each, group, keys, self._left_out) for each, group in zip(read, groups, strict=True)]
        names = self._group_by or tuple(name for name in varied if name != settings.SEED)
        return Gathered(
            tasks=tuple(found),
            columns=tuple(columns),
            varied=varied,
            labels=_labels(found, names),
            progress=status_text.counts([*(each.state for each in read), *self._unread]),
            left_out=(*self._left_out.lines(), *_without_scores(found)),
            notes=(*_option_sets(self._settings, varied), *_columns.differences(columns), *flagged(found)),
            group_by=self._group_by,
        )

    def _group(self, key: str, options: Mapping[str, Any]) -> str:
        if self._group_by:
            return json.dumps({name: options[name] for name in self._group_by})
        return key.partition(" ")[0]

    def _tasks_of_sources(self) -> list[int]:
        """How many tasks have each of the reader's sources."""
        counts = [0] * len(self._reader.sources)
        for each in self._read.values():
            for source in {source for scored in each.scored for source in scored.values}:
                counts[source] += 1
        return counts


def flagged(found: Sequence[Task]) -> Iterator[str]:
    """How many tasks have which flag at their last checkpoint."""
    kinds: dict[str, int] = {}
    for task in found:
        flags = task.points[-1].flags.split("; ") if task.points and task.points[-1].flags else []
        for kind in {each.partition(":")[0] for each in flags}:
            kinds[kind] = kinds.get(kind, 0) + 1
    for kind, count in sorted(kinds.items()):
        yield f"{count:,} of {len(found):,} trainings have a flag at their last checkpoint (their scores count): {kind}"


def _is_study(workdir: pathlib.Path, left_out: LeftOut) -> bool:
    """Whether there is a study file; tasks of older versions have none."""
    try:
        return study.read(workdir) is not None
    except UserError as error:
        left_out.add("study files that cannot be understood; their tasks are read all the same", workdir, str(error))
        return False


def _look_around(workdir: pathlib.Path, tasks_there: Sequence[int], left_out: LeftOut) -> None:
    """Counts what is in a work directory and is no part of a study, and the tasks that were there once."""
    numbers = set(map(str, tasks_there))
    names = sorted(entry.name for entry in os.scandir(workdir))
    for name in names:
        if name.isdecimal() and name not in numbers:
            left_out.add("folders with a number and no task", workdir / name)
        elif not _OF_STUDY.fullmatch(name):
            left_out.add("files and folders that are not of a study", workdir / name)
    for gone in sorted(set(map(str, range(max(tasks_there, default=0)))) - numbers - set(names), key=int):
        left_out.add("tasks whose folders were removed", workdir / gone)


def _marks(workdir: pathlib.Path, left_out: LeftOut) -> _Marks:
    """What a search and a confirmation say of settings; none where their files cannot be understood."""
    cut: Collection[str] = ()
    confirming: set[tuple[str, int]] = set()
    try:
        cut = rounds.cut(workdir)
    except UserError as error:
        left_out.add("rounds of a search that cannot be read, so that what it cut is not marked", workdir, str(error))
    try:
        found = best.read_confirmation(workdir)
        confirming = {(key, seed) for key in found.keys for seed in found.seeds} if found else set()
    except UserError as error:
        left_out.add("confirmations that cannot be read, so that their seeds are not marked", workdir, str(error))
    return _Marks(cut, confirming)


def _task(read: _Read, group: str, keys: Sequence[str], left_out: LeftOut) -> Task:
    """A task with its points.

    Args:
        read: of it.
        group: that it belongs to.
        keys: of the columns, by the numbers of the reader's sources.
        left_out: is told of rows that repeat another.
    """
    points: dict[int, Point] = {}
    seconds = training_time.by_step(read.folder) if read.scored else {}
    repeating = 0
    for scored in read.scored:
        values = {keys[source]: value for source, value in scored.values.items()}
        if not values:  # of a divergence
            continue
        images, collapse, flags, tables = scored.images_seen, scored.collapse, scored.flags, scored.tables
        if (there := points.get(scored.step)) is not None:
            repeating += bool(there.values.keys() & values.keys())
            values = {**there.values, **values}
            images = there.images_seen if images is None else images
            collapse, flags, tables = collapse or there.collapse, flags or there.flags, {**there.tables, **tables}
        points[scored.step] = Point(scored.step, images, seconds.get(scored.step), values, collapse, flags, tables)
    left_out.add("rows that repeat a step and a protocol, of which the last counts", read.folder, count=repeating)
    return Task(
        workdir=read.workdir,
        number=read.state.number,
        options=read.options,
        seed=read.options[settings.SEED],
        group=group,
        state=read.state.state,
        step=read.state.step,
        reason=read.state.reason,
        points=tuple(points[step] for step in sorted(points)),
        is_cut=read.is_cut,
        is_confirmation=read.is_confirmation,
    )


def _labels(found: Sequence[Task], names: Sequence[str]) -> dict[str, str]:
    """What groups differ in, by their keys."""
    first = {task.group: task.options for task in reversed(found)}
    groups = list(dict.fromkeys(task.group for task in found))
    texts = settings.labels({number: first[group] for number, group in enumerate(groups)}, names)
    return {group: texts[number] or ALL_TASKS for number, group in enumerate(groups)}


def _without_scores(found: Sequence[Task]) -> Iterator[str]:
    """A line that counts the tasks that have no scores yet, by their states."""
    states = collections.Counter(task.state for task in found if not task.points)
    if states:
        said = ", ".join(f"{states[each]} {each}" for each in state.STATES if states[each])
        yield f"tasks without scores: {states.total()} ({said})"


def _option_sets(
    studies: Mapping[pathlib.Path, Mapping[str, Mapping[str, Any]]], varied: Sequence[str]
) -> Iterator[str]:
    """A line for each option of which joined studies have other values."""
    if len(studies) < 2:
        return
    for name in varied:
        if name == settings.SEED:
            continue
        values = {workdir: {each[name]: None for each in found.values()} for workdir, found in studies.items()}
        if len({frozenset(each) for each in values.values()}) > 1:
            said = "; ".join(f"{workdir} {_values(list(each))}" for workdir, each in values.items())
            yield display.line(f"the studies differ in {name}: {said}")


def _values(values: Sequence[Any]) -> str:
    shown = ", ".join(map(settings.shown, values[:_MOST_VALUES]))
    return f"{shown} and {len(values) - _MOST_VALUES} more" if len(values) > _MOST_VALUES else shown
