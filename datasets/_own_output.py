"""What this package itself wrote below a folder of images: samples and modules of a study are no data."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Collection

from compare_gan_tf2.files import read_json

# Files of a task's folder, each with names that it has in it, and the folders beside them that may hold pictures.
_TASK_FILES = {"task.json": {"task_num", "options"}, "status.json": {"state", "step"}, "data.json": {"images"}}
_BESIDE = re.compile(r"TRAIN_DONE|profile\.txt|scores\.csv.*|.+\.(json|jsonl|claim)")
_TASK_FOLDERS = ("checkpoints", "export", "samples", "tensorboard")
_MODULE = "saved_model.pb"
# What compare_gan_sample calls its outcome where it is not told a name.
_DRAWN = re.compile(r"samples-(files|(grid|classes|interpolation)\.(png|gif))")


def among(folder: pathlib.Path, names: Collection[str], *, is_data: bool = False) -> frozenset[str]:
    """Which of the entries of a folder are this package's own output.

    Args:
        folder: where they are.
        names: of all files and folders in it.
        is_data: whether the user named this very folder as data, so that it is that even if it holds a module.
    """
    if _MODULE in names and not is_data:
        return frozenset(names)
    found = {name for name in names if _DRAWN.fullmatch(name)}
    if any(name in names and _is_ours(folder / name) for name in _TASK_FILES):
        # A folder of a class may be called as a task's number and hold one: pictures beside its files stay data.
        found |= {name for name in names if name in _TASK_FOLDERS or _BESIDE.fullmatch(name)}
    return frozenset(found)


def _is_ours(path: pathlib.Path) -> bool:
    try:
        content = read_json(path)
    except (OSError, ValueError):
        return path.name == "task.json"  # damaged, and of no use to anybody else
    return isinstance(content, dict) and _TASK_FILES[path.name] <= content.keys()
