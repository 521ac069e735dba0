"""The folder of a report: nothing but a report is written over, and nothing of an earlier one stays by mistake."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
from collections.abc import Sequence

from compare_gan_tf2 import files
from compare_gan_tf2.errors import UserError

# What makes a folder a report's: the list of its files.
LIST_FILE = "report.json"
_FORMAT = 1
_MOST_NAMES = 3


def begin(folder: pathlib.Path) -> None:
    """Makes a folder a report's.

    Raises:
        UserError: if it holds something else, or cannot be written.
    """
    if os.path.lexists(folder) and not folder.is_dir():
        raise UserError(f"cannot write a report to {folder}: it is no folder")
    if (folder / LIST_FILE).is_file():
        files.require_writable(folder / LIST_FILE)
        return
    there = sorted(entry.name for entry in os.scandir(folder)) if folder.is_dir() else []
    if there:
        few = ", ".join(there[:_MOST_NAMES]) + (", …" if len(there) > _MOST_NAMES else "")
        raise UserError(f"cannot write a report to {folder}: it holds something else ({few}); choose another --output")
    _write(folder, [])


def finish(folder: pathlib.Path, written: Sequence[pathlib.Path]) -> None:
    """Lists the files of the report, and removes those of an earlier one that it does not have."""
    names = sorted({path.relative_to(folder).as_posix() for path in written})
    for name in set(_listed(folder)) - set(names):
        path = folder / name
        if _is_within(path, folder) and path.is_file():
            files.may_change(path)
            with contextlib.suppress(OSError):
                path.unlink()
    _write(folder, names)


def _listed(folder: pathlib.Path) -> list[str]:
    """Files of the earlier report; none where the list cannot be understood."""
    try:
        content = files.read_json(folder / LIST_FILE)
        return [name for name in content["files"] if isinstance(name, str)] if content["format"] == _FORMAT else []
    except (OSError, ValueError, LookupError, TypeError):
        return []


def _is_within(path: pathlib.Path, folder: pathlib.Path) -> bool:
    """Whether it is a file of the folder itself, wherever a name in the list points."""
    return not path.is_symlink() and path.resolve().is_relative_to(folder.resolve()) and "\0" not in str(path)


def _write(folder: pathlib.Path, names: Sequence[str]) -> None:
    with files.replace_file(folder / LIST_FILE, durable=False) as file:
        file.write((json.dumps({"format": _FORMAT, "files": list(names)}, indent=1) + "\n").encode())
