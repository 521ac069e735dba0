"""One process per task and role: a claim file with a heartbeat, on any file system whose renames are atomic.

<folder>/<role>.claim names its holder. It is made, taken over and removed under a lock beside it (`_locked`), so that
no two processes hold it whatever the order of their steps. Neither hard links nor flock are needed: network drives and
USB sticks lack the one, and the other may exclude only processes of the same machine.

A holder on this machine is asked for by its process number. Of any other only the heartbeat is known: the claim is
stale when it has not changed for a while by this process's monotonic clock; the clock that dates the file may be wrong.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import pathlib
import re
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from compare_gan_tf2 import files, processes
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import parse_json

HEARTBEAT_SECONDS = 10.0
# A claim that was not refreshed for so long belongs to a process that is gone.
STALE_SECONDS = 90.0
# Bytes of a claim; one of ours has some 200.
_LONGEST = 2**16
_SECONDS_BETWEEN_LOOKS = 0.2
_SECONDS_BETWEEN_TRIES = 0.005

# Tokens of the claims that this process holds.
_HELD: set[str] = set()

_log = logging.getLogger(__name__)


class HeldError(UserError):
    """Another process holds what was to be claimed, or took it over."""


@contextlib.contextmanager
def claim(folder: pathlib.Path, role: str) -> Iterator[Callable[[], None]]:
    """Holds <folder>/<role>.claim while the block runs; `files` puts nothing in place below the folder once it is lost.

    A claim whose holder may be dead on another machine is waited for: until it is stale, which takes at most
    STALE_SECONDS, or beats again.

    Yields:
        A function to be called before anything is written or removed by other means than `files`; it raises HeldError
        if the claim was lost (to someone who took this process for dead, because its machine was suspended, say).

    Raises:
        HeldError: if another living process holds it; the line says which.
        UserError: if the place cannot be written.
    """
    path = folder / f"{role}.claim"

    def check() -> None:
        if not _is_held_by(owner["token"], path):
            raise HeldError(f"another process took over {role} of {folder} while this one did not answer; stopping")

    with _new_owner() as owner:
        try:
            _take(path, owner, role)
            _sweep(path)
            stop = threading.Event()
            heart = threading.Thread(target=_beat, args=(path, owner["token"], stop), daemon=True)
            heart.start()
            try:
                with files.guarded(folder, check):
                    yield check
            finally:
                stop.set()
                heart.join()
        finally:
            _release(path, owner)


def remove_dead(folder: pathlib.Path, role: str) -> None:
    """Removes the claim of a process of this machine that is gone; for who finds that there is nothing left to do.

    Nothing is written where there is no such claim, and nothing is raised where it cannot be removed.
    """
    path = folder / f"{role}.claim"
    with contextlib.suppress(OSError, UserError):
        seen, names = _look(path), os.listdir(folder)
        is_dead = seen is not None and _lives(seen.owner) is False
        if is_dead or (seen is None and any(name.startswith(f".{path.name}.") for name in names)):
            with _new_owner() as owner, _locked(path, owner):
                if _look(path) == seen:
                    path.unlink(missing_ok=True)
            _sweep(path)


@contextlib.contextmanager
def _new_owner() -> Iterator[dict[str, Any]]:
    """What a claim says of this process, which lives as long as the block."""
    token = uuid.uuid4().hex
    _HELD.add(token)
    try:
        yield {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "start": processes.start_of(os.getpid()),
            "machine": processes.machine(),
            "token": token,
        }
    finally:
        _HELD.discard(token)


class Watch:
    """Tells whether a living process holds a claim, by asking again and again.

    Args:
        folder: of the task.
        role: of the claim.
    """

    def __init__(self, folder: pathlib.Path, role: str):
        self._path, self._heart = folder / f"{role}.claim", _Heart()

    def is_held(self) -> bool:
        """Whether one does; of a process on another machine only what it did since the first call is known."""
        seen = _look(self._path)
        if seen is None:
            return False
        lives = _lives(seen.owner)
        return self._heart.seconds_still(seen) < STALE_SECONDS if lives is None else lives


class Holder(NamedTuple):
    """Who has a claim, as far as one look can tell."""

    host: str
    pid: int
    # None of a process that cannot be asked for from here.
    lives: bool | None
    # Since its last heartbeat, by this machine's clock.
    seconds_still: float
    # Host of the dead process that it was taken from, and for how many seconds that one had been still; "" of none.
    taken_from: str
    taken_after: float

    @property
    def is_alive(self) -> bool:
        """Whether it counts as living: as it is known, or else by its heartbeat."""
        return self.seconds_still < STALE_SECONDS if self.lives is None else self.lives


def holder(folder: pathlib.Path, role: str) -> Holder | None:
    """Who has a claim, None if nobody has; one look, where `Watch` and `claim` wait for heartbeats.

    Raises:
        UserError: if the claim cannot be read.
    """
    path = folder / f"{role}.claim"
    try:
        seen = _look(path)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    if seen is None:
        return None
    owner = seen.owner
    before = owner.get("took_over")
    before = before if isinstance(before, dict) else {}
    pid, still = owner.get("pid"), before.get("still")
    return Holder(
        host=str(owner.get("host", ""))[:64],
        pid=pid if isinstance(pid, int) else 0,
        lives=_lives(owner),
        seconds_still=max(0.0, time.time() - seen.changed / 1e9),
        taken_from=str(before.get("host", ""))[:64],
        taken_after=float(still) if isinstance(still, int | float) else 0.0,
    )


class _Look(NamedTuple):
    """What a claim file is at one moment."""

    text: bytes
    changed: int  # nanoseconds, by the file server's clock

    @property
    def owner(self) -> dict[str, Any]:
        """Who holds the claim; empty if the file is not one of ours."""
        try:
            owner = parse_json(self.text)
        except ValueError:
            return {}
        return owner if isinstance(owner, dict) else {}


class _Heart:
    """Measures by the own steady clock how long a claim has not changed."""

    def __init__(self) -> None:
        self._last: tuple[_Look, float] | None = None

    def seconds_still(self, seen: _Look) -> float:
        """Seconds since the claim was first seen as it is."""
        now = time.monotonic()
        if self._last is None or self._last[0] != seen:
            self._last = seen, now
        return now - self._last[1]


def _take(path: pathlib.Path, owner: dict[str, Any], role: str) -> None:
    """Takes the claim, once it is free or stale; HeldError if its holder lives."""
    own = path.with_name(f".{path.name}.{owner['token']}")
    has_beaten = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            seen = _look(path)
            lives = False if seen is None else _lives(seen.owner)
            if seen is not None and lives is None and not has_beaten:
                has_beaten = _changes(path, seen, own, role)
                if has_beaten:
                    continue
            if seen is not None and (lives or has_beaten):
                raise HeldError(
                    f"another process is at {role} of {path.parent} ({_in_words(seen.owner)}) and lives; wait until it "
                    f"ends, or end it (remove {path} only if you are sure that it is dead)"
                )
            if _put(path, owner, own, seen):
                return
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            own.unlink()


def _changes(path: pathlib.Path, seen: _Look, own: pathlib.Path, role: str) -> bool:
    """Waits until the claim is not as it was seen, or has been so for too long; says that it waits."""
    patience = _patience(seen, own)
    _log.warning(
        "%s of %s is claimed by a process that cannot be seen from here (%s); waiting for its next heartbeat, and "
        "taking over if there is none within %.0f s (Ctrl-C ends the wait)",
        role,
        path.parent,
        _in_words(seen.owner),
        patience,
    )
    start = time.monotonic()
    while time.monotonic() - start < patience:
        time.sleep(min(_SECONDS_BETWEEN_LOOKS, patience))
        if _look(path) != seen:
            return True
    return False


def _patience(seen: _Look, own: pathlib.Path) -> float:
    """Seconds to wait for a heartbeat of a claim.

    Fewer where the claim is old already by its own file server's clock, but never less than two heartbeats: that clock
    may have been put forward in the meantime.
    """
    own.write_bytes(b"")
    age = (own.stat().st_mtime_ns - seen.changed) / 1e9
    return min(max(STALE_SECONDS - age, 2 * HEARTBEAT_SECONDS), STALE_SECONDS)


def _put(path: pathlib.Path, owner: dict[str, Any], own: pathlib.Path, seen: _Look | None) -> bool:
    """Puts a new claim in the place of the dead one that was seen there, or of none; False if there is another now."""
    with _locked(path, owner) as is_still_locked:
        own.write_text(json.dumps(owner | _taken_from(seen)))
        if _look(path) == seen and is_still_locked():
            with contextlib.suppress(FileNotFoundError):  # it is swept by whoever takes it for a dead process's
                os.replace(own, path)
                return True
    return False


def _taken_from(seen: _Look | None) -> dict[str, Any]:
    """What a claim says of the dead one in whose place it comes, for people."""
    if seen is None:
        return {}
    still = max(0.0, time.time() - seen.changed / 1e9)
    return {"took_over": {"host": str(seen.owner.get("host", "unknown"))[:64], "still": round(still, 1)}}


def _release(path: pathlib.Path, owner: dict[str, Any]) -> None:
    """Removes the claim if it is this process's."""
    try:
        if _is_held_by(owner["token"], path):
            with _locked(path, owner):
                if _is_held_by(owner["token"], path):
                    path.unlink(missing_ok=True)
    except (OSError, UserError):  # a full disk holds no lock; next to nobody takes a claim within this moment
        with contextlib.suppress(OSError, UserError):
            if _is_held_by(owner["token"], path):
                path.unlink(missing_ok=True)


