"""What a training measures on its way: measurements.jsonl and TensorBoard's event files."""

from __future__ import annotations

import json
import logging
import pathlib
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import parse_json, replace_file

JSONL, EVENTS = "measurements.jsonl", "tensorboard"
# Bytes around what a record of an event file holds.
_HEAD, _CHECKSUM = 12, 4
# Bytes of a damaged line that are repeated in the warning.
_SHOWN = 100

_log = logging.getLogger(__name__)


class Measurements:
    """Writes one line and one set of TensorBoard points per measured step.

    A run that resumes drops lines and points after its checkpoint, so that every step stands there once. TensorFlow no
    longer brings TensorBoard, whose package is needed to look at the event files and not to write them as it is done
    here.
    """

    def __init__(self, folder: pathlib.Path, first_step: int):
        import tensorflow as tf

        self._tf = tf
        path = folder / JSONL
        kept = _lines_up_to(path, first_step)
        with replace_file(path) as file:
            file.writelines(kept)
        _drop_later_points(folder / EVENTS, first_step, tf.compat.v1.Event.FromString)
        self._file = open(path, "a", encoding="utf-8")  # noqa: SIM115 (lives as long as this object)
        self._writer = tf.summary.create_file_writer(str(folder / EVENTS))

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """One step's measurements by name."""
        self._file.write(json.dumps({"step": step, **values}) + "\n")
        with self._writer.as_default():
            for name, value in values.items():
                self._summary(name, "scalars", self._tf.constant(value, self._tf.float32), step)

    def write_image(self, step: int, name: str, image: np.ndarray, png: bytes) -> None:
        """A picture uint8 [H, W, C] and its PNG file."""
        height, width = (str(side).encode() for side in image.shape[:2])
        with self._writer.as_default():
            self._summary(name, "images", self._tf.stack([width, height, png]), step)

    def flush(self) -> None:
        """Gives everything to the operating system."""
        self._file.flush()
        self._writer.flush()

    def close(self) -> None:
        """Ends both files."""
        self._file.close()
        self._writer.close()

    def _summary(self, name: str, plugin: str, tensor: object, step: int) -> None:
        metadata = self._tf.compat.v1.SummaryMetadata()
        metadata.plugin_data.plugin_name = plugin
        self._tf.summary.write(name, tensor, step=step, metadata=metadata)


def measured(folder: pathlib.Path, until: int | None = None) -> list[dict[str, float]]:
    """What a training measured: by name for each step, with the step itself; nothing if there is no file.

    Args:
        folder: of the task.
        until: the last step that is asked for; None for all. Lines that cannot be read are left out.
    """
    try:
        lines = (folder / JSONL).read_bytes().split(b"\n")
    except OSError:
        return []
    steps = ((_step_of(line), line) for line in lines)
    return [dict(parse_json(line)) for step, line in steps if step is not None and (until is None or step <= until)]


def _drop_later_points(folder: pathlib.Path, step: int, parsed: Callable[[bytes], Any]) -> None:
    """Rewrites event files that have points after a step, or half a record at the end, without these.

    Args:
        folder: of TensorBoard's files.
        step: the last one that stays.
        parsed: gives the event that a record holds.
    """
    for path in sorted(folder.glob("events.out.tfevents.*")):
        content = path.read_bytes()
        records = list(_records(content))
        kept = [record for record in records if not _is_later(parsed(record[_HEAD:-_CHECKSUM]), step)]
        if sum(map(len, kept)) < len(content):
            with replace_file(path) as file:
                file.writelines(kept)


def _is_later(event: Any, step: int) -> bool:
    return bool(event.HasField("summary") and event.step > step)


def _records(content: bytes) -> Iterator[bytes]:
    """The whole records of an event file: each a size, the size's checksum, that many bytes, their checksum."""
    start = 0
    while start + _HEAD <= len(content):
        (size,) = struct.unpack_from("<Q", content, start)
        end = start + _HEAD + size + _CHECKSUM
        if end > len(content):
            return
        yield content[start:end]
        start = end


def _lines_up_to(path: pathlib.Path, step: int) -> list[bytes]:
    """Lines of steps <= step, whole again where a kill took the last newline; what cannot be read is left out."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    kept = []
    for number, line in enumerate(lines, 1):
        measured = _step_of(line)
        if measured is not None and measured <= step:
            kept.append(line + b"\n")
        elif measured is None and number < len(lines):  # at the end a kill leaves half a line
            _log.warning("%s: line %d is damaged, and left out: %r", path, number, line[:_SHOWN])
    return kept


def _step_of(line: bytes) -> int | None:
    """The step of a line of measurements; None if it is none."""
    try:
        step = parse_json(line)["step"]
    except (ValueError, LookupError, TypeError):
        return None
    return step if isinstance(step, int) else None
