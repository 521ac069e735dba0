"""How samples change in a training: those of the best setting's best seed, a row for each checkpoint."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

from compare_gan_tf2.reports.figures import NothingToShowError, _canvas, _selection, _sheets, samples
from compare_gan_tf2.reports.records import Answer, Gathered, Task

TITLE = "Samples of the best training from its first checkpoint to its last"
PER_SCORE = False

_MOST_ROWS, _MOST_FRAMES = 10, 60
_MILLISECONDS, _LAST_MILLISECONDS = 300, 2000
# Pixels.
_LEAST_SIDE, _FOOT = 400, 26


def data(gathered: Gathered, answer: Answer) -> list[dict[str, Any]]:
    """A row for each checkpoint, with the file that its samples are from, and its score if it has one."""
    task, label, sheets = _training(gathered, answer)
    scores = {point.step: point.values.get(answer.column.key) for point in task.points}
    return [
        {"setting": label, "seed": task.seed, "step": step, answer.column.key: scores.get(step), "file": path}
        for step, path in sheets.items()
    ]


def _training(gathered: Gathered, answer: Answer) -> tuple[Task, str, dict[int, Any]]:
    """The best seed of the best setting, its setting's name, and its sheets."""
    groups, _ = _selection.best(answer, 1)
    sign = -1 if answer.column.lower_is_better is False else 1
    scored = _selection.scored(gathered, groups[0], answer)
    best = min(scored, key=lambda key: (sign * groups[0].values[key], key), default=None)
    sheets = {} if best is None else _sheets.steps(scored[best][0], answer.column.ability)
    if best is None or len(sheets) < 2:
        raise NothingToShowError("the best training has no sample grids of two checkpoints")
    return scored[best][0], groups[0].label, sheets


def _some(steps: list[int], most: int) -> list[int]:
    """At most so many, evenly, with the first and the last."""
    places = np.unique(np.linspace(0, len(steps) - 1, min(most, len(steps))).round().astype(int))
    return [steps[place] for place in places]


@_canvas.styled
def draw(gathered: Gathered, answer: Answer) -> Figure:
    """The same latents in every row; of what is no grid the last sheet."""
    task, label, sheets = _training(gathered, answer)
    key, short = answer.column.key, answer.column.short
    scores = {point.step: point.values[key] for point in task.points if key in point.values}
    texts: list[str] = []
    pictures: list[np.ndarray] = []
    for step in _some(list(sheets), _MOST_ROWS):
        picture = _sheets.read(sheets[step])
        one = None if picture is None else _sheets.side(picture)
        if picture is None or (pictures and picture.shape[1] != pictures[0].shape[1]):
            continue
        pictures.append(picture if one is None or answer.column.ability else _sheets.row(picture, one))
        texts.append(f"step {_canvas.number(step)}" + (f", {short} {scores[step]:.4g}" if step in scores else ""))
    if len(pictures) < 2:
        raise NothingToShowError("the sample grids of the best training cannot be read")
    title = f"Samples of {label or 'the only setting'}, seed {task.seed}, over its training"
    notes = ["the same latents in every row"]
    if len(pictures) < len(sheets):
        notes.append(f"{len(pictures)} of {len(sheets)} checkpoints")
    return samples.rows_of(title, texts, pictures, notes)


def animation(gathered: Gathered, answer: Answer) -> bytes:
    """A GIF of the whole sheets, with the step below, over and over."""
    _, _, sheets = _training(gathered, answer)
    frames: list[Image.Image] = []
    font = ImageFont.load_default(16)
    for step in _some(list(sheets), _MOST_FRAMES):
        picture = _sheets.read(sheets[step])
        if picture is None:
            continue
        times = max(-(-_LEAST_SIDE // picture.shape[1]), 1)
        large = Image.fromarray(picture.repeat(times, axis=0).repeat(times, axis=1))
        if frames and large.size != (frames[0].width, frames[0].height - _FOOT):
            continue
        frame = Image.new("RGB", (large.width, large.height + _FOOT), "white")
        frame.paste(large)
        place = (4, large.height + _FOOT // 2)
        ImageDraw.Draw(frame).text(place, f"step {_canvas.number(step)}", fill="black", font=font, anchor="lm")
        frames.append(frame)
    if len(frames) < 2:
        raise NothingToShowError("the sample grids of the best training cannot be read")
    content = io.BytesIO()
    durations = [_MILLISECONDS] * (len(frames) - 1) + [_LAST_MILLISECONDS]
    frames[0].save(content, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0)
    return content.getvalue()