@contextlib.contextmanager
def _locked(path: pathlib.Path, owner: dict[str, Any]) -> Iterator[Callable[[], bool]]:
    """Holds the lock of a claim, for the moment in which the claim changes.

    The lock is a folder with one file in it, which bears its holder's token as its name. The folder is renamed into
    place with this file, which fails where there is one that is not empty; and a dead holder's file is deleted by its
    name. So neither step can ever touch another holder's lock.

    Yields:
        A function that says whether the lock is still held: it is lost by a process that sleeps for STALE_SECONDS.
    """
    lock = path.with_name(f".{path.name}.lock")
    new = path.with_name(f".{path.name}.{owner['token']}.lock")
    mark = lock / owner["token"]
    heart, start = _Heart(), time.monotonic()
    while not (mark.exists() or _rename_into_place(new, lock, owner)):
        _wait_for(lock, heart)
        if time.monotonic() - start > 2 * STALE_SECONDS:
            raise UserError(f"{lock} does not go away; end the process that holds it, or remove it")
    try:
        yield mark.exists
    finally:
        with contextlib.suppress(OSError):
            mark.unlink()
            lock.rmdir()


def _rename_into_place(new: pathlib.Path, lock: pathlib.Path, owner: dict[str, Any]) -> bool:
    """Whether a lock of one's own is in place now; OSError if there is another reason than another's lock."""
    new.mkdir(exist_ok=True)
    try:
        (new / owner["token"]).write_text(json.dumps(owner))
        os.rename(new, lock)
        return True
    except OSError as error:
        # Another's lock is there, or was; or one's own was swept. Network drives have other error numbers for this.
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT) and not lock.is_dir():
            raise
        return False
    finally:
        with contextlib.suppress(OSError):
            (new / owner["token"]).unlink()
            new.rmdir()


