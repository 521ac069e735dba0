"""Names of files and folders that are still being written, and the removal of those that killed processes left.

Such a name says on which machine it was made and by which process: ".scores.csv.5f0c3a91-4711-0b9e6d2c". So any later
process can tell whether the one that wrote it is gone.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import pathlib
import re
import shutil
import time
import uuid
from collections.abc import Iterator

from compare_gan_tf2 import processes

# What was not touched for so long was left by a process that is gone, whatever machine that ran on.
ABANDONED_SECONDS = 86400.0
# Of a folder that another one is replacing at this moment.
ASIDE = ".old"

_OWNED = re.compile(
    r"\.(?P<path>.+)\.(?P<machine>[0-9a-f]{8})-(?P<pid>[0-9]{1,9})-[0-9a-f]{8}(?P<aside>\.old)?", re.DOTALL
)
# What older versions called a file that they were writing: a UUID of version 4.
_OLDER = re.compile(r"\.(?P<path>.+)\.[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}", re.DOTALL)
_UNKNOWN_MACHINE = "00000000"

# What this process is writing, and folders that it has swept.
_in_use: set[str] = set()
_swept: set[str] = set()


@contextlib.contextmanager
def name_for(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A name beside a path, to write what is going to take its place; nothing is made or removed there by this.

    When a process asks for the first name in a folder, what killed processes left in that folder is removed.
    """
    folder = os.path.abspath(path.parent)
    if folder not in _swept:
        _swept.add(folder)
        sweep(path.parent)
    name = f".{path.name}.{_machine()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    _in_use.add(name)
    try:
        yield path.parent / name
    finally:
        _in_use.discard(name)


def sweep(folder: pathlib.Path) -> None:
    """Removes what killed processes left unfinished directly in a folder: by exact names, and nothing behind links.

    A folder that a killed process had moved aside to replace it goes back to its place if nothing is there.
    """
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        with contextlib.suppress(OSError):  # another process may sweep, too
            if _is_abandoned(entry):
                take_away(pathlib.Path(entry.path))


def take_away(path: pathlib.Path) -> None:
    """Removes one unfinished file or folder, or puts back what was only moved aside; OSError if it cannot be done."""
    owned = _OWNED.fullmatch(path.name)
    if owned and owned["aside"] and not os.path.lexists(path.with_name(owned["path"])):
        path.rename(path.with_name(owned["path"]))
    elif path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _is_abandoned(entry: os.DirEntry[str]) -> bool:
    """Whether an entry of a folder is an unfinished file or folder of a process that is gone."""
    owned = _OWNED.fullmatch(entry.name)
    is_file, is_folder = entry.is_file(follow_symlinks=False), entry.is_dir(follow_symlinks=False)
    if not (owned and (is_file or is_folder) or is_file and _OLDER.fullmatch(entry.name)):
        return False
    if time.time() - entry.stat(follow_symlinks=False).st_mtime > ABANDONED_SECONDS:
        return True
    if not owned or owned["machine"] in (_UNKNOWN_MACHINE, "") or owned["machine"] != _machine():
        return False
    if int(owned["pid"]) == os.getpid():  # of an earlier process that had the same number, as in containers
        return entry.name.removesuffix(ASIDE) not in _in_use
    return not processes.runs(int(owned["pid"]))


@functools.cache
def _machine() -> str:
    """Eight digits that name the processes which can be seen from here."""
    seen = processes.machine()
    return hashlib.sha256(seen.encode()).hexdigest()[:8] if seen else _UNKNOWN_MACHINE
