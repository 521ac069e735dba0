"""Option start_from: a task that begins at step 0 with the finished weights of another task's networks."""

from __future__ import annotations

import hashlib
import json
import pathlib
from collections.abc import Mapping
from typing import Any

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import add_to_digest, read_json, replace_file
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints

START_FILE = "start_from.json"
# Column of a row: checksum of the weights that the task began with.
COLUMN = "start_from_sha256"
_SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
# Parts of a checkpoint that are no networks.
_STATE = "state"
_NAMED = 8

Parts = Mapping[str, Mapping[str, Any]]


def place_of(options: Options) -> tuple[pathlib.Path, int]:
    """Folder and step of the checkpoint that the option names.

    Raises:
        UserError: if there is none, or the task that it is of is not finished.
    """
    place = pathlib.Path(options.start_from)
    folder = place.parents[1] if place.parent.name == "checkpoints" and place.name.isdecimal() else place
    there = checkpoints.steps(folder)
    if not there:
        raise UserError(
            f"option start_from is {place}, which holds no checkpoint; it names the folder of a task that is trained, "
            "WORKDIR/NUMBER, or of one of its checkpoints, WORKDIR/NUMBER/checkpoints/STEP"
        )
    if folder is not place:
        if int(place.name) not in there:
            raise UserError(f"option start_from is {place}; checkpoints there: {', '.join(map(str, there))}")
        return folder, int(place.name)
    last = checkpoints.options_of(folder, there[-1]).training_steps
    if there[-1] < last:
        raise UserError(
            f"option start_from is {place}, whose training is at step {there[-1]} of {last}; wait for its end, or name "
            f"a checkpoint: {checkpoints.path(folder, there[-1])}"
        )
    return folder, there[-1]


def begin(folder: pathlib.Path, options: Options, networks: Parts, *, writes: bool = True) -> None:
    """Gives a new task's networks the other task's weights, and remembers in its folder which these were.

    All networks of both take part, with all their variables; only of a running average, which one of the two may lack,
    the other's latest weights are taken, or it is left out.

    Args:
        folder: of the new task, which has no checkpoint yet.
        options: its own.
        networks: its variables, of `BaseGan.own_networks`.
        writes: whether this process writes the task's files.

    Raises:
        UserError: if the place has no such weights, others than when the task began, or ones that do not fit: the first
            names and both shapes are told.
    """
    source, step = place_of(options)
    digest = _digest(source, step)
    before = _remembered(folder)
    if before and before["sha256"] != digest:
        raise UserError(
            f"the weights in {source} that the task in {folder} began with have changed; put them back, or start anew "
            "in a new --workdir"
        )
    theirs = _read(source, step)
    _fill(networks, theirs, options.start_from)
    if writes and not before:
        with replace_file(folder / START_FILE) as file:
            said = {"start_from": options.start_from, "step": step, "sha256": digest}
            file.write((json.dumps(said, indent=2) + "\n").encode())


def in_row(folder: pathlib.Path) -> dict[str, str]:
    """The column that a row of a task has for what it began with; none of a task that began with nothing."""
    remembered = _remembered(folder)
    return {COLUMN: str(remembered["sha256"])} if remembered else {}


def _remembered(folder: pathlib.Path) -> dict[str, Any]:
    try:
        found = dict(read_json(folder / START_FILE))
        found["sha256"], found["step"]
        return found
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(f"{folder / START_FILE} cannot be read ({error}); remove it to begin anew") from error


def _digest(source: pathlib.Path, step: int) -> str:
    """Of the files of weights, whatever they are called elsewhere."""
    digest = hashlib.sha256()
    for file in sorted(checkpoints.path(source, step).glob("weights.data-*")):
        add_to_digest(digest, file)
    return digest.hexdigest()


def _read(source: pathlib.Path, step: int) -> dict[str, dict[str, Any]]:
    """A checkpoint's networks: name -> name of a variable -> array."""
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
                    found.setdefault(part, {})[rest.replace(".S", "/")] = reader.get_tensor(key)
    except (tf.errors.OpError, ValueError) as error:
        raise UserError(f"{prefix} cannot be read ({str(error).strip().partition(chr(10))[0]})") from error
    return found


def _fill(networks: Parts, theirs: Mapping[str, Mapping[str, Any]], place: str) -> None:
    ours = {part: dict(variables) for part, variables in networks.items()}
    given = {part: dict(arrays) for part, arrays in theirs.items()}
    for part in ours.keys() - given.keys():
        if (latest := _latest_of(part)) in given:
            given[part] = given[latest]
    for part in given.keys() - ours.keys():
        if _latest_of(part) in ours:
            del given[part]
    misfits = [line for part in sorted(ours.keys() | given.keys()) for line in _misfits(part, ours, given)]
    if misfits:
        more = f"; and {len(misfits) - _NAMED} more" if len(misfits) > _NAMED else ""
        raise UserError(
            f"the networks of start_from={place} are not those of this task: {'; '.join(misfits[:_NAMED])}{more}"
        )
    for part, variables in ours.items():
        for name, variable in variables.items():
            variable.assign(given[part][name])


def _latest_of(part: str) -> str:
    """The network that a running average is of; "" of a network that is none."""
    return "generator" if part == "average" else part.removesuffix("_average") if part.endswith("_average") else ""


def _misfits(part: str, ours: Parts, theirs: Parts) -> list[str]:
    """Which variables only one side has, or in another shape."""
    mine, given = ours.get(part, {}), theirs.get(part, {})
    lines = []
    for name in sorted(mine.keys() | given.keys()):
        shapes = [tuple(each[name].shape) if name in each else None for each in (given, mine)]
        if shapes[0] != shapes[1]:
            there, here = ("missing" if shape is None else str(shape) for shape in shapes)
            lines.append(f"{part}/{name} is {there} there, and {here} here")
    return lines
