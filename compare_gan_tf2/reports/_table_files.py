"""Tables as files: CSV and Parquet for programs, Markdown for people; LaTeX is in `_latex`."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from compare_gan_tf2 import display
from compare_gan_tf2.reports import extra, verdicts
from compare_gan_tf2.reports.records import Answer, Column, Gathered, Group, Interval
from compare_gan_tf2.studies import settings
from compare_gan_tf2.studies.terminal import number

_COUNTS = ("diverged", "failed", "collapsed", "unfinished")
_SAY_NOTHING = (None, "", False)
_FEWEST_DIGITS, _MOST_DIGITS = 3, 17
# Rows of groups that one page has room for.
_MOST_ON_A_PAGE = 40


@dataclasses.dataclass(frozen=True)
class Cell:
    """A cell for people: its text, whether that is in bold, and numbers behind it, which are not."""

    text: str
    is_bold: bool = False
    behind: str = ""


@dataclasses.dataclass(frozen=True)
class Shown:
    """A table for people.

    Attributes:
        title: above it.
        head: of the columns.
        lower: of each column whether lower is better; None where neither is.
        rows: of cells.
        notes: below it, a line each.
        keys: how many of the first columns say which row it is.
        is_long: whether it may need several pages.
    """

    title: str
    head: Sequence[str]
    lower: Sequence[bool | None]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str]
    keys: int
    is_long: bool = False


def of_groups(gathered: Gathered, answers: Sequence[Answer]) -> Shown:
    """The groups with their scores, the best of each in bold."""
    groups, columns = answers[0].groups, [answer.column for answer in answers]
    names = list(dict.fromkeys(name for group in groups for name in group.options))
    options = [_distinct([group.options.get(name) for group in groups]) for name in names]
    counts = [name for name in _COUNTS if any(getattr(group, name) for group in groups)]
    cut = ["search"] if any(group.is_cut for group in groups) else []
    scores = _scores(answers)
    rows = []
    for place, group in enumerate(groups):
        texts = [*(column[place] for column in options), str(group.count)]
        behind = [*(str(getattr(group, name) or "") for name in counts), *("cut" * group.is_cut for _ in cut)]
        rows.append([*map(Cell, texts), *scores[place], *map(Cell, behind)])
    head = [*names, "n", *(column.short for column in columns), *counts, *cut]
    lower = [*(None for _ in [*names, "n"]), *(column.lower_is_better for column in columns)]
    lower += [None] * (len(counts) + len(cut))
    notes = [f"{of_means(answers)}; the best in bold", *_common_notes(gathered, columns)]
    is_long = len(rows) > _MOST_ON_A_PAGE
    return Shown(answers[0].title, head, lower, rows, notes, keys=len(names) + 1, is_long=is_long)


def _scores(answers: Sequence[Answer]) -> list[list[Cell]]:
    """Of each group of the first answer the cells of all scores."""
    best = [best_keys(answer) for answer in answers]
    by_key = [{group.key: group for group in answer.groups} for answer in answers]
    return [
        [
            _score(groups.get(group.key), group.count, group.key in keys)
            for groups, keys in zip(by_key, best, strict=True)
        ]
        for group in answers[0].groups
    ]


def best_keys(answer: Answer) -> set[str]:
    """Keys of the best groups: the first by rank, and those whose mean is the same as it is shown."""
    if answer.column.lower_is_better is None:
        return set()
    ranked = {
        group.key: group for group in answer.groups if group.rank is not None and not group.is_cut and _mean(group)
    }
    least = min((group.rank or math.inf for group in ranked.values()), default=math.inf)
    first = {key for key, group in ranked.items() if group.rank == least}
    shown = {(_mean(ranked[key]), ranked[key].checkpoints) for key in first}
    equal = {key for key, group in ranked.items() if (_mean(group), group.checkpoints) in shown}
    return first | {key for key in equal if not ranked[key].diverged + ranked[key].failed}


def _mean(group: Group) -> str:
    return number(repr(float(group.mean))) if group.mean is not None else ""


def _score(group: Group | None, count: int, is_best: bool) -> Cell:
    """Mean and interval of a group's score, with the count where that is another one than the first score's."""
    if group is None or group.mean is None:
        return Cell("")
    behind = [_interval(group.interval)] if group.interval else []
    if group.count != count:
        behind.append(f"(n={group.count})")
    if group.checkpoints > 1:
        behind.append(f"(best of {group.checkpoints})")
    return Cell(_mean(group), is_best, " ".join(behind))


def _interval(interval: Interval) -> str:
    return f"[{number(repr(float(interval.low)))}, {number(repr(float(interval.high)))}]"


def of_means(answers: Sequence[Answer]) -> str:
    """What the numbers of a table of groups are."""
    found = [group.interval for answer in answers for group in answer.groups if group.interval]
    methods = dict.fromkeys(
        f"{100 * each.confidence:.0f} % interval by {each.method}" for each in found if each.low < each.high
    )
    units = {verdicts.unit(group, answer.factors) for answer in answers for group in answer.groups}
    several = "scores" if "score" in units else "seeds"
    said = " or ".join(methods)
    if any(each.low == each.high for each in found):  # which no method gave
        said = f"{said}, or the mean itself where all n are equal" if said else "the mean itself, as all n are equal"
    return f"mean of n {several}{f' [{said}]' if said else ''}"


def of_tasks(gathered: Gathered, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Shown:
    """The tasks with all their scores, without columns that say nothing or what others say."""
    of_key = {column.key: column for column in gathered.columns}
    measured = {*of_key, "seconds"}
    is_one_study = len({task.workdir for task in gathered.tasks}) < 2
    told = {"setting", *(["workdir"] if is_one_study else [])}
    shown = [i for i, name in enumerate(head) if name not in told and any(row[i] not in _SAY_NOTHING for row in rows)]
    texts = [
        [_score_text(row[i]) for row in rows] if head[i] in measured else _distinct([row[i] for row in rows])
        for i in shown
    ]
    cells = [[Cell(column[place]) for column in texts] for place in range(len(rows))]
    names = [of_key[head[i]].short if head[i] in of_key else head[i] for i in shown]
    lower = [of_key[head[i]].lower_is_better if head[i] in of_key else None for i in shown]
    keys = sum(head[i] in ("workdir", "task") for i in shown)
    return Shown("Tasks", names, lower, cells, _common_notes(gathered, gathered.columns), keys=keys, is_long=True)


def _distinct(values: Sequence[Any]) -> list[str]:
    """Texts of a column's values: numbers of three digits, or more where different ones would be equal."""
    numbers = {value for value in values if isinstance(value, float)}
    digits = next(
        digits
        for digits in range(_FEWEST_DIGITS, _MOST_DIGITS + 1)
        if digits == _MOST_DIGITS or len({settings.shown(value, digits) for value in numbers}) == len(numbers)
    )
    return [
        "" if value is None else display.line(value) if isinstance(value, str) else settings.shown(value, digits)
        for value in values
    ]


