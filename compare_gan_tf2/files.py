"""Files that are either complete or not there."""

from __future__ import annotations

import contextlib
import logging
import os
import pathlib
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from typing import IO, Any

import numpy as np

from compare_gan_tf2.errors import UserError

_log = logging.getLogger(__name__)

_PART = 2**20


@contextlib.contextmanager
def replace_file(path: pathlib.Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """A binary file to write, which takes path's place when the block ends well and vanishes when it does not.

    Args:
        path: of the file; its folder is made if need be.
        durable: whether to wait until the disk has it; a file that is cheap to make again need not.

    Raises:
        UserError: if the place cannot be written (rights, full disk).
    """
    temporary = path.parent / f".{path.name}.{uuid.uuid4().hex}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "xb") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise UserError(f"cannot write {path}: {error.strerror or error}") from error
        raise


@contextlib.contextmanager
def replace_folder(
    path: pathlib.Path, *, durable: bool = True, keep: Callable[[pathlib.Path], bool] | None = None
) -> Iterator[pathlib.Path]:
    """A new folder to fill, which takes path's place when the block ends well and vanishes when it does not.

    A folder that is there goes aside for the moment, and away only when the new one is in its place: whoever is killed
    in between leaves both beside it, under names that begin with a dot.

    Args:
        path: of the folder; those above are made if need be.
        durable: whether to wait until the disk has its files; a folder that is cheap to make again need not.
        keep: asked about a folder that is there by the time the new one is filled, perhaps by another process: whether
            that one stays, and the new one goes.

    Raises:
        UserError: if the place cannot be written (rights, full disk), or is a file's or a link's.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = pathlib.Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error
    try:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        if durable:
            _flush(temporary)
        _put(temporary, path, keep or (lambda there: False))
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _put(new: pathlib.Path, path: pathlib.Path, keep: Callable[[pathlib.Path], bool]) -> None:
    """Moves a folder to a path, where another may be, and others may be moving theirs."""
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise UserError(f"cannot write {path}: it is no folder")
    is_there = path.is_dir()
    if is_there and keep(path):
        return
    aside = new.with_name(f"{new.name}.old")
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


def _flush(folder: pathlib.Path) -> None:
    """Waits until the disk has a folder's files."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def kept_arrays(path: pathlib.Path, compute: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The arrays in an .npz file, computed and written if they are not there or damaged.

    Raises:
        UserError: if the place cannot be written; asked before anything is computed.
    """
    if path.is_file():
        try:
            with np.load(path) as arrays:
                return {name: arrays[name] for name in arrays.files}
        except Exception as error:  # a damaged archive raises one of many types; it is made anew
            _log.warning("%s cannot be read (%s); computing it again", path, error)
    require_writable(path)
    found = compute()
    with replace_file(path) as file:
        np.savez(file, **found)  # type: ignore[arg-type]
    return found


def add_to_digest(digest: Any, path: pathlib.Path) -> None:
    """A file's content into one of hashlib's digests, piece by piece; UserError if it cannot be read."""
    try:
        with path.open("rb") as file:
            while part := file.read(_PART):
                digest.update(part)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error


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


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
