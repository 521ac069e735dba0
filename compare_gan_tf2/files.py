"""Files that are either complete or not there."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import json
import logging
import os
import pathlib
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Any

import numpy as np

from compare_gan_tf2 import npz, unfinished
from compare_gan_tf2.errors import UserError

_log = logging.getLogger(__name__)

_PART = 2**20
_CHECKSUM = "sha256"
# Linux's AT_FDCWD and RENAME_EXCHANGE.
_HERE, _RENAME_EXCHANGE = -100, 2
# How file systems say that they have no fsync: network drives, and those of user space.
_NO_FSYNC = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)
_DISK_FAILS = (errno.EIO, errno.ENOSPC, errno.EDQUOT)
_DEEPEST = 50
_TOO_DEEP = f"lists and objects lie in one another more than {_DEEPEST} deep"

# Who is asked before something below a folder changes: (the folder, what raises if it must not).
_GUARDS: list[tuple[pathlib.Path, Callable[[], None]]] = []


@contextlib.contextmanager
def guarded(folder: pathlib.Path, check: Callable[[], None]) -> Iterator[None]:
    """While the block runs `check` is asked right before something below `folder` changes; it raises to forbid it."""
    guard = (pathlib.Path(os.path.abspath(folder)), check)
    _GUARDS.append(guard)
    try:
        yield
    finally:
        _GUARDS.remove(guard)


def may_change(path: pathlib.Path) -> None:
    """Raises what a guard of a folder above path raises; to be called right before path is written or removed."""
    absolute = pathlib.Path(os.path.abspath(path))
    for folder, check in list(_GUARDS):
        if absolute.is_relative_to(folder):
            check()


@contextlib.contextmanager
def replace_file(path: pathlib.Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """A binary file to write, which takes path's place when the block ends well and vanishes when it does not.

    Args:
        path: of the file; its folder is made if need be.
        durable: whether to wait until the disk has it; a file that is cheap to make again need not.

    Raises:
        UserError: if the place cannot be written (rights, full disk).
    """
    try:
        _make_folder(path.parent, durable)
        with unfinished.name_for(path) as temporary:
            try:
                with open(temporary, "xb") as file:
                    yield file
                    if durable:
                        file.flush()
                        _wait_for_disk(file.fileno())
                may_change(path)
                os.replace(temporary, path)
            except BaseException:
                with contextlib.suppress(OSError):
                    temporary.unlink()
                raise
        if durable:
            _flush_folder(path.parent)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error


@contextlib.contextmanager
def replace_folder(
    path: pathlib.Path, *, durable: bool = True, keep: Callable[[pathlib.Path], bool] | None = None
) -> Iterator[pathlib.Path]:
    """A new folder to fill, which takes path's place when the block ends well and vanishes when it does not.

    A folder that is there changes places with the new one, so that whoever looks finds one of the two. Where the file
    system cannot do that it goes aside for a moment: a process that is killed in between leaves it under a name that
    begins with a dot, and the next one that writes there puts it back.

    Args:
        path: of the folder; those above are made if need be.
        durable: whether to wait until the disk has its files; a folder that is cheap to make again need not.
        keep: asked about a folder that is there by the time the new one is filled, perhaps by another process: whether
            that one stays, and the new one goes.

    Raises:
        UserError: if the place cannot be written (rights, full disk), or is a file's or a link's.
    """
    try:
        _make_folder(path.parent, durable)
        with scratch_folder(path) as temporary:
            yield temporary
            if durable:
                _flush(temporary)
            may_change(path)
            _put(temporary, path, keep or (lambda there: False))
            if durable:
                _flush_folder(path.parent)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error


@contextlib.contextmanager
def scratch_folder(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A new folder beside a path, which vanishes with all that is in it when the block ends; OSError if it cannot be.

    Where the process is killed, the next one that writes there removes it.
    """
    with unfinished.name_for(path) as temporary:
        temporary.mkdir()
        try:
            yield temporary
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _put(new: pathlib.Path, path: pathlib.Path, keep: Callable[[pathlib.Path], bool]) -> None:
    """Moves a folder to a path, where another may be, and others may be moving theirs."""
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise UserError(f"cannot write {path}: it is no folder")
    is_there = path.is_dir()
    if is_there and (keep(path) or _exchange(new, path)):
        return
    aside = new.with_name(f"{new.name}{unfinished.ASIDE}")
    try:
        # Never one that was not looked at: another process may come first with one of its own, and be using it.
        with contextlib.suppress(FileNotFoundError):
            if is_there:
                os.replace(path, aside)
        os.replace(new, path)
    except BaseException as error:  # also what a signal raises
        if not path.is_dir():
            with contextlib.suppress(FileNotFoundError):
                os.replace(aside, path)
            raise
        if not (isinstance(error, OSError) and keep(path)):
            raise
    finally:
        if path.is_dir():
            shutil.rmtree(aside, ignore_errors=True)


