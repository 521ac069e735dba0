"""scores.csv: one row per evaluated checkpoint, with what was measured, how, and on what (no TensorFlow)."""

from __future__ import annotations

import csv
import functools
import io
import logging
import math
import pathlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import printable, replace_file
from compare_gan_tf2.options import Options, growing
from compare_gan_tf2.task_folder import column_names
from compare_gan_tf2.task_folder.column_names import (
    ABILITY,
    CHECKSUM,
    COLLAPSE,
    COUNT_TABLES,
    DAMAGED,
    FLAGS,
    LEADING,
    METRICS,
    PROTOCOL,
    SECONDS,
    STATUS,
    STEP,
)
from compare_gan_tf2.task_folder.protocol import Protocol
from compare_gan_tf2.task_folder.row_checksums import checksum, is_damaged, is_number

SCORES_FILE = "scores.csv"
Row = TypeVar("Row", bound=Mapping[str, str])
_STEP_NUMBER = re.compile("[0-9]+")
_DECIMAL_COMMA = re.compile("[+-]?[0-9]+,[0-9]+([eE][+-]?[0-9]+)?")

_log = logging.getLogger(__name__)


def read_rows(folder: pathlib.Path) -> list[dict[str, str]]:
    """All rows of a task's scores.csv, as text; none if there is no file.

    A file that a spreadsheet has saved is read too: with a byte order mark, semicolons or tabs between the cells, and
    decimal commas where commas do not separate cells. A row that is not what its checksum says has the status DAMAGED.

    Raises:
        UserError: if the file is there and cannot be read.
    """
    return _read(folder, whole_lines_only=False)[0]


def read_whole_lines(folder: pathlib.Path) -> tuple[list[dict[str, str]], int]:
    """The same where lines may be cut, as a broken copy leaves the last one: these are left out, and counted.

    Returns:
        The rows, and how many lines do not fit the header.

    Raises:
        UserError: as `read_rows` does for everything else.
    """
    return _read(folder, whole_lines_only=True)


def _read(folder: pathlib.Path, *, whole_lines_only: bool) -> tuple[list[dict[str, str]], int]:
    path = folder / SCORES_FILE
    try:
        rows, cut = _parsed(path.read_bytes().decode("utf-8-sig"))
        if cut and not whole_lines_only:
            raise ValueError("a row does not fit the header")
        for row in rows:
            if is_damaged(row):
                row[STATUS] = DAMAGED
        _check_numbers(rows)
    except FileNotFoundError:
        return [], 0
    except (OSError, ValueError, csv.Error) as error:
        raise UserError(f"{path} cannot be read: {error}; remove it to have all checkpoints scored again") from error
    made_anew = {(row[STEP], row[PROTOCOL]) for row in sound(rows)}
    if damaged := [row for row in rows if row[STATUS] == DAMAGED and (row[STEP], row[PROTOCOL]) not in made_anew]:
        _warn_of_damage(path, tuple(row[STEP] for row in damaged))
    return rows, cut


def _parsed(text: str) -> tuple[list[dict[str, str]], int]:
    """Rows of a file's text, and how many lines do not fit its header; ValueError if it is not one of ours.

    Spreadsheets write empty rows and columns.
    """
    separator = max(",;\t", key=text.partition("\n")[0].count)
    lines = [cells for cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if any(cells)]
    if not lines:
        return [], 0
    header = lines[0]
    while not header[-1]:
        header.pop()
    if len(set(header)) < len(header) or not {STEP, STATUS, PROTOCOL} <= set(header):
        raise ValueError("its first line is no header of scores")
    rows = []
    for cells in lines[1:]:
        if len(cells) >= len(header) and not any(cells[len(header) :]):
            rows.append({name: _cell(value, separator) for name, value in zip(header, cells, strict=False)})
    return rows, len(lines) - 1 - len(rows)


def _cell(value: str, separator: str) -> str:
    """A cell as this module writes it."""
    if separator != "," and _DECIMAL_COMMA.fullmatch(value):
        return value.replace(",", ".")
    return value.lower() if value in ("TRUE", "FALSE") else value


def _check_numbers(rows: list[dict[str, str]]) -> None:
    """ValueError if a step or a score is no number; scores of damaged rows are not looked at."""
    for row in rows:
        if not _STEP_NUMBER.fullmatch(row[STEP]):
            raise ValueError(f"a {STEP} is {row[STEP]!r}, which is no whole number")
    for name in score_columns(rows[:1]):
        for row in rows:
            if row[name] and row[STATUS] != DAMAGED and not is_number(row[name]):
                raise ValueError(f"{name} of step {row[STEP]} is {row[name]!r}, which is no number")


@functools.cache  # once: rows are read again at every checkpoint
def _warn_of_damage(path: pathlib.Path, steps: tuple[str, ...]) -> None:
    _log.warning(
        "%s: the row of step %s does not match its checksum; it is left out, and the next evaluation computes it again",
        path,
        ", ".join(steps),
    )


def sound(rows: Iterable[Row]) -> list[Row]:
    """The rows that are not damaged: those whose numbers count."""
    return [row for row in rows if row.get(STATUS) != DAMAGED]


