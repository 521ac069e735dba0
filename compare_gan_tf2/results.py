"""scores.csv: one row per evaluated checkpoint, with what was measured, how, and on what (no TensorFlow)."""

from __future__ import annotations

import csv
import io
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file

SCORES_FILE = "scores.csv"
# Columns that come first; scores follow, then everything else.
_LEADING = ("step", "discriminator_steps", "images_seen", "status")


def read_rows(folder: pathlib.Path) -> list[dict[str, str]]:
    """All rows of a task's scores.csv, as text; none if there is no file.

    Raises:
        UserError: if the file is there and cannot be read.
    """
    path = folder / SCORES_FILE
    try:
        with open(path, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    except FileNotFoundError:
        return []
    except (OSError, ValueError, csv.Error) as error:
        raise UserError(f"cannot read {path}: {error}") from error


def add_row(folder: pathlib.Path, row: Mapping[str, Any]) -> None:
    """Adds a row; the file is replaced as a whole, so it is never half-written, and new columns are given to all rows.

    Floats keep every digit (`repr`); None becomes an empty cell. Rows stay ordered by step.
    """
    texts = {name: "" if value is None else _text(value) for name, value in row.items()}
    rows = sorted([*read_rows(folder), texts], key=lambda each: int(each["step"]))
    text = io.StringIO()
    writer = csv.DictWriter(text, _columns(rows), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    with replace_file(folder / SCORES_FILE) as file:
        file.write(text.getvalue().encode())


def score_columns(rows: Iterable[Mapping[str, str]]) -> list[str]:
    """Names of the scores: what stands between status and protocol."""
    names: list[str] = []
    for row in rows:
        columns = list(row)
        between = columns[columns.index("status") + 1 : columns.index("protocol")]
        names += [name for name in between if name not in names]
    return names


def best_step(rows: Iterable[Mapping[str, str]], metric: str = "fid") -> int | None:
    """Step of the row with the lowest score whose column is `metric`, or begins with it and an extractor's name."""
    found = [
        (float(row[name]), int(row["step"]))
        for row in rows
        for name in row
        if (name == metric or name.startswith(f"{metric}_")) and row[name]
    ]
    return min(found)[1] if found else None


def table(rows: list[dict[str, str]]) -> str:
    """Step, status and scores of all rows as aligned text."""
    columns = ["step", "status", *score_columns(rows)]
    cells = [columns] + [[_short(row.get(name, "")) for name in columns] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)


def _columns(rows: list[dict[str, str]]) -> list[str]:
    scores = score_columns(rows)
    rest = [name for row in rows for name in row if name not in _LEADING and name not in scores]
    return list(dict.fromkeys([*_LEADING, *scores, *rest]))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(float(value)) if isinstance(value, float) else str(value)


def _short(text: str) -> str:
    try:
        return text if text.isdecimal() else f"{float(text):.4g}"
    except ValueError:
        return text
