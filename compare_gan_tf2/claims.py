"""One process per task and role: a claim file with a heartbeat, on any shared file system with atomic creation."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

from compare_gan_tf2.errors import UserError

HEARTBEAT_SECONDS = 10.0
# A claim not refreshed for so long belongs to a process that is gone.
STALE_SECONDS = 90.0

# Tokens of the claims that this process holds.
_HELD: set[str] = set()


@contextlib.contextmanager
def claim(folder: pathlib.Path, role: str) -> Iterator[None]:
    """Holds <folder>/<role>.claim while the block runs.

    Raises:
        UserError: if another living process holds it; the line says which.
    """
    path = folder / f"{role}.claim"
    token = uuid.uuid4().hex
    owner = {"host": socket.gethostname(), "pid": os.getpid(), "token": token}
    _HELD.add(token)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _take(path, owner, role)
    except OSError as error:
        _HELD.discard(token)
        raise UserError(f"cannot write {path}: {error.strerror}") from error
    except UserError:
        _HELD.discard(token)
        raise
    stop = threading.Event()
    heart = threading.Thread(target=_beat, args=(path, token, stop), daemon=True)
    heart.start()
    try:
        yield
    finally:
        stop.set()
        heart.join()
        _HELD.discard(token)
        if _owner(path).get("token") == token:
            path.unlink(missing_ok=True)


def _take(path: pathlib.Path, owner: dict[str, Any], role: str) -> None:
    for _ in range(10):
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            other = _owner(path)
            if not _is_gone(path, other):
                raise UserError(
                    f"another process is at {role} of {path.parent} (host {other.get('host')}, "
                    f"pid {other.get('pid')}); if it is not, remove {path}"
                ) from None
            # Of several that find the dead claim only one can rename it; the others look again.
            with contextlib.suppress(FileNotFoundError):
                grave = path.with_name(f".{path.name}.{owner['token']}")
                os.rename(path, grave)
                grave.unlink()
            continue
        with os.fdopen(handle, "w") as file:
            json.dump(owner, file)
        return
    raise UserError(f"cannot claim {role} of {path.parent}: other processes keep taking it")


def _owner(path: pathlib.Path) -> dict[str, Any]:
    """Who holds the claim; empty if it is gone, or not written yet."""
    try:
        owner: dict[str, Any] = json.loads(path.read_text())
        return owner
    except (OSError, ValueError):
        return {}


def _is_gone(path: pathlib.Path, owner: dict[str, Any]) -> bool:
    try:
        age = time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return True
    if age > STALE_SECONDS:
        return True
    if owner.get("host") != socket.gethostname() or not isinstance(owner.get("pid"), int):
        return False
    if owner["pid"] == os.getpid():
        # Containers restart with the same few process numbers: ours on a claim that is not ours was a former life's.
        return owner.get("token") not in _HELD
    try:
        os.kill(owner["pid"], 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False


def _beat(path: pathlib.Path, token: str, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT_SECONDS):
        if _owner(path).get("token") == token:
            with contextlib.suppress(OSError):
                os.utime(path)
