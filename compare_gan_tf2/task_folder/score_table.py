"""scores.csv: one row per evaluated checkpoint, with what was measured, how, and on what (no TensorFlow)."""

from __future__ import annotations

import csv
import io
import math
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import printable, replace_file
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import column_names
from compare_gan_tf2.task_folder.column_names import LEADING, METRICS, PROTOCOL, SECONDS, STATUS, STEP
from compare_gan_tf2.task_folder.protocol import Protocol

SCORES_FILE = "scores.csv"
Row = TypeVar("Row", bound=Mapping[str, str])


def read_rows(folder: pathlib.Path) -> list[dict[str, str]]:
    """All rows of a task's scores.csv, as text; none if there is no file.

    Raises:
        UserError: if the file is there and cannot be read.
    """
    path = folder / SCORES_FILE
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            if None in row or None in row.values() or not {STEP, STATUS, PROTOCOL} <= row.keys():
                raise ValueError("a row does not fit the header")
            int(row[STEP])
        for name in score_columns(rows[:1]):
            for row in rows:
                if not _is_number(row[name]):
                    raise ValueError(f"{name} of step {row[STEP]} is {row[name]!r}, which is no number")
        return rows
    except FileNotFoundError:
        return []
    except (OSError, ValueError, csv.Error) as error:
        raise UserError(f"{path} cannot be read: {error}; remove it to have all checkpoints scored again") from error


def new_row(
    step: int,
    status: str,
    scores: Mapping[str, float],
    protocol: Protocol,
    options: Options,
    metrics: Iterable[str],
    made: Mapping[str, Any],
) -> dict[str, Any]:
    """A row for `add_row`.

    Args:
        step: of the checkpoint.
        status: "ok" or "diverged".
        scores: by column.
        protocol: how they were measured.
        options: of the task, with those of the evaluation.
        metrics: names of what was computed, the standard panel spelled out.
        made: by what versions, where and when: columns VERSIONS and PROVENANCE.
    """
    updates = step * options.disc_iters
    return {
        **dict(zip(LEADING, (step, updates, updates * options.batch_size, status), strict=True)),
        **scores,
        PROTOCOL: protocol,
        **options.to_dict(),
        METRICS: ",".join(sorted(metrics)),
        **made,
    }


def add_row(folder: pathlib.Path, row: Mapping[str, Any]) -> None:
    """Adds a row; the file is replaced as a whole, so it is never half-written, and new columns are given to all rows.

    Floats keep every digit (`repr`); None and what is not finite become an empty cell. Rows stay ordered by step. Where
    a row of the same step and protocol is there, but for the metrics, the new scores are added to that one.
    """
    rows = read_rows(folder)
    texts = {name: text(value) for name, value in row.items()}
    protocol = Protocol.parse(texts[PROTOCOL])
    for i, each in enumerate(rows):
        if each[STEP] == texts[STEP] and Protocol.parse(each[PROTOCOL]).agrees_with(protocol):
            rows[i] = _joined(each, texts)
            break
    else:
        rows = sorted([*rows, texts], key=lambda each: int(each[STEP]))
    write_rows(folder / SCORES_FILE, rows)