def _exchange(one: pathlib.Path, other: pathlib.Path) -> bool:
    """Lets two folders change places in one move; False where the system or the file system cannot."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None
    if rename is None:
        return False
    return int(rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _RENAME_EXCHANGE)) == 0


def _make_folder(folder: pathlib.Path, durable: bool) -> None:
    """A folder and those above it, where they are not there."""
    new = [each for each in (folder, *folder.parents) if not each.exists()]
    if new:
        may_change(folder)  # not where it was removed from under whoever held it
    folder.mkdir(parents=True, exist_ok=True)
    if durable:
        for each in new:
            _flush_folder(each.parent)


def _flush(folder: pathlib.Path) -> None:
    """Waits until the disk has all files and folders below a folder, and that itself."""
    for place, _, names in os.walk(folder):
        for name in names:
            path = pathlib.Path(place, name)
            if path.is_file():
                with path.open("rb") as file:
                    _wait_for_disk(file.fileno())
        _flush_folder(pathlib.Path(place))


def _flush_folder(folder: pathlib.Path) -> None:
    """Waits until the disk has the names in a folder, as far as its file system knows how to."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # a folder that may be written and not be listed
        return
    try:
        _wait_for_disk(descriptor)
    except OSError as error:
        if error.errno in _DISK_FAILS:
            raise
    finally:
        os.close(descriptor)


def _wait_for_disk(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FSYNC:
            raise


def kept_arrays(path: pathlib.Path, compute: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The arrays in an .npz file, computed and written if they are not there or damaged.

    Raises:
        UserError: if the place cannot be written; asked before anything is computed.
    """
    if path.is_file():
        try:
            return npz.read(path)
        except (OSError, ValueError) as error:
            _log.warning("%s cannot be read (%s); computing it again", path, error)
    require_writable(path)
    found = compute()
    with replace_file(path) as file:
        np.savez(file, **found)  # type: ignore[arg-type]
    return found


def checked_json(content: Mapping[str, Any]) -> bytes:
    """JSON text with a checksum of the content in it, which `from_checked_json` looks at."""
    content = json.loads(json.dumps(content))  # names that are numbers become texts
    text = json.dumps(content, sort_keys=True)
    return (json.dumps({**content, _CHECKSUM: hashlib.sha256(text.encode()).hexdigest()}, indent=1) + "\n").encode()


def from_checked_json(text: bytes) -> dict[str, Any]:
    """The content of what `checked_json` gave; ValueError if it is something else, by one letter even."""
    try:
        content = dict(json.loads(text))
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    content.pop(_CHECKSUM, None)
    if checked_json(content) != text:
        raise ValueError("it is not what its checksum says")
    return content


def add_to_digest(digest: Any, path: pathlib.Path) -> None:
    """A file's content into one of hashlib's digests, piece by piece; UserError if it cannot be read."""
    try:
        with path.open("rb") as file:
            while part := file.read(_PART):
                digest.update(part)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error


def read_json(path: pathlib.Path) -> Any:
    """What a small JSON file of this package holds.

    Raises:
        OSError: if it cannot be read; FileNotFoundError if it is not there.
        ValueError: if it is no JSON in UTF-8, or nested deeper than anything that this package writes.
    """
    return parse_json(path.read_bytes())


def parse_json(text: str | bytes) -> Any:
    """What the text of a small JSON file holds; errors as of `read_json`."""
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    level = [value]
    # Python's own functions (repr, ==, copy) fail on what is nested much deeper.
    for _ in range(_DEEPEST):
        level = [one for each in level if isinstance(each, dict | list) for one in _within(each)]
        if not level:
            return value
    raise ValueError(_TOO_DEEP)


def _within(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def require_writable(path: pathlib.Path) -> None:
    """UserError if a file cannot be written at path; to be asked before the work that fills it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise UserError(f"cannot write {path}: {'it is a folder' if path.is_dir() else 'no permission'}")


def expanded(place: str | os.PathLike) -> pathlib.Path:
    """A path with its ~ written out; UserError if that is of a user who is not there."""
    try:
        return pathlib.Path(place).expanduser()
    except RuntimeError as error:
        raise UserError(f"no place {place}: {error}") from error


def safe_name(text: str) -> str:
    """Of at most 60 letters, digits and -_., for a file that belongs to something called `text`; not unique."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in text)[-60:]


def printable(text: object) -> str:
    """A text or path as can be printed and written in UTF-8: bytes of file names that are none are spelled out."""
    return str(text).encode(errors="backslashreplace").decode()
