"""What a training measured between the last line of measurements.jsonl and its checkpoint: unwritten_measurements.json.

A line holds the values of turns that only some steps take, as those on a lazy penalty, since the line before. A
training that goes on from a checkpoint between two lines would lack them in its next line.
"""

from __future__ import annotations

import pathlib
from collections.abc import Mapping

from compare_gan_tf2.files import checked_json, from_checked_json, replace_file

UNWRITTEN_FILE = "unwritten_measurements.json"


def keep(folder: pathlib.Path, step: int, values: Mapping[str, float]) -> None:
    """Keeps values of a checkpoint's step by name, in place of those of earlier ones; no file if there are none."""
    path = folder / UNWRITTEN_FILE
    if not values:
        path.unlink(missing_ok=True)
        return
    with replace_file(path) as file:
        file.write(checked_json({"step": step, "values": {name: float(value) for name, value in values.items()}}))


def kept(folder: pathlib.Path, step: int) -> dict[str, float]:
    """Values of this step by name; empty where none are kept, those of another step are, or the file is damaged."""
    try:
        found = from_checked_json((folder / UNWRITTEN_FILE).read_bytes())
        return {str(name): float(value) for name, value in found["values"].items()} if found["step"] == step else {}
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return {}
