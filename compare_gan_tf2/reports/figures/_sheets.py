"""Sheets of samples that trainings left in their folders: which there are, and the pictures on them."""

from __future__ import annotations

import pathlib
import re

import numpy as np
from PIL import Image

from compare_gan_tf2.reports.records import Task

# As `task_folder.status`, which needs TensorFlow, calls them.
REAL_FILE, COMMON = "real.png", "common"

# As `task_folder.grids.grid` makes them: pictures in a row, with a white pixel between.
COLUMNS = 8


def folder_of(task: Task) -> pathlib.Path:
    """Where a task's sheets are."""
    return task.workdir / str(task.number) / "samples"


def steps(task: Task, kind: str = "") -> dict[int, pathlib.Path]:
    """The sheets of a task by step: of generated images, of COMMON ones, or of what an ability makes."""
    ending = f"-{kind}" if kind else ""
    name = re.compile(rf"step-(\d+){re.escape(ending)}\.png")
    try:
        found = [(name.fullmatch(path.name), path) for path in folder_of(task).iterdir()]
    except OSError:
        return {}
    return dict(sorted((int(match[1]), path) for match, path in found if match))


def read(path: pathlib.Path) -> np.ndarray | None:
    """A sheet as uint8 [H, W, 3]; None if the file is no whole picture."""
    try:
        with Image.open(path) as picture:
            return np.asarray(picture.convert("RGB"))
    except (OSError, ValueError, SyntaxError):
        return None


def side(sheet: np.ndarray) -> int | None:
    """Height and width of a picture on a sheet; None of a sheet that is no grid of square pictures."""
    one = (sheet.shape[1] + 1) // COLUMNS - 1
    fits = (sheet.shape[1] + 1) % COLUMNS == 0 and (sheet.shape[0] + 1) % (one + 1) == 0
    return one if fits and one > 1 else None


def row(sheet: np.ndarray, one: int, number: int = 0) -> np.ndarray:
    """One row of a grid, uint8 [one, W, 3]."""
    return sheet[number * (one + 1) : number * (one + 1) + one]


def real_row(task: Task, one: int) -> np.ndarray | None:
    """A row of real images as wide as a grid's, of as many classes as there are; None if the task has none."""
    sheet = read(folder_of(task) / REAL_FILE)
    width = COLUMNS * (one + 1) - 1
    if sheet is None or sheet.shape[1] < width or (sheet.shape[0] + 1) % (one + 1):
        return None
    grid, rows = sheet[:, sheet.shape[1] - width :], (sheet.shape[0] + 1) // (one + 1)
    found = np.full((one, width, 3), 255, np.uint8)
    for i in range(COLUMNS):
        # Classes in turn: the first image of each, then the second.
        top, left, place = (i % rows) * (one + 1), (i // rows) * (one + 1), i * (one + 1)
        found[:, place : place + one] = grid[top : top + one, left : left + one]
    return found
