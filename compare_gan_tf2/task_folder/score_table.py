"""scores.csv: one row per evaluated checkpoint, with what was measured, how, and on what (no TensorFlow)."""

from __future__ import annotations

import csv
import io
import math
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file

SCORES_FILE = "scores.csv"
Row = TypeVar("Row", bound=Mapping[str, str])

# What a protocol's list of metrics begins with; it comes last, its entries parted by semicolons.
_METRICS = "; metrics="
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

    Floats keep every digit (`repr`); None and what is not finite become an empty cell. Rows stay ordered by step. Where
    a row of the same step and protocol is there, but for the metrics, the new scores are added to that one.
    """
    rows = read_rows(folder)
    texts = {name: text(value) for name, value in row.items()}
    same = [i for i, each in enumerate(rows) if each["step"] == texts["step"] and _agree(each, texts)]
    if same:
        rows[same[0]] = _joined(rows[same[0]], texts)
    else:
        rows = sorted([*rows, texts], key=lambda each: int(each["step"]))
    write_rows(folder / SCORES_FILE, rows)


def write_rows(path: pathlib.Path, rows: list[dict[str, str]]) -> None:
    """Writes rows as a file of its own, whole or not at all."""
    lines = io.StringIO()
    writer = csv.DictWriter(lines, _columns(rows), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    with replace_file(path) as file:
        file.write(lines.getvalue().encode())


def _agree(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether scores of one name in both rows may be compared: one protocol, and metrics in both described alike."""
    if comparable(one["protocol"]) != comparable(other["protocol"]):
        return False
    ours, theirs = _metrics_of(one["protocol"]), _metrics_of(other["protocol"])
    return all(ours[name] == theirs[name] for name in ours.keys() & theirs.keys())


def _joined(old: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    """One row with the scores of both; what both have is the newer's, and metrics are listed once."""
    scores = {name: old.get(name) or new.get(name, "") for name in score_columns([old, new])}
    scores |= {name: new[name] for name in score_columns([new]) if new[name]}
    joined = {**old, **new}
    leading = {name: joined[name] for name in joined if name in _LEADING}
    rest = {name: value for name, value in joined.items() if name not in leading and name not in scores}
    if "metrics" in old and "metrics" in new:
        rest["metrics"] = ",".join(sorted({*old["metrics"].split(","), *new["metrics"].split(",")}))
    described = {**_metrics_of(old["protocol"]), **_metrics_of(new["protocol"])}
    if described:
        listed = "; ".join(described[name] for name in sorted(described))
        rest["protocol"] = f"{comparable(new['protocol'])}{_METRICS}{listed}"
    return leading | scores | {"protocol": rest.pop("protocol")} | rest


def comparable(protocol: str) -> str:
    """A protocol without its list of metrics: what has to be equal for two scores of one name to be compared."""
    return protocol.partition(_METRICS)[0]


def weights_of(row: Mapping[str, str]) -> str:
    """Which weights of the generator a row is about, "average" or "latest"; empty if its protocol does not say."""
    facts = dict(fact.partition("=")[::2] for fact in comparable(row["protocol"]).split("; "))
    return facts.get("weights", "")


def _metrics_of(protocol: str) -> dict[str, str]:
    """Name of a metric -> what the protocol says of it."""
    listed = protocol.partition(_METRICS)[2]
    return {text.partition(" ")[0]: text for text in listed.split("; ") if text}


def by_protocol(rows: Iterable[Row]) -> list[list[Row]]:
    """Groups of rows whose scores may be compared, in the order of first appearance.

    A table or a figure must not put scores of different protocols into one column; it takes one of these groups.
    """
    groups: list[list[Row]] = []
    for row in rows:
        group = next((group for group in groups if all(_agree(row, each) for each in group)), None)
        if group is None:
            groups.append([row])
        else:
            group.append(row)
    return groups


def score_columns(rows: Iterable[Mapping[str, str]]) -> list[str]:
    """Names of the scores: what stands between status and protocol."""
    names: list[str] = []
    for row in rows:
        columns = list(row)
        between = columns[columns.index("status") + 1 : columns.index("protocol")]
        names += [name for name in between if name not in names]
    return names


def best_step(rows: Iterable[Mapping[str, str]]) -> int | None:
    """Step of the lowest FID among rows of one column and protocol: those that most rows have, or the newest such."""
    scored = _by_fid(list(rows))
    if not scored:
        return None
    column, most = max(reversed(scored), key=lambda each: len(each[1]))
    return int(min(most, key=lambda row: float(row[column]))["step"])


def best_steps(rows: Iterable[Mapping[str, str]]) -> set[int]:
    """Steps that have the lowest FID of some column and protocol."""
    return {int(min(group, key=lambda row: float(row[column]))["step"]) for column, group in _by_fid(list(rows))}


def _by_fid(rows: list[Mapping[str, str]]) -> list[tuple[str, list[Mapping[str, str]]]]:
    """Columns of FIDs with rows that have one, those together that may be compared."""
    columns = dict.fromkeys(name for row in rows for name in row if is_fid(name))
    return [(column, group) for column in columns for group in by_protocol(row for row in rows if row.get(column))]


def is_fid(column: str) -> bool:
    """Whether a column holds FIDs, whatever the extractor; not their deviations, nor FID-infinity."""
    return column.startswith("fid_") and not column.startswith(("fid_deviation_", "fid_infinity_"))


def tables(rows: list[dict[str, str]]) -> str:
    """Step, status and scores as aligned text: one table, and the protocol under it, for every protocol."""
    parts = []
    for group in by_protocol(rows):
        protocol = max((row["protocol"] for row in group), key=len)
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
    columns = ["step", "status", *filled]
    cells = [columns] + [[_short(row.get(name, "")) for name in columns] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)


def _columns(rows: list[dict[str, str]]) -> list[str]:
    scores = score_columns(rows)
    rest = [name for row in rows for name in row if name not in _LEADING and name not in scores]
    return list(dict.fromkeys([*_LEADING, *scores, *rest]))


def text(value: Any) -> str:
    """A value as a cell holds it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else ""
    return "" if value is None else str(value)


def _short(cell: str) -> str:
    try:
        return cell if cell.isdecimal() else f"{float(cell):.4g}"
    except ValueError:
        return cell
