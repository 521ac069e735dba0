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
from typing import IO

import numpy as np

from compare_gan_tf2.errors import UserError

_log = logging.getLogger(__name__)


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
def replace_folder(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A new folder to fill, which takes path's place when the block ends well and vanishes when it does not."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = pathlib.Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error
    try:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        if path.exists():
            shutil.rmtree(path)
        os.replace(temporary, path)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


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


def require_writable(path: pathlib.Path) -> None:
    """UserError if a file cannot be written at path; to be asked before the work that fills it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise UserError(f"cannot write {path}: {'it is a folder' if path.is_dir() else 'no permission'}")


def safe_name(text: str) -> str:
    """Of at most 60 letters, digits and -_., for a file that belongs to something called `text`; not unique."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in text)[-60:]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
