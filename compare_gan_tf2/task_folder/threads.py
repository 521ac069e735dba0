"""The number of threads that a task was given before its training began; whoever runs it computes with these.

They are a part of the file that says what the training began on (`task_folder.machine`), so that removing that file
takes them back. No TensorFlow is needed for them.
"""

from __future__ import annotations

import json
import pathlib
from typing import Any

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import read_json, replace_file

MACHINE_FILE = "machine.json"
# Entries of the file: threads within an operation, operations at a time, and whether the task was given them.
THREADS = ("intra_op_threads", "inter_op_threads")
ASSIGNED = "assigned"


def assign(folder: pathlib.Path, count: int) -> None:
    """Gives a task whose training did not begin a number of threads.

    Raises:
        UserError: if the file cannot be written.
    """
    with replace_file(folder / MACHINE_FILE, durable=False) as file:
        file.write((json.dumps({**dict.fromkeys(THREADS, count), ASSIGNED: True}, indent=2) + "\n").encode())


def are_assigned(folder: pathlib.Path) -> bool:
    """Whether a task was given its threads, and not only began with those that there were."""
    return bool(read(folder).get(ASSIGNED))


def read(folder: pathlib.Path) -> dict[str, Any]:
    """What the file says; nothing if it is not there.

    Raises:
        UserError: if it cannot be read.
    """
    path = folder / MACHINE_FILE
    try:
        kept = read_json(path)
        if not isinstance(kept, dict) or not all(isinstance(kept.get(name, 1), int) for name in THREADS):
            raise ValueError("it was not written by this package")
        return kept
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}); remove it to go on") from error
