"""Tables that fit a terminal: of any columns, and of scores with FID first and the best marked (no TensorFlow)."""

from __future__ import annotations

import dataclasses
import math
import shutil
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from compare_gan_tf2.task_folder import collapse, column_names, flags, score_table
from compare_gan_tf2.task_folder.column_names import ABILITY, COLLAPSE, DAMAGED, FLAGS, PROTOCOL, STATUS, STEP

_LEAST_WIDTH = 6
_GAP = "  "
# Below this a text is not put beside other columns.
_LEAST_TEXT = 24
_WHOLE_WORDS: Mapping[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
_BEST = "*"
_DEVIATION = "deviation"
# What stands behind the score that it is the uncertainty of.
_UNCERTAINTIES = ("standard_error", "standard_deviation")
_SHORT = {
    "fid": "FID",
    "fid_infinity": "FID-inf",
    "intra_fid": "intra-FID",
    "intra_fid_worst": "worst",
    "kid": "KID",
    "kid_subsets": "KID-sub",
    "inception_score": "IS",
    "inception_score_10_splits": "IS-10",
    "ms_ssim": "MS-SSIM",
    "fractal_dimension": "fractal",
    "nn_accuracy": "1-NN",
    "nn_accuracy_real": "1-NN-real",
    "nn_accuracy_generated": "1-NN-gen",
    "prd_f8": "PRD-F8",
    "prd_f1_8": "PRD-F1/8",
    "sliced_wasserstein": "SWD",
    "vendi_score": "Vendi",
    "vendi_score_real": "Vendi-real",
    "cas": "CAS",
    "cas_real": "CAS-real",
    "log_condition_number_mean": "cond-mean",
    "log_condition_number_std": "cond-std",
    "log_condition_number_count": "cond-count",
    "log_condition_number_singular": "cond-sing",
    "gilbo": "GILBO",
    "lpips_alex": "LPIPS-alex",
    "lpips_vgg": "LPIPS-vgg",
}
_FIRST = ("fid", "kid", "inception_score")


def width(without: int = 80) -> int:
    """Of the terminal, in characters; $COLUMNS if that is set, and another one where there is no terminal."""
    return shutil.get_terminal_size((without, 24)).columns


def table(head: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    """Aligned columns that fit a width: long cells are cut, then the last columns left out, which is said."""
    widths = [max(len(line[i]) for line in [head, *rows]) for i in range(len(head))]
    while sum(widths) + len(_GAP) * (len(widths) - 1) > width and max(widths) > _LEAST_WIDTH:
        widths[widths.index(max(widths))] -= 1
    shown = len(widths)
    while shown > 1 and sum(widths[:shown]) + len(_GAP) * (shown - 1) > width:
        shown -= 1
    lines = [
        _GAP.join(_cut(cell, size).ljust(size) for cell, size in zip(line[:shown], widths, strict=False)).rstrip()
        for line in [head, *rows]
    ]
    if shown < len(head):
        lines += wrapped(f"not shown: {', '.join(head[shown:])}", width).splitlines()
    return "\n".join(lines)


def described(rows: Sequence[Sequence[str]], width: int, margin: str = "") -> str:
    """Aligned columns, of which the last one, a text, goes on in lines below where it does not fit.

    Where there is too little room for that, the columns behind the first are one text.

    Args:
        rows: of cells, at least two each.
        width: in characters.
        margin: what each line begins with.
    """
    sizes = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    indent = len(margin) + sum(sizes) + len(_GAP) * len(sizes)
    if width - indent < _LEAST_TEXT and len(rows[0]) > 2:
        return described([(row[0], ", ".join(row[1:])) for row in rows], width, margin)
    longest = max((len(word) for row in rows for word in row[-1].split()), default=0)
    lines = []
    for row in rows:
        begin = margin + _GAP.join(cell.ljust(size) for cell, size in zip(row, sizes, strict=False))
        if width - indent >= max(_LEAST_TEXT, longest):
            texts = textwrap.wrap(row[-1], width - indent, **_WHOLE_WORDS) or [""]
            lines.append(f"{begin}{_GAP}{texts[0]}".rstrip())
            lines += [" " * indent + text for text in texts[1:]]
        else:
            lines.append(begin.rstrip())
            below = f"{margin}    "
            lines += [below + text for text in textwrap.wrap(row[-1], width - len(below), **_WHOLE_WORDS)]
    return "\n".join(lines)


def wrapped(text: str, width: int) -> str:
    """One line as several, cut between words; a word that is longer than the width, such as a path, stays whole."""
    lines = textwrap.wrap(text, width, subsequent_indent="  ", **_WHOLE_WORDS)
    return "\n".join(lines)


def _cut(cell: str, size: int) -> str:
    return cell if len(cell) <= size else f"{cell[: size - 1]}…"


@dataclasses.dataclass(frozen=True)
class _Score:
    """A column of scores.csv as it is shown.

    Attributes:
        column: its name there.
        short: its name here.
        lower: whether less of it is better; None if neither is.
        uncertainty: the column of its standard error or deviation; "" if there is none.
        kind: what the uncertainty is.
    """

    column: str
    short: str
    lower: bool | None
    uncertainty: str = ""
    kind: str = ""


def scores(rows: Sequence[Mapping[str, str]], width: int) -> str:
    """A table for every protocol, the protocol once below it; the best of a column is marked.

    Columns that do not fit beside the others follow in further blocks. The status is shown where it is not "ok".

    Args:
        rows: of a task, as `score_table.read_rows` gives them.
        width: in characters; only a value that is wider, as a path, is wider than that.
    """
    return "\n\n".join(_of_protocol(group, width) for group in score_table.by_protocol(rows))


def _of_protocol(rows: Sequence[Mapping[str, str]], width: int) -> str:
    shown = _scores(rows)
    best = {each.column: _best(each, rows) for each in shown} if len(rows) > 1 else {}
    leading = [STEP]
    if any(row.get(ABILITY) for row in rows):
        leading.append(ABILITY)
    if any(row[STATUS] != "ok" for row in rows):
        leading.append(STATUS)
    columns = [[name, *(row.get(name, "") for row in rows)] for name in leading]
    is_marked = any(best.values())
    further = []
    for each in shown:
        marks = [_BEST if id(row) in best.get(each.column, ()) else " " * is_marked for row in rows]
        cells = [_cell(each, row) + mark for row, mark in zip(rows, marks, strict=True)]
        further.append([each.short + " " * is_marked, *cells])
    parts = ["\n\n".join(_blocks(columns, further, width))]
    # The others' columns are alike.
    notes = [f"{each.short} stands for column {each.column}" for each in shown[:1] if each.short != each.column]
    notes += [f"{each.short} ± {each.kind}" for each in shown if each.uncertainty]
    if is_marked:
        notes.insert(0, f"{_BEST} best")
    if notes:
        parts.append(wrapped("; ".join(notes), width))
    for question, of_row in (("collapsed?", collapse.of_row), ("flags,", flags.of_row)):
        said = ((row[STEP], of_row(row)) for row in rows)
        parts += [wrapped(f"{question} step {step}: {reason}", width) for step, reason in said if reason]
    parts.append(wrapped(f"protocol: {max((row[PROTOCOL] for row in rows), key=len)}", width))
    return "\n".join(parts)


def _blocks(leading: list[list[str]], further: list[list[str]], width: int) -> list[str]:
    """Columns side by side, the leading ones in each block."""
    blocks = [list(leading)]
    for column in further:
        used = sum(max(map(len, each)) + len(_GAP) for each in blocks[-1])
        if used + max(map(len, column)) > width and len(blocks[-1]) > len(leading):
            blocks.append(list(leading))
        blocks[-1].append(column)
    return ["\n".join(_aligned(block)) for block in blocks]


def _aligned(columns: list[list[str]]) -> list[str]:
    widths = [max(map(len, each)) for each in columns]
    return [
        _GAP.join(cell.rjust(size) for cell, size in zip(line, widths, strict=True)).rstrip()
        for line in zip(*columns, strict=True)
    ]


def _scores(rows: Sequence[Mapping[str, str]]) -> list[_Score]:
    """The columns that hold something, those that are read first first."""
    filled = [name for name in score_table.score_columns(rows) if any(row.get(name) for row in rows)]
    of_others = {name for column in filled for name in _uncertainties(column)}
    names = [name for name in filled if name not in of_others]
    shorts = [short(name) for name in names]
    found = []
    for name, said in zip(names, shorts, strict=True):
        score = column_names.score_of(name)
        pairs = [(other, kind) for other, kind in _uncertainties(name).items() if other in filled]
        uncertainty, kind = pairs[0] if pairs else ("", "")
        is_unique = shorts.count(said) == 1
        lower = column_names.directions()[score] if score else None
        found.append(_Score(name, said if is_unique else name, lower, uncertainty, kind))
    return sorted(found, key=lambda each: _place(each.column))


def _place(column: str) -> int:
    score = _parts(column)[0].removesuffix(f"_{_UNCERTAINTIES[0]}")
    return _FIRST.index(score) if score in _FIRST else len(_FIRST)


def _parts(column: str) -> tuple[str, str, str]:
    """The score that a column holds, the number behind its name, and the extractor, each "" where there is none."""
    score = column_names.score_of(column)
    if score is None:
        return column, "", ""
    rest = column[len(score) + 1 :]
    number = rest.partition("_")[0]
    if not number.isdecimal():
        return score, "", rest
    return score, number, rest[len(number) + 1 :]


def _uncertainties(column: str) -> dict[str, str]:
    """Columns that may hold the uncertainty of another one, and what each is."""
    score, number, extractor = _parts(column)
    base = f"{score}_{number}" if number else score
    end = f"_{extractor}" if extractor else ""
    repeats = {f"{base}_{_DEVIATION}{end}": "standard deviation over repeats"}
    return repeats | {f"{base}_{kind}{end}": kind.replace("_", " ") for kind in _UNCERTAINTIES}


def short(column: str) -> str:
    """A name that needs little room: "FID" of fid_classifier_mnist_c28361d9."""
    score, number, _ = _parts(column)
    said = _SHORT.get(score, score)
    return f"{said}-{number}" if number else said


def _cell(each: _Score, row: Mapping[str, str]) -> str:
    said, uncertainty = number(row.get(each.column, "")), row.get(each.uncertainty, "")
    return f"{said}±{number(uncertainty, 2)}" if said and uncertainty else said


def number(cell: str, digits: int = 4) -> str:
    """A number of so many digits; a text that is none as it is."""
    try:
        return f"{float(cell):.{digits}g}"
    except ValueError:
        return cell


def _best(each: _Score, rows: Sequence[Mapping[str, str]]) -> set[int]:
    """The `id` of the best rows of each ability: all that have the best value, as it is shown."""
    if each.lower is None:
        return set()
    found: dict[str, list[tuple[float, str, int]]] = {}
    for row in rows:
        value = _finite(row.get(each.column)) if row[STATUS] != DAMAGED else None
        if value is not None:
            shown = number(row[each.column])
            found.setdefault(row.get(ABILITY, ""), []).append((value if each.lower else -value, shown, id(row)))
    best = {ability: min(these)[1] for ability, these in found.items()}
    return {identity for ability, these in found.items() for _, shown, identity in these if shown == best[ability]}


def _finite(cell: str | None) -> float | None:
    value = float(cell or "nan")
    return value if math.isfinite(value) else None


def listed(row: Mapping[str, str], width: int) -> str:
    """The scores of one row below each other with all digits, FID first, and the protocol below.

    Args:
        row: with cells of scores.csv; a score without a value is "not defined".
        width: in characters.
    """
    names = sorted(score_table.score_columns([row]), key=_place)
    lines = [f"{name}: {row[name] or 'not defined'}" for name in names]
    return "\n".join(wrapped(line, width) for line in [*lines, f"protocol: {row[PROTOCOL]}"])


def as_json(rows: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Rows for programs: step, ability, status, scores as numbers by full names, protocol, why collapsed, flags."""
    found = []
    for row in rows:
        columns = score_table.score_columns([row])
        said: dict[str, Any] = {STEP: int(row[STEP])} if STEP in row else {}
        said |= {name: row[name] for name in (ABILITY, STATUS) if row.get(name)}
        if STEP in row and (flagged := collapse.of_row(row)):
            said[COLLAPSE] = flagged
        if flagged := flags.of_row(row):
            said[FLAGS] = flagged
        found.append(
            said | {"scores": {name: _finite(row[name]) for name in columns if row[name]}, PROTOCOL: row[PROTOCOL]}
        )
    return found
