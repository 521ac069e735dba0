"""A profile of a few steps, for TensorBoard's Profile tab, and a table of the operations that take longest."""

from __future__ import annotations

import collections
import contextlib
import pathlib
import sys
from collections.abc import Iterator

import tensorflow as tf

from compare_gan_tf2.files import replace_file

TABLE_FILE = "profile.txt"
# Calls of compiled code before the profile, in which TensorFlow traces, compiles and warms up; and those in it.
_BEFORE, _CALLS = 3, 5
_ROWS = 25


class Profile:
    """Profiles calls of compiled code; use as a context manager.

    TensorBoard shows it with `pip install tensorboard tensorboard-plugin-profile`; profile.txt needs nothing.

    Args:
        folder: of the task; the profile goes to tensorboard/plugins/profile below it, the table to profile.txt.
        is_wanted: False for doing nothing.
    """

    def __init__(self, folder: pathlib.Path, *, is_wanted: bool):
        self._folder = folder
        self._calls = 0 if is_wanted else _BEFORE + _CALLS
        self._is_on = False
        self._steps = 0

    def __enter__(self) -> Profile:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._is_on:
            self._stop()
        elif self._calls < _BEFORE and exception[0] is None:
            print(f"no profile: it begins after {_BEFORE} calls, and there were {self._calls}", file=sys.stderr)

    @contextlib.contextmanager
    def call(self, steps: int) -> Iterator[None]:
        """Around each call, of so many generator steps."""
        if self._calls == _BEFORE:
            tf.profiler.experimental.start(str(self._folder / "tensorboard"))
            self._is_on = True
        yield
        self._calls += 1
        self._steps += steps if self._is_on else 0
        if self._is_on and self._calls == _BEFORE + _CALLS:
            self._stop()

    def _stop(self) -> None:
        tf.profiler.experimental.stop()
        self._is_on = False
        if not self._steps:  # the first call failed
            return
        newest = max((self._folder / "tensorboard").rglob("*.xplane.pb"), key=lambda path: path.stat().st_mtime)
        with replace_file(self._folder / TABLE_FILE) as file:
            file.write(table(newest, self._steps).encode())


def table(path: pathlib.Path, steps: int) -> str:
    """The longest operations of a profile.

    Args:
        path: of an .xplane.pb file.
        steps: how many generator steps are in it.

    Returns:
        A line for each kind: milliseconds per step, summed over threads, and executions per step.
    """
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    space = xplane_pb2.XSpace()
    space.ParseFromString(path.read_bytes())
    seconds: collections.Counter[str] = collections.Counter()
    times: collections.Counter[str] = collections.Counter()
    for plane in space.planes:
        for line in plane.lines:
            for event in line.events:
                # "name:Kind" is how TensorFlow's executor calls an operation, on CPUs and GPUs.
                name, _, kind = plane.event_metadata[event.metadata_id].name.rpartition(":")
                if name and kind.isidentifier() and not name.endswith(":"):
                    seconds[kind] += event.duration_ps / 1e12
                    times[kind] += 1
    rows = [f"{'ms per step':>12}  {'times':>7}  operation"]
    for kind, total in seconds.most_common(_ROWS):
        rows.append(f"{1e3 * total / steps:12.2f}  {times[kind] / steps:7.1f}  {kind.removeprefix('_MklNative')}")
    return "\n".join(rows) + "\n"
