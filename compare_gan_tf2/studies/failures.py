"""Why a task failed, kept in its folder by whoever ran it, until it succeeds: <task>/failure.json."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import pathlib
import socket

from compare_gan_tf2 import display
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import read_json, replace_file

FAILURE_FILE = "failure.json"
# A mistake that the user can mend, which is not tried again; anything else that was raised; a process that was gone.
USER, ERROR, DIED = "user", "error", "died"
_LONGEST_LINE = 1000


@dataclasses.dataclass(frozen=True)
class Record:
    """The last failure of a task.

    Attributes:
        line: what went wrong, in one line.
        kind: USER, ERROR or DIED.
        attempts: how often it was tried in vain.
        host: where the last time.
        time: when, with its offset from UTC.
        log: path of what was printed.
    """

    line: str
    kind: str
    attempts: int
    host: str
    time: str
    log: str


def record(folder: pathlib.Path, line: str, kind: str, log: pathlib.Path) -> Record:
    """Writes a failure; attempts of former ones are counted.

    Args:
        folder: of the task.
        line: what went wrong; control characters in it are made visible.
        kind: USER, ERROR or DIED.
        log: what was printed.

    Raises:
        UserError: if it cannot be written.
    """
    before = read(folder)
    made = Record(
        line=display.line(line)[:_LONGEST_LINE],
        kind=kind,
        attempts=1 + (before.attempts if before else 0),
        host=socket.gethostname(),
        time=datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        log=str(log),
    )
    with replace_file(folder / FAILURE_FILE) as file:
        file.write((json.dumps(dataclasses.asdict(made), indent=2) + "\n").encode())
    return made


def read(folder: pathlib.Path) -> Record | None:
    """The last failure; None if there is none, or its file cannot be understood: nothing depends on it."""
    try:
        content = dict(read_json(folder / FAILURE_FILE))
        texts = {name: str(content.get(name, "")) for name in ("line", "kind", "host", "time", "log")}
        return Record(**texts, attempts=int(content.get("attempts", 1)))
    except (OSError, ValueError, TypeError):
        return None


def reason(line: str, folder: pathlib.Path) -> str:
    """What went wrong, without the path of the task's folder: the same for tasks that fail alike.

    Args:
        line: of a failure.
        folder: of the task.
    """
    return line.replace(str(folder.absolute()), "FOLDER").replace(str(folder), "FOLDER")


def forget(folder: pathlib.Path) -> None:
    """Removes the failure of a task that succeeded."""
    with contextlib.suppress(OSError, UserError):
        (folder / FAILURE_FILE).unlink(missing_ok=True)
