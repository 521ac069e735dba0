"""The curve of a truncation: precision and recall of one model's images against how far latents or w may be out.

A truncation trades variety (recall) for fidelity (precision), so that one number of a truncated model says little
(Brock et al. 2018, figure 16; Karras et al. 2019, appendix B; Kynkäänniemi et al. 2019, figure 4).
"""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file
from compare_gan_tf2.reports import figures
from compare_gan_tf2.task_folder import column_names

# What a row is said to be truncated by -> the title of the axis.
AXES = {"psi": "psi", "truncation": "truncation of latents (the last: none)"}
_SCORES = ("precision", "recall")
_HEIGHT, _AXIS, _LEFT = 2.8, 0.44, 0.65


def require_kind(path: pathlib.Path) -> str:
    """The kind of picture that a path's ending names.

    Raises:
        UserError: for another one.
    """
    kind = path.suffix.removeprefix(".").lower()
    if kind not in figures.KINDS:
        raise UserError(f"--figure is {path}; it has to end in {' or '.join(f'.{each}' for each in figures.KINDS)}")
    return kind


def points(rows: Sequence[Mapping[str, str]], by: str) -> list[dict[str, float]]:
    """By what a row is truncated, precision and recall of each row, from the least on.

    Args:
        rows: of `evaluation.images.evaluate_images`, as text by column.
        by: column of `AXES`.

    Raises:
        UserError: if rows have not both scores.
    """
    columns = {column_names.score_of(name): name for name in rows[0]}
    if lacking := [score for score in _SCORES if score not in columns]:
        raise UserError(
            f"the figure shows precision and recall, and there is no {lacking[0]}; --metrics=precision_recall has both"
        )
    found = [{by: float(row[by]), **{score: float(row[columns[score]]) for score in _SCORES}} for row in rows]
    return sorted(found, key=lambda each: each[by])


def write(path: pathlib.Path, rows: Sequence[Mapping[str, str]], by: str, title: str) -> None:
    """Draws both scores against one axis into a .png, .svg or .pdf file; arguments and errors as of `points`.

    Latents without a truncation, which rows call 0, stand behind the largest one.
    """
    kind, found = require_kind(path), points(rows, by)
    figures.require_matplotlib()
    with replace_file(path) as file:
        file.write(_drawn(found, by, title, kind))


def _drawn(found: Sequence[Mapping[str, float]], by: str, title: str, kind: str) -> bytes:
    from compare_gan_tf2.reports.figures import _canvas

    with _canvas.settings():
        sheet = _canvas.Sheet(_HEIGHT + _AXIS, f"Precision and recall of {title}", ())
        right = _canvas.room_for_labels(_SCORES)
        axes: Any = sheet.axes(_LEFT, _AXIS, _canvas.WIDTH - _LEFT - right, _HEIGHT)
        if by == "truncation":
            found = sorted(found, key=lambda each: (each[by] == 0, each[by]))
            places: list[float] = list(range(len(found)))
            axes.set_xticks(places, [f"{each[by]:g}" if each[by] else "none" for each in found])
        else:
            places = [each[by] for each in found]
            _canvas.even_scale(axes, whole_numbers=False)
        ends = []
        for place, score in enumerate(_SCORES):
            values = [each[score] for each in found]
            _canvas.curve(axes, place, places, values, values, values)
            ends.append((places[-1], values[-1]))
        axes.set_ylim(0.0, 1.0)
        axes.grid(visible=True)
        axes.set_xlabel(AXES[by])
        axes.set_ylabel("higher is better →")
        _canvas.label_ends(sheet, axes, ends, _SCORES, _canvas.COLORS[:2], _canvas.MARKERS[:2])
        figure = sheet.figure
    return _canvas.saved(figure, kind)
