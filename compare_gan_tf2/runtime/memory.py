"""The memory that this process can still take, and that a call takes."""

from __future__ import annotations

import os
import pathlib
import threading
from collections.abc import Callable
from typing import Any

_STATUS = pathlib.Path("/proc/self/statm")
_EVERY_SECONDS = 0.002


def available() -> int:
    """Bytes that this process can still take: of the machine, and of its control group where that has a limit."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    meminfo = pathlib.Path("/proc/meminfo")
    if meminfo.is_file():  # Linux, which also says how much of it is taken
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        found = [1024 * int(lines["MemAvailable"].split()[0])]
    group = pathlib.Path("/sys/fs/cgroup")
    try:
        limit = int((group / "memory.max").read_text())  # the text "max" where there is none
        used = int((group / "memory.current").read_text())
        stats = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        found.append(limit - used + int(stats["inactive_file"]))
    except (OSError, ValueError, KeyError):
        pass
    return min(found)


def most_during(call: Callable[[], Any]) -> int:
    """The most bytes that this process had in memory during a call; 0 where the system does not say."""
    if not _STATUS.is_file():
        return 0
    most, is_over = [_resident()], threading.Event()

    def watch() -> None:
        while not is_over.wait(_EVERY_SECONDS):
            most.append(max(most.pop(), _resident()))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        call()
    finally:
        is_over.set()
        watcher.join()
    return most[0]


def _resident() -> int:
    return int(_STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
