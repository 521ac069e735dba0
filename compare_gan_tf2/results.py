"""scores.csv: one row per evaluated checkpoint, with what was measured, how, and on what (no TensorFlow)."""

from __future__ import annotations

import csv
import io
import math
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
            rows = list(csv.DictReader(file))
        for row in rows:
            if None in row or None in row.values() or not {"step", "status", "protocol"} <= row.keys():
                raise ValueError("a row does not fit the header")
            int(row["step"])
        return rows
    except FileNotFoundError:
        return []
    except (OSError, ValueError, csv.Error) as error:
        raise UserError(f"{path} cannot be read: {error}; remove it to have all checkpoints scored again") from error


def add_row(folder: pathlib.Path, row: Mapping[str, Any]) -> None:
    """Adds a row; the file is replaced as a whole, so it is never half-written, and new columns are given to all rows.

    Floats keep every digit (`repr`); None and what is not finite become an empty cell. Rows stay ordered by step.

    Raises:
        ValueError: if the step has a row.
    """
    there = read_rows(folder)
    texts = {name: _text(value) for name, value in row.items()}
    if any(each["step"] == texts["step"] for each in there):
        raise ValueError(f"step {texts['step']} of {folder} has a row already")
    rows = sorted([*there, texts], key=lambda each: int(each["step"]))
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


def best_step(rows: Iterable[Mapping[str, str]]) -> int | None:
    """Step of the row with the lowest FID; only rows of the newest scored row's column and protocol are compared."""
    scored = [(row, name) for row in rows for name in row if name.startswith("fid_") and row[name]]
    if not scored:
        return None
    newest, column = scored[-1]
    comparable = [row for row, name in scored if name == column and row["protocol"] == newest["protocol"]]
    return int(min(comparable, key=lambda row: float(row[column]))["step"])


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
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else ""
    return "" if value is None else str(value)


def _short(text: str) -> str:
    try:
        return text if text.isdecimal() else f"{float(text):.4g}"
    except ValueError:
        return text