def write_rows(path: pathlib.Path, rows: list[dict[str, str]]) -> None:
    """Writes rows as a file of its own, whole or not at all."""
    lines = io.StringIO()
    writer = csv.DictWriter(lines, _columns(rows), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    with replace_file(path) as file:
        file.write(lines.getvalue().encode())


def _joined(old: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    """One row with the scores of both; what both have is the newer's, metrics are listed once, and seconds add up."""
    scores = {name: old.get(name) or new.get(name, "") for name in score_columns([old, new])}
    scores |= {name: new[name] for name in score_columns([new]) if new[name]}
    joined = {**old, **new}
    leading = {name: joined[name] for name in joined if name in LEADING}
    rest = {name: value for name, value in joined.items() if name not in leading and name not in scores}
    if METRICS in old and METRICS in new:
        rest[METRICS] = ",".join(sorted({*old[METRICS].split(","), *new[METRICS].split(",")}))
    if SECONDS in new:  # which are not known of a part that an older version scored
        parts = old.get(SECONDS, ""), new[SECONDS]
        rest[SECONDS] = text(math.fsum(map(float, parts))) if all(parts) else ""
    del rest[PROTOCOL]
    protocol = Protocol.parse(old[PROTOCOL]).joined(Protocol.parse(new[PROTOCOL]))
    return leading | scores | {PROTOCOL: str(protocol)} | rest


def by_protocol(rows: Iterable[Row]) -> list[list[Row]]:
    """Groups of rows whose scores may be compared, in the order of first appearance.

    A table or a figure must not put scores of different protocols into one column; it takes one of these groups. Rows
    of one protocol cost one comparison together.
    """
    groups: list[list[Row]] = []
    of_text: dict[str, list[Row]] = {}
    # Of each group the protocol with all its metrics: what agrees with that agrees with every row.
    of_facts: dict[Protocol, list[tuple[Protocol, list[Row]]]] = {}
    for row in rows:
        said = row[PROTOCOL]
        if said not in of_text:
            protocol = Protocol.parse(said)
            alike = of_facts.setdefault(protocol.without_metrics(), [])
            place = next((i for i, (whole, _) in enumerate(alike) if protocol.agrees_with(whole)), None)
            if place is None:
                groups.append([])
                alike.append((protocol, groups[-1]))
                place = len(alike) - 1
            whole, group = alike[place]
            alike[place] = whole.joined(protocol), group
            of_text[said] = group
        of_text[said].append(row)
    return groups


def score_columns(rows: Iterable[Mapping[str, str]]) -> list[str]:
    """Names of the scores: what stands between status and protocol."""
    names: dict[str, None] = {}
    for row in rows:
        columns = list(row)
        names |= dict.fromkeys(columns[columns.index(STATUS) + 1 : columns.index(PROTOCOL)])
    return list(names)


def best_step(rows: Iterable[Mapping[str, str]], score: str = "fid") -> int | None:
    """Step of the best checkpoint by a score; None if no row has a finite number of it.

    Best is the lowest or the highest, as the metric says of the score; of equal ones the earliest. Rows are compared
    with those of the same protocol only: the one that most rows have, or the newest such.

    Args:
        rows: of a task.
        score: a score's name, or its column. FIDs of several extractors count as several protocols.

    Raises:
        UserError: if nothing is best by such a score, or several extractors' columns have one of this name.
    """
    rows = list(rows)
    columns = _columns_of(rows, score)
    if len(columns) > 1 and score != "fid":
        raise UserError(f"the score {score!r} is ambiguous here; choose one of: {', '.join(columns)}")
    scored = _scored(rows, columns)
    return _best(*max(reversed(scored), key=lambda each: len(each[1]))) if scored else None


def best_steps(rows: Iterable[Mapping[str, str]]) -> set[int]:
    """Steps that have the lowest FID of some column and protocol."""
    rows = list(rows)
    return {_best(column, group) for column, group in _scored(rows, _columns_of(rows, "fid"))}


def _columns_of(rows: list[Mapping[str, str]], score: str) -> list[str]:
    """Columns in which rows have a number of a score, given by its name or by one column's."""
    column_names.lower_is_better(score)
    names = [name for name in score_columns(rows) if any(_is_finite(row.get(name)) for row in rows)]
    return [score] if score in names else [name for name in names if column_names.score_of(name) == score]


def _scored(rows: list[Mapping[str, str]], columns: list[str]) -> list[tuple[str, list[Mapping[str, str]]]]:
    """Columns with the rows that have a number there, those together that may be compared."""
    return [
        (column, group)
        for column in columns
        for group in by_protocol(row for row in rows if _is_finite(row.get(column)))
    ]


def _best(column: str, rows: list[Mapping[str, str]]) -> int:
    sign = 1.0 if column_names.lower_is_better(column) else -1.0
    return min((sign * float(row[column]), int(row[STEP])) for row in rows)[1]


def tables(rows: list[dict[str, str]]) -> str:
    """Step, status and scores as aligned text: one table, and the protocol under it, for every protocol."""
    parts = []
    for group in by_protocol(rows):
        protocol = max((row[PROTOCOL] for row in group), key=len)
        parts.append(f"{table(group)}\nprotocol: {protocol}")
    return "\n\n".join(parts)


def table(rows: list[dict[str, str]]) -> str:
    """Step, status and scores of rows of one protocol as aligned text; columns that are empty are left out.

    Raises:
        ValueError: for rows of several protocols.
    """
    if len(by_protocol(rows)) > 1:
        raise ValueError("rows of different protocols do not belong into one table")
    filled = [name for name in score_columns(rows) if any(row.get(name) for row in rows)]
    columns = [STEP, STATUS, *filled]
    cells = [columns] + [[_short(row.get(name, "")) for name in columns] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)


def _columns(rows: list[dict[str, str]]) -> list[str]:
    rest = (name for row in rows for name in row)
    return list(dict.fromkeys([*LEADING, *score_columns(rows), *rest]))


def text(value: Any) -> str:
    """A value as a cell holds it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else ""
    return "" if value is None else printable(value)


def _is_number(cell: str) -> bool:
    """Whether a cell may stand in a score's column: a number, or nothing."""
    try:
        float(cell or 0)
        return True
    except ValueError:
        return False


def _is_finite(cell: str | None) -> bool:
    return math.isfinite(float(cell or "nan"))


def _short(cell: str) -> str:
    try:
        return cell if cell.isdecimal() else f"{float(cell):.4g}"
    except ValueError:
        return cell