def _wait_for(lock: pathlib.Path, heart: _Heart) -> None:
    """Waits a moment for another's lock, or removes it if its holder is dead."""
    with contextlib.suppress(OSError):  # it may be given back meanwhile
        names = os.listdir(lock)
        if not names:
            lock.rmdir()
        for name in names:
            seen = _look(lock / name)
            if seen is not None:
                lives, still = _lives(seen.owner), heart.seconds_still(seen)
                if lives is False or (lives is None and still > STALE_SECONDS):
                    (lock / name).unlink()
    time.sleep(_SECONDS_BETWEEN_TRIES)


def _sweep(path: pathlib.Path) -> None:
    """Removes what killed processes left of their attempts at a claim; who is at one now makes it again."""
    ours = re.compile(rf"\.{re.escape(path.name)}\.(?:(?P<token>[0-9a-f]{{32}})(?:\.lock)?|grave)")
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(path.parent)):
            if found := ours.fullmatch(entry.name):
                left = pathlib.Path(entry.path)
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        (left / found["token"]).unlink(missing_ok=True)
                        left.rmdir()
                    else:
                        left.unlink()


def _look(path: pathlib.Path) -> _Look | None:
    """What is there, None if nothing. The file is opened: a network file system asks its server only then."""
    try:
        with path.open("rb") as file:
            return _Look(file.read(_LONGEST), os.fstat(file.fileno()).st_mtime_ns)
    except FileNotFoundError:
        return None
    except (IsADirectoryError, PermissionError):
        return _Look(b"", path.stat().st_mtime_ns)


def _is_held_by(token: str, path: pathlib.Path) -> bool:
    try:
        seen = _look(path)
    except OSError as error:
        raise UserError(f"cannot read {path}, without which nothing is written: {error.strerror or error}") from error
    return seen is not None and seen.owner.get("token") == token


def _in_words(owner: dict[str, Any]) -> str:
    host, pid = (str(owner.get(name, "unknown"))[:64] for name in ("host", "pid"))
    return f"host {host}, pid {pid}"


def _lives(owner: dict[str, Any]) -> bool | None:
    """Whether a claim's process lives; None if that cannot be asked for from here."""
    pid = owner.get("pid")
    if pid == os.getpid() and str(owner.get("token")) in _HELD:
        return True
    if not processes.machine() or owner.get("machine") != processes.machine():
        return None
    if not isinstance(pid, int) or not 0 < pid < 2**31:
        return None
    if pid == os.getpid():  # of an earlier process that had the same number, as in containers
        return False
    return processes.runs(pid, str(owner.get("start", "")))


def _beat(path: pathlib.Path, token: str, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT_SECONDS):
        with contextlib.suppress(OSError, UserError):
            if _is_held_by(token, path):
                os.utime(path)
