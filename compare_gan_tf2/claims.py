"""One process per task and role: a claim file with a heartbeat, on any file system that has hard links."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import read_json

HEARTBEAT_SECONDS = 10.0
# A claim not refreshed for so long belongs to a process that is gone.
STALE_SECONDS = 90.0

# Tokens of the claims that this process holds.
_HELD: set[str] = set()


@contextlib.contextmanager
def claim(folder: pathlib.Path, role: str) -> Iterator[Callable[[], None]]:
    """Holds <folder>/<role>.claim while the block runs.

    Yields:
        A function to be called before anything is written that another holder might write too; it raises UserError if
        the claim was lost (to someone who took this process for dead, because it was suspended, say).

    Raises:
        UserError: if another living process holds it; the line says which.
    """
    path = folder / f"{role}.claim"
    token = uuid.uuid4().hex
    owner = {"host": socket.gethostname(), "pid": os.getpid(), "machine": _machine(), "token": token}

    def check() -> None:
        if _owner(path).get("token") != token:
            raise UserError(f"another process took over {role} of {folder} while this one did not answer; stopping")

    _HELD.add(token)
    try:
        _take(path, owner, role)
        stop = threading.Event()
        heart = threading.Thread(target=_beat, args=(path, token, stop), daemon=True)
        heart.start()
        try:
            yield check
        finally:
            stop.set()
            heart.join()
            if _owner(path).get("token") == token:
                path.unlink(missing_ok=True)
    finally:
        _HELD.discard(token)


def is_claimed(folder: pathlib.Path, role: str) -> bool:
    """Whether a living process holds the claim."""
    path = folder / f"{role}.claim"
    return path.exists() and not _is_gone(path, _owner(path), time.time())


def _take(path: pathlib.Path, owner: dict[str, Any], role: str) -> None:
    own = path.with_name(f".{path.name}.{owner['token']}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(json.dumps(owner))
        for _ in range(10):
            try:
                os.link(own, path)
                return
            except FileExistsError:
                other = _owner(path)
                # The file server's clock, not ours: both times are of its making.
                os.utime(own)
                if not _is_gone(path, other, own.stat().st_mtime):
                    raise UserError(
                        f"another process is at {role} of {path.parent} (host {other.get('host')}, "
                        f"pid {other.get('pid')}); if it died, its claim ends within {STALE_SECONDS:.0f} s, "
                        f"or remove {path}"
                    ) from None
                _bury(path, other, own.with_suffix(".grave"))
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            own.unlink()
    raise UserError(f"cannot claim {role} of {path.parent}: other processes keep taking it")


def _bury(path: pathlib.Path, dead: dict[str, Any], grave: pathlib.Path) -> None:
    """Takes a dead claim away, unless in the meantime a living one stands in its place."""
    with contextlib.suppress(FileNotFoundError):
        os.rename(path, grave)
        if _owner(grave).get("token") != dead.get("token"):
            with contextlib.suppress(FileExistsError):
                os.link(grave, path)
        grave.unlink()


def _owner(path: pathlib.Path) -> dict[str, Any]:
    """Who holds the claim; empty if nobody does or the file is not one of ours."""
    try:
        owner = read_json(path)
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) else {}


def _machine() -> str:
    """Names the set of processes that os.kill sees: host names repeat, and containers have processes of their own."""
    try:
        boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return ""


def _is_gone(path: pathlib.Path, owner: dict[str, Any], now: float) -> bool:
    try:
        age = now - path.stat().st_mtime
    except FileNotFoundError:
        return True
    if age > STALE_SECONDS:
        return True
    if not _machine() or owner.get("machine") != _machine() or not isinstance(owner.get("pid"), int):
        return False
    if owner["pid"] == os.getpid():
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