def _score_text(value: float | None) -> str:
    return "" if value is None else number(repr(value))


def _common_notes(gathered: Gathered, columns: Sequence[Column]) -> list[str]:
    left_out = [f"left out: {each}" for each in gathered.left_out]
    return [gathered.progress, *protocols(columns), *gathered.notes, *left_out]


def protocols(columns: Sequence[Column]) -> list[str]:
    """Each protocol once, with the scores that it is of."""
    of_text: dict[str, list[str]] = {}
    for column in columns:
        of_text.setdefault(column.protocol, []).append(column.short)
    return [f"protocol of {', '.join(shorts)}: {text}" for text, shorts in of_text.items()]


def markdown(table: Shown) -> str:
    """As a table of GitHub's Markdown."""
    shown = display.markdown
    arrows = {True: " ↓", False: " ↑", None: ""}
    head = [shown(name) + arrows[lower] for name, lower in zip(table.head, table.lower, strict=True)]
    lines = [f"## {shown(table.title)}", "", _piped(head), _piped(["---"] * len(head))]
    for row in table.rows:
        texts = [shown(cell.text) for cell in row]
        texts = [f"**{text}**" if cell.is_bold else text for text, cell in zip(texts, row, strict=True)]
        lines.append(_piped([text + _behind(cell) for text, cell in zip(texts, row, strict=True)]))
    return "\n".join([*lines, "", *(f"* {shown(note)}" for note in table.notes)]) + "\n"


def _behind(cell: Cell) -> str:
    return f" {cell.behind}" if cell.behind else ""


def _piped(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def csv_bytes(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """Every digit of floats; an empty cell for None; no text is a formula of a spreadsheet."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(map(display.cell, head))
    writer.writerows([[_csv_cell(value) for value in row] for row in rows])
    return lines.getvalue().encode()


def _csv_cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value)
    return "" if value is None else str(value) if isinstance(value, int) else display.cell(value)


def typed(values: Sequence[Any]) -> tuple[str, list[Any]]:
    """The type of a column and its values of this type, None where there is none: text, bool, int or float.

    A column without values is of floats, as scores are that are not there yet.
    """
    types = {type(value) for value in values if value is not None}
    if types <= {int, float}:
        if types == {int}:
            return "int", list(values)
        return "float", [None if value is None else float(value) for value in values]
    if types == {bool}:
        return "bool", list(values)
    return "text", [None if value is None else display.visible(str(value)) for value in values]


def by_column(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Mapping[str, tuple[str, list[Any]]]:
    """Columns by name, each with its type."""
    return {name: typed([row[i] for row in rows]) for i, name in enumerate(head)}


def parquet_bytes(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """With a type for each column.

    Raises:
        UserError: without the package that writes it.
    """
    arrow, parquet = extra.load("pyarrow"), extra.load("pyarrow.parquet")
    types = {"int": arrow.int64(), "float": arrow.float64(), "bool": arrow.bool_(), "text": arrow.string()}
    arrays = {name: arrow.array(values, types[kind]) for name, (kind, values) in by_column(head, rows).items()}
    file = io.BytesIO()
    parquet.write_table(arrow.table(arrays), file)
    return file.getvalue()
