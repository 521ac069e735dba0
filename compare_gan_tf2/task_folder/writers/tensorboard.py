"""TensorBoard's event files, one folder a run, whose name says what differs; its package is only needed to look."""

from __future__ import annotations

import pathlib
import re
import struct
from collections.abc import Mapping
from typing import Any

from compare_gan_tf2.task_folder.writers import Run

PACKAGE = ("tensorflow", "gpu")
_FILES = "events.out.tfevents.*"
# The longest folder name; file systems allow 255 bytes.
_LONGEST_NAME = 120
# What a folder's name may have on every file system.
_UNSAFE = re.compile(r"[^A-Za-z0-9 =._+-]+")
# Places of a picture's width and height in a PNG file.
_SIDES = slice(16, 24)
# Where TensorBoard's HParams page looks for the options of a run.
_HPARAMS_TAG, _HPARAMS_PLUGIN = "_hparams_/session_start_info", "hparams"
# Numbers of fields in protocol buffers of that page: HParamsPluginData.session_start_info, SessionStartInfo.hparams
# and group_name, key and value of a map.
_START_INFO, _HPARAMS, _GROUP_NAME, _KEY, _VALUE = 3, 1, 4, 1, 2
_LENGTH_DELIMITED = 2


def destination(run: Run) -> str:
    """The folder of all runs."""
    return str(run.folder.absolute())


def start(run: Run) -> _Writer:
    """A run in a folder of its own; one whose label is another one now is renamed."""
    return _Writer(run)


class _Writer:
    """See `writers.Writer`."""

    def __init__(self, run: Run):
        import tensorflow as tf

        self._tf = tf
        self.identity = _UNSAFE.sub("-", run.name)[:_LONGEST_NAME].rstrip(" .")
        folder, earlier = run.folder / self.identity, run.folder / run.identity
        if run.identity and run.identity != self.identity and earlier.is_dir() and not folder.exists():
            earlier.rename(folder)
        self.goes_on = bool(run.identity) and any(folder.glob(_FILES))
        if not self.goes_on:  # of another study that was here
            for path in folder.glob(_FILES):
                path.unlink()
        self._writer = tf.summary.create_file_writer(str(folder))
        if not self.goes_on:
            self._summary(_HPARAMS_TAG, _HPARAMS_PLUGIN, tf.zeros([1]), 0, _hparams(run.options, self.identity))

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Points of the curves."""
        for name, value in values.items():
            self._summary(name, "scalars", self._tf.constant(value, self._tf.float32), step)

    def picture(self, step: int, name: str, path: pathlib.Path) -> None:
        """A picture of the page Images."""
        png = path.read_bytes()
        width, height = (str(side).encode() for side in struct.unpack(">II", png[_SIDES]))
        self._summary(name, "images", self._tf.stack([width, height, png]), step)

    def note(self, facts: Mapping[str, str]) -> None:
        """Texts of the page Text."""
        for name, text in facts.items():
            self._summary(f"task/{name}", "text", self._tf.constant([text]), 0)

    def close(self) -> None:
        """Ends the file."""
        self._writer.close()

    def _summary(self, name: str, plugin: str, tensor: Any, step: int, content: bytes = b"") -> None:
        metadata = self._tf.compat.v1.SummaryMetadata()
        metadata.plugin_data.plugin_name = plugin
        metadata.plugin_data.content = content
        with self._writer.as_default():
            self._tf.summary.write(name, tensor, step=step, metadata=metadata)


def _hparams(options: Mapping[str, Any], name: str) -> bytes:
    """The options of a run as the page HParams reads them; its own protocol buffers are in TensorBoard's package."""
    from google.protobuf import struct_pb2

    entries = b""
    for option, value in options.items():
        said = struct_pb2.Value()
        if isinstance(value, bool):
            said.bool_value = value
        elif isinstance(value, int | float):
            said.number_value = value
        else:
            said.string_value = str(value)
        entry = _field(_KEY, option.encode()) + _field(_VALUE, said.SerializeToString())
        entries += _field(_HPARAMS, entry)
    return _field(_START_INFO, entries + _field(_GROUP_NAME, name.encode()))


def _field(number: int, content: bytes) -> bytes:
    """A field of a protocol buffer that holds bytes."""
    return bytes([number << 3 | _LENGTH_DELIMITED]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    found = b""
    while number > 0x7F:
        found += bytes([number & 0x7F | 0x80])
        number >>= 7
    return found + bytes([number])
