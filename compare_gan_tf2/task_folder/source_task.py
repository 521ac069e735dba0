"""Another task that one takes weights from: which checkpoint an option names, its checksum, and what is in it."""

from __future__ import annotations

import hashlib
import json
import pathlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import add_to_digest, read_json, replace_file
from compare_gan_tf2.task_folder import checkpoints

_SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
# How a checkpoint writes a dot and a slash in a variable's name.
_ESCAPED = re.compile(r"\.([.S])")
# Parts of a checkpoint that are no networks.
_STATE = "state"
_NAMED = 8

Parts = Mapping[str, Mapping[str, Any]]


def place_of(option: str, value: str) -> tuple[pathlib.Path, int]:
    """Folder and step of the checkpoint that an option names.

    Raises:
        UserError: if there is none, or the task that it is of is not finished.
    """
    place = pathlib.Path(value)
    folder = folder_of(value)
    there = checkpoints.steps(folder)
    if not there:
        raise UserError(
            f"option {option} is {place}, which holds no checkpoint; it must be the folder of a trained task "
            "(WORKDIR/NUMBER) or of one of its checkpoints (WORKDIR/NUMBER/checkpoints/STEP)"
        )
    if folder != place:
        if int(place.name) not in there:
            raise UserError(f"option {option} is {place}; checkpoints there: {', '.join(map(str, there))}")
        return folder, int(place.name)
    last = checkpoints.options_of(folder, there[-1]).training_steps
    if there[-1] < last:
        raise UserError(
            f"option {option} is {place}, whose training is at step {there[-1]} of {last}; wait for its end, or name "
            f"a checkpoint: {checkpoints.path(folder, there[-1])}"
        )
    return folder, there[-1]


def folder_of(value: str) -> pathlib.Path:
    """The task's folder, of the folder of a task or of one of its checkpoints."""
    place = pathlib.Path(value)
    return place.parents[1] if place.parent.name == "checkpoints" and place.name.isdecimal() else place


def remembered(file: pathlib.Path) -> dict[str, Any]:
    """What a task's file says of the checkpoint that it took weights from; nothing if there is no file."""
    try:
        found = dict(read_json(file))
        found["sha256"], found["step"]
        return found
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(f"{file} cannot be read ({error}); remove it to begin anew") from error


def remember(file: pathlib.Path, option: str, value: str, step: int, sha256: str, **more: Any) -> None:
    """Writes what `remembered` reads."""
    with replace_file(file) as written:
        said = {option: value, "step": step, "sha256": sha256, **more}
        written.write((json.dumps(said, indent=2) + "\n").encode())


def digest(source: pathlib.Path, step: int) -> str:
    """Of a checkpoint's files of weights, whatever they are called elsewhere."""
    found = hashlib.sha256()
    for file in sorted(checkpoints.path(source, step).glob("weights.data-*")):
        add_to_digest(found, file)
    return found.hexdigest()


def networks(source: pathlib.Path, step: int) -> dict[str, dict[str, Any]]:
    """A checkpoint's networks: name -> name of a variable -> array.

    Raises:
        UserError: if it cannot be read.
    """
    import tensorflow as tf

    from compare_gan_tf2.compat import pattern_characters

    prefix = str(checkpoints.path(source, step) / "weights")
    found: dict[str, dict[str, Any]] = {}
    try:
        with pattern_characters.avoided(prefix) as name:
            reader = tf.train.load_checkpoint(name)
            for key in reader.get_variable_to_shape_map():
                part, _, rest = key.removesuffix(_SUFFIX).partition("/")
                if key.endswith(_SUFFIX) and part != _STATE and "_optimizer" not in part and part != "save_counter":
                    found.setdefault(part, {})[_ESCAPED.sub(_unescaped, rest)] = reader.get_tensor(key)
    except (tf.errors.OpError, ValueError) as error:
        raise UserError(f"{prefix} cannot be read ({str(error).strip().partition(chr(10))[0]})") from error
    return found


def _unescaped(found: re.Match[str]) -> str:
    return "/" if found.group(1) == "S" else "."


def average_of(player: str) -> str:
    """Name of the network that holds a player's average."""
    return "average" if player == "generator" else f"{player}_average"


def fill(ours: Parts, theirs: Parts, option: str, value: str) -> None:
    """Gives networks the weights of others of the same names.

    Raises:
        UserError: if one side lacks a variable, or has it in another shape: the first names and both shapes are told.
    """
    parts = sorted(ours.keys() | theirs.keys())
    misfits = [line for part in parts for line in _misfits(part, ours.get(part, {}), theirs.get(part, {}))]
    if misfits:
        more = f"; and {len(misfits) - _NAMED} more" if len(misfits) > _NAMED else ""
        raise UserError(
            f"the networks of {option}={value} are not those of this task: {'; '.join(misfits[:_NAMED])}{more}"
        )
    for part, variables in ours.items():
        for name, variable in variables.items():
            variable.assign(theirs[part][name])


def _misfits(part: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterable[str]:
    """Which variables only one side has, or in another shape."""
    for name in sorted(ours.keys() | theirs.keys()):
        shapes = [tuple(each[name].shape) if name in each else None for each in (theirs, ours)]
        if shapes[0] != shapes[1]:
            there, here = ("missing" if shape is None else str(shape) for shape in shapes)
            yield f"{part}/{name} is {there} there, and {here} here"
