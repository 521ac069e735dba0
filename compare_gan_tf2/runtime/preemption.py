"""A notice to leave (SIGTERM), as clusters give before they take a machine away: asked for, not obeyed at once."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator

# What a shell says of a process that SIGTERM ended.
EXIT_CODE = 143


@contextlib.contextmanager
def notice() -> Iterator[Callable[[], bool]]:
    """Within the block the first SIGTERM only makes a note; a second one does what it did before.

    A block that ends well although the notice came is followed by SystemExit with the usual code.

    Yields:
        A function that says whether the notice came. Outside of the main thread, where Python has no signals, never.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    came = threading.Event()

    def note(number: int, frame: object) -> None:
        came.set()
        signal.signal(signal.SIGTERM, before)

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield came.is_set
    finally:
        signal.signal(signal.SIGTERM, before)
    if came.is_set():  # too late for the block to do anything about it
        raise SystemExit(EXIT_CODE)
