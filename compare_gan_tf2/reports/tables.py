"""The tidy tables of a report: a line for each task and the checkpoint taken of it, and one for each group.

    tasks     options that differ, state, step, all scores; for programs that compute further
    groups    options that differ, and what each score comes to over the seeds
    columns   what each score is: its name in scores.csv, its direction, its protocol
    published scores of papers beside the best setting of the same configuration, where the protocol is the same

CSV and Parquet hold numbers with every digit. Markdown and LaTeX are for people: fewer digits, the best of each score
in bold (several if they are equal), the protocol once below.
"""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from compare_gan_tf2.files import replace_file
from compare_gan_tf2.reports import _latex, _table_files, published
from compare_gan_tf2.reports.records import Answer, Column, Gathered, Group, Point, Task
from compare_gan_tf2.studies import settings

LAST, BEST = "last", "best"
# Format -> ending of its files.
FORMATS = {"csv": ".csv", "parquet": ".parquet", "markdown": ".md", "latex": ".tex"}
_FOR_PEOPLE: Mapping[str, Callable[..., str]] = {
    "markdown": _table_files.markdown,
    "latex": _latex.latex,
}


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows with named columns.

    Attributes:
        name: of the table, and of its files.
        head: names of the columns, each once.
        rows: values: texts, numbers, truth values, or None.
    """

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]

    def column(self, name: str) -> list[Any]:
        """The values of a column."""
        place = self.head.index(name)
        return [row[place] for row in self.rows]


def write(
    gathered: Gathered, answers: Sequence[Answer], folder: pathlib.Path, formats: Sequence[str]
) -> list[pathlib.Path]:
    """Writes all tables into a folder, each file whole or not at all; the same report gives the same bytes.

    Args:
        gathered: all tasks.
        answers: of the scores that groups are compared by, the one that was asked for first; if there are none, there
            is no table of groups.
        folder: of the files; made if need be.
        formats: of `FORMATS`.

    Returns:
        The files.

    Raises:
        UserError: if the place cannot be written, or Parquet is asked for without its package.
    """
    written = []
    for each in formats:
        for name, content in _contents(gathered, answers, each):
            path = folder / f"{name}{FORMATS[each]}"
            with replace_file(path, durable=False) as file:
                file.write(content)
            written.append(path)
    return written


def _contents(gathered: Gathered, answers: Sequence[Answer], kind: str) -> Iterator[tuple[str, bytes]]:
    """Names of tables, and the content of their files."""
    of_tasks = tasks(gathered, [answer.column for answer in answers], answers[0].at) if answers else tasks(gathered)
    if kind in _FOR_PEOPLE:
        shown = _FOR_PEOPLE[kind]
        if answers:
            yield "groups", shown(_table_files.of_groups(gathered, answers)).encode()
        yield "tasks", shown(_table_files.of_tasks(gathered, of_tasks.head, of_tasks.rows)).encode()
        return
    as_bytes = _table_files.csv_bytes if kind == "csv" else _table_files.parquet_bytes
    found = [of_tasks, columns(gathered)]
    if answers:
        found.insert(0, groups(gathered, answers))
        found += [table for table in [beside_published(gathered, answers[0])] if table.rows]
    for table in found:
        yield table.name, as_bytes(table.head, table.rows)


def tasks(gathered: Gathered, columns: Sequence[Column] = (), at: str = LAST) -> Table:
    """A line for each task, with all scores of the checkpoint that answers take; none of a task that has none there.

    Args:
        gathered: all tasks.
        columns: the scores by the first of which a checkpoint is chosen; all if there are none.
        at: "last", "best", or a step.
    """
    columns = columns or gathered.columns
    names = [name for name in gathered.varied if name != settings.SEED]
    head = [
        "workdir", "task", "setting", *names, settings.SEED, "state", "trained_steps", "step", "checkpoints",
        "images_seen", "seconds", *(each.key for each in gathered.columns), "collapse", "flags", "is_cut",
        "is_confirmation", "reason",
    ]  # fmt: skip
    rows = []
    for task in gathered.tasks:
        point, checkpoints = taken(task, columns, at)
        values = point.values if point else {}
        rows.append(
            [
                str(task.workdir),
                task.number,
                gathered.labels[task.group],
                *(task.options[name] for name in names),
                task.seed,
                task.state,
                task.step,
                point.step if point else None,
                checkpoints,
                point.images_seen if point else None,
                point.seconds if point else None,
                *(values.get(each.key) for each in gathered.columns),
                point.collapse if point else "",
                point.flags if point else "",
                task.is_cut,
                task.is_confirmation,
                task.reason,
            ]
        )
    return Table("tasks", head, rows)


def taken(task: Task, columns: Sequence[Column], at: str) -> tuple[Point | None, int]:
    """The checkpoint of a task that answers take, by the first of these scores that it has.

    Args:
        task: any; one that diverged or failed has none, and one that still runs has no last and no best one.
        columns: of the scores.
        at: "last", "best", or a step.

    Returns:
        The checkpoint, and of how many it is the best: 1 of the last or a step; (None, 0) without one.
    """
    for column in columns:
        value, checkpoints = _value_at(task, column, at)
        if value is not None:
            points = [point for point in task.points if point.values.get(column.key) == value]
            if at == BEST:
                return points[0], checkpoints
            return next(point for point in reversed(points) if at in (LAST, str(point.step))), checkpoints
    return None, 0


def _value_at(task: Task, column: Column, at: str) -> tuple[float | None, int]:
    from compare_gan_tf2.reports import answering

    return answering.values_at(task, column, at)


def groups(gathered: Gathered, answers: Sequence[Answer]) -> Table:
    """A line for each group, the best by the first score first; of each score count, mean and what is said of it.

    Args:
        gathered: all tasks.
        answers: of each score; without any there is no line.
    """
    if not answers:
        return Table("groups", ("setting", "tasks"), ())
    first = answers[0]
    names = list(dict.fromkeys(name for group in first.groups for name in group.options))
    head = ["setting", *names, "tasks", "diverged", "failed", "unfinished", "collapsed", "is_cut"]
    of_score = ("count", "mean", "median", "deviation", "low", "high", "rank", "checkpoints")
    head += [f"{answer.column.key}_{what}" for answer in answers for what in of_score]
    by_key = [{group.key: group for group in answer.groups} for answer in answers]
    rows = []
    for group in first.groups:
        row = [group.label, *(group.options.get(name) for name in names), len(group.numbers)]
        row += [group.diverged, group.failed, group.unfinished, group.collapsed, group.is_cut]
        for groups_of in by_key:
            row += _values(groups_of.get(group.key), len(of_score))
        rows.append(row)
    return Table("groups", head, rows)


def _values(group: Group | None, count: int) -> list[Any]:
    """What there is to say of a group by one score."""
    if group is None:
        return [None] * count
    low, high = (group.interval.low, group.interval.high) if group.interval else (None, None)
    said = [group.count, group.mean, group.median, group.deviation, low, high, group.rank, group.checkpoints]
    assert len(said) == count
    return said


def columns(gathered: Gathered) -> Table:
    """A line for each score."""
    head = ("key", "short", "name", "score", "ability", "lower_is_better", "protocol")
    return Table("columns", head, [[getattr(column, name) for name in head] for column in gathered.columns])


def beside_published(gathered: Gathered, answer: Answer) -> Table:
    """A line for each published score that may be compared with one of these; none of another protocol."""
    rows = published.beside(answer, gathered).rows
    head = tuple(rows[0]) if rows else ()
    return Table("published", [name.replace(" ", "_") for name in head], [list(row.values()) for row in rows])
