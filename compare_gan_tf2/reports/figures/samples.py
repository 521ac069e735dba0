"""Samples of the best setting: of its best, its median and its worst seed, below real images."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from compare_gan_tf2.reports.figures import NothingToShowError, _canvas, _selection, _sheets
from compare_gan_tf2.reports.records import Answer, Gathered, Point, Task

TITLE = "Samples of the best, median and worst seed of the best setting"
PER_SCORE = True

_GAP = 0.12


def data(gathered: Gathered, answer: Answer) -> list[dict[str, Any]]:
    """A row for each seed that is shown, with the file that its samples are from."""
    return [{name: row[name] for name in row if name != "task"} for row in _rows(gathered, answer)]


def _rows(gathered: Gathered, answer: Answer) -> list[dict[str, Any]]:
    groups, _ = _selection.best(answer, 1)
    scored = _selection.scored(gathered, groups[0], answer)
    sign = -1 if answer.column.lower_is_better is False else 1
    order = sorted(scored, key=lambda key: (sign * groups[0].values[key], key))
    if not order:
        raise NothingToShowError("the best setting's tasks have no such checkpoint")
    places = {"best": order[0], "median": order[(len(order) - 1) // 2], "worst": order[-1]}
    shown: dict[int, str] = {}
    for name in ("best", "worst", "median"):
        shown.setdefault(places[name], name)
    chosen = {key: scored[key] for key in order if key in shown}
    kind, steps, sheets = _found(answer, chosen)
    return [
        {
            "which": shown[key],
            "setting": groups[0].label,
            "seed": task.seed,
            answer.column.key: groups[0].values[key],
            "step": steps[key],
            "file": sheets[key][steps[key]],
            "same_latents": kind == _sheets.COMMON,
            "task": task,
        }
        for key, (task, _) in chosen.items()
    ]


def _found(
    answer: Answer, chosen: dict[int, tuple[Task, Point]]
) -> tuple[str, dict[int, int], dict[int, dict[int, pathlib.Path]]]:
    """What is shown of tasks: the kind of sheets, a step of each task, and its sheets by step.

    Sheets of common latents come before others, and the scored checkpoints before the last one that all have.
    """
    scored = {key: point.step for key, (_, point) in chosen.items()}
    for kind in (answer.column.ability,) if answer.column.ability else (_sheets.COMMON, ""):
        sheets = {key: _sheets.steps(task, kind) for key, (task, _) in chosen.items()}
        if all(scored[key] in of_task for key, of_task in sheets.items()):
            return kind, scored, sheets
        if shared := set.intersection(*(set(of_task) for of_task in sheets.values())):
            return kind, dict.fromkeys(sheets, max(shared)), sheets
    raise NothingToShowError("the tasks of the best setting have no sample grids of the same step")


@_canvas.styled
def draw(gathered: Gathered, answer: Answer) -> Figure:
    """A row of samples for each seed and one of real images; of what is no grid whole sheets, side by side."""
    rows = _rows(gathered, answer)
    pictures = [_sheets.read(row["file"]) for row in rows]
    kept = [(row, picture) for row, picture in zip(rows, pictures, strict=True) if picture is not None]
    if not kept:
        raise NothingToShowError("the sample grids of the best setting cannot be read")
    key, short = answer.column.key, answer.column.short
    texts = [f"{row['which']}: seed {row['seed']}, {short} {row[key]:.4g}" for row, _ in kept]
    steps = sorted({row["step"] for row, _ in kept})
    at = f"step {_canvas.number(steps[0])}" if len(steps) == 1 else "best steps"
    title = f"Samples of {kept[0][0]['setting'] or 'the only setting'} at {at}"
    one = None if answer.column.ability else _sheets.side(kept[0][1])
    if one is None or any(picture.shape != kept[0][1].shape for _, picture in kept):
        return _side_by_side(title, texts, [picture for _, picture in kept])
    shown = [_sheets.row(picture, one) for _, picture in kept]
    real = _sheets.real_row(kept[0][0]["task"], one)
    if real is not None:
        texts, shown = ["real images", *texts], [real, *shown]
    notes = ["in a column: the same latents" if kept[0][0]["same_latents"] else "each seed drew latents of its own"]
    return rows_of(title, texts, shown, notes if real is not None else [*notes, "the task has no real images to show"])


def rows_of(title: str, texts: list[str], pictures: list[np.ndarray], notes: list[str]) -> Figure:
    """Rows of pictures uint8 [H, W, 3] of one size, a text to the left of each."""
    names = _canvas.fitted(texts, 2.2)
    left = _canvas.widest(names) + 0.2
    width = _canvas.WIDTH - left - 0.08
    height = width * pictures[0].shape[0] / pictures[0].shape[1]
    sheet = _canvas.Sheet((height + _GAP / 2) * len(pictures) + _GAP, title, notes)
    for i, (name, picture) in enumerate(zip(names, pictures, strict=True)):
        bottom = sheet.height - _GAP - (height + _GAP / 2) * (i + 1) + _GAP / 2
        axes = sheet.axes(left, bottom, width, height)
        axes.imshow(picture, interpolation="nearest", aspect="auto")
        axes.axis("off")
        sheet.text(0.08, bottom + height / 2, name, va="center")
    return sheet.figure


def _side_by_side(title: str, texts: list[str], pictures: list[np.ndarray]) -> Figure:
    width = (_canvas.WIDTH - 0.16 - _GAP * (len(pictures) - 1)) / max(len(pictures), 2)
    heights = [width * picture.shape[0] / picture.shape[1] for picture in pictures]
    names = _canvas.fitted(texts, width)
    sheet = _canvas.Sheet(max(heights) + 0.3, title)
    for i, (name, picture, height) in enumerate(zip(names, pictures, heights, strict=True)):
        left = 0.08 + i * (width + _GAP)
        axes = sheet.axes(left, max(heights) - height, width, height)
        axes.imshow(picture, interpolation="nearest", aspect="auto")
        axes.axis("off")
        sheet.text(left, max(heights) + 0.06, name, va="bottom")
    return sheet.figure
