"""Whether a folder keeps what claims of tasks rest on: that of several who make one name only one succeeds.

Some file systems lie (FUSE mounts of object stores, caches that write later), and then a task would be done twice. One
process can only ask for its own machine; every process that is to run tasks asks before its first one.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import functools
import os
import pathlib
import threading
from collections.abc import Callable

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import scratch_folder

_TOGETHER, _ROUNDS = 8, 4
_ADVICE = (
    "a study needs a file system on which only one of several processes succeeds in creating the same file, such as "
    "NFS, Lustre, or a local disk"
)


def check(workdir: pathlib.Path) -> None:
    """Tries it out in a folder of its own, which it removes.

    Args:
        workdir: of the study.

    Raises:
        UserError: if the folder cannot be written, or is not to be trusted.
    """
    try:
        with scratch_folder(workdir / "shared_folder_check") as place:
            problem = next(filter(None, (_file_twice(place), _race(place), _folder_twice(place), _rename(place))), "")
    except OSError as error:
        raise UserError(f"cannot write {workdir}: {error.strerror or error}") from error
    if problem:
        raise UserError(f"{workdir} cannot be trusted with a study: {problem}; {_ADVICE}")


def _file_twice(place: pathlib.Path) -> str:
    made = _makes_file(place / "twice"), _makes_file(place / "twice")
    return "" if made == (True, False) else f"a file that was to be made once was made {sum(made)} times"


def _folder_twice(place: pathlib.Path) -> str:
    (place / "folder").mkdir()
    with contextlib.suppress(FileExistsError):
        (place / "folder").mkdir()
        return "a folder that was to be made once was made 2 times"
    return ""


def _rename(place: pathlib.Path) -> str:
    """A folder is renamed to a name of one that is not empty, as locks of claims are."""
    for name in ("new", "old"):
        (place / name).mkdir()
        (place / name / f"of_{name}").touch()
    with contextlib.suppress(OSError):
        os.rename(place / "new", place / "old")
        return "a folder was renamed to one that is there and is not empty"
    return ""


def _race(place: pathlib.Path) -> str:
    for number in range(_ROUNDS):
        made = _at_once(functools.partial(_makes_file, place / f"race{number}"))
        if made != 1:
            return f"a file that was to be made once was made {made} times by {_TOGETHER} at once"
    return ""


def _at_once(work: Callable[[], bool]) -> int:
    """How many of several threads that begin together succeed."""
    start = threading.Barrier(_TOGETHER)

    def one() -> bool:
        start.wait()
        return work()

    with concurrent.futures.ThreadPoolExecutor(_TOGETHER) as pool:
        return sum(each.result() for each in [pool.submit(one) for _ in range(_TOGETHER)])


def _makes_file(path: pathlib.Path) -> bool:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except FileExistsError:
        return False
    return True