def new_row(
    step: int,
    status: str,
    scores: Mapping[str, float],
    protocol: Protocol,
    options: Options,
    metrics: Iterable[str],
    made: Mapping[str, Any],
    ability: str = "",
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
        ability: that was scored; "" of generated images, whose rows do not have the column.
    """
    updates = step * options.disc_iters
    images = growing.images_seen(options, step)
    leading = dict(zip(LEADING, (step, updates, images, ability, status), strict=True))
    return {
        **{name: value for name, value in leading.items() if ability or name != ABILITY},
        **scores,
        PROTOCOL: protocol,
        **options.to_dict(),
        METRICS: ",".join(sorted(metrics)),
        **made,
    }


def add_row(folder: pathlib.Path, row: Mapping[str, Any]) -> None:
    """Adds a row; the file is replaced as a whole, so it is never half-written, and new columns are given to all rows.

    Floats keep every digit (`repr`); None and what is not finite become an empty cell. Rows stay ordered by step. Where
    a row of the same step and protocol is there, but for the metrics, the new scores are added to that one; not where
    it is damaged.
    """
    rows = read_rows(folder)
    texts = {name: text(value) for name, value in row.items()}
    protocol = Protocol.parse(texts[PROTOCOL])
    for i, each in enumerate(rows):
        is_same = each[STEP] == texts[STEP] and each[STATUS] != DAMAGED
        if is_same and Protocol.parse(each[PROTOCOL]).agrees_with(protocol):
            rows[i] = _sealed(_joined(each, texts))
            break
    else:
        rows = sorted([*rows, _sealed(texts)], key=lambda each: int(each[STEP]))
    write_rows(folder / SCORES_FILE, rows)


def _sealed(row: dict[str, str]) -> dict[str, str]:
    return row | {CHECKSUM: checksum(row)}


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
        rest[SECONDS] = text(math.fsum(map(float, parts))) if all(map(is_number, parts)) else ""
    if COLLAPSE in old or COLLAPSE in new:  # each part saw signs of its own
        rest[COLLAPSE] = new.get(COLLAPSE) or old.get(COLLAPSE, "")
    if FLAGS in old or FLAGS in new:
        flags = [each for part in (old, new) for each in part.get(FLAGS, "").split("; ") if each]
        rest[FLAGS] = "; ".join(dict.fromkeys(flags))
    rest |= {name: old[name] for name in COUNT_TABLES if old.get(name) and not new.get(name)}
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
    with those of the same protocol only: the one that most rows have, or the newest such; and rows about other
    abilities count only where none about generated images has the score, of several the one that the GAN type's file
    states first.

    Args:
        rows: of a task.
        score: a score's name, or its column. FIDs of several extractors count as several protocols.

    Raises:
        UserError: if nothing is best by such a score, or several extractors' columns have one of this name.
    """
    rows = sound(rows)
    columns = _columns_of(rows, score)
    if len(columns) > 1 and score != "fid":
        raise UserError(f"the score {score!r} is ambiguous here; choose one of: {', '.join(columns)}")
    scored = _of_one_ability(_scored(rows, columns))
    return _best(*max(reversed(scored), key=lambda each: len(each[1]))) if scored else None


def best_steps(rows: Iterable[Mapping[str, str]]) -> set[int]:
    """Steps that have the lowest FID of some column and protocol."""
    rows = sound(rows)
    return {_best(column, group) for column, group in _scored(rows, _columns_of(rows, "fid"))}


def best_steps_by_any(rows: Iterable[Mapping[str, str]]) -> set[int]:
    """Steps that are the best by some score that there is a best in, of some column, protocol and ability."""
    rows = sound(rows)
    scores = {name: column_names.score_of(name) for name in score_columns(rows)}
    columns = [name for name, score in scores.items() if score and column_names.directions()[score] is not None]
    return {_best(column, group) for column, group in _scored(rows, columns)}


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


def _of_one_ability(
    scored: list[tuple[str, list[Mapping[str, str]]]],
) -> list[tuple[str, list[Mapping[str, str]]]]:
    """Those of `_scored` that are about generated images, or else about the first of the abilities."""
    first = min((_ability_order(rows[0]) for _, rows in scored), default=())
    return [(column, rows) for column, rows in scored if _ability_order(rows[0]) == first]


def _ability_order(row: Mapping[str, str]) -> tuple[int, str]:
    """What rows are sorted by: nothing, or a place in the list of their GAN type's abilities and the name."""
    ability, gan = row.get(ABILITY, ""), row.get("gan", "")
    stated = list(components.facts("gans", gan)["ABILITIES"]) if gan in components.names("gans") else []
    place = stated.index(ability) if ability in stated else len(stated)
    return (place if ability else -1, ability)


def _best(column: str, rows: list[Mapping[str, str]]) -> int:
    sign = 1.0 if column_names.lower_is_better(column) else -1.0
    return min((sign * float(row[column]), int(row[STEP])) for row in rows)[1]


def _columns(rows: list[dict[str, str]]) -> list[str]:
    leading = [name for name in LEADING if name != ABILITY or any(ABILITY in row for row in rows)]
    rest = (name for row in rows for name in row if name != CHECKSUM)
    last = [CHECKSUM] if any(CHECKSUM in row for row in rows) else []
    return list(dict.fromkeys([*leading, *score_columns(rows), *rest, *last]))


def text(value: Any) -> str:
    """A value as a cell holds it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else ""
    return "" if value is None else printable(value)


def _is_finite(cell: str | None) -> bool:
    return math.isfinite(float(cell or "nan"))
