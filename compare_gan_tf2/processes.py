"""Whether a process that left its number in a file still runs, as far as that can be seen from here."""

from __future__ import annotations

import functools
import os
import pathlib

_ENDED = ("Z", "X")  # a zombie only waits for its parent to ask how it ended


@functools.cache
def machine() -> str:
    """Names the set of processes that os.kill sees: host names repeat, and containers have processes of their own.

    Empty where the system does not say.
    """
    try:
        boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return ""


def runs(pid: int, start: str = "") -> bool:
    """Whether a process of this machine runs.

    Args:
        pid: its number.
        start: what `start_of` said of it; without, any process of this number counts.
    """
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # it is somebody else's
        pass
    state, found = _state_and_start(pid)
    return state not in _ENDED and (not found or start in ("", found))


def start_of(pid: int) -> str:
    """When a process started, in ticks since the boot; empty if that cannot be seen."""
    return _state_and_start(pid)[1]


def _state_and_start(pid: int) -> tuple[str, str]:
    """The letter of a process's state, and when it started; empty if they cannot be seen."""
    try:
        # The name before these fields stands in parentheses, and may have blanks and parentheses of its own.
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return fields[0], fields[19]
    except (OSError, IndexError):
        return "", ""
