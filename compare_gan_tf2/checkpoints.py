"""A task's checkpoints: one folder per generator step, complete or not there."""

from __future__ import annotations

import json
import logging
import pathlib
import shutil
from collections.abc import Mapping
from typing import Any

from compare_gan_tf2 import results
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file, replace_folder
from compare_gan_tf2.options import Options, differences

_FOLDER = "checkpoints"
_OPTIONS = "options.json"
_WEIGHTS = "weights"

# Variables by the name of their part (a network, an optimiser) and their own.
Parts = Mapping[str, Mapping[str, Any]]

_log = logging.getLogger(__name__)


def path(folder: pathlib.Path, step: int) -> pathlib.Path:
    """Folder of the checkpoint of a step."""
    return folder / _FOLDER / f"{step:08d}"


def steps(folder: pathlib.Path) -> list[int]:
    """Steps with a complete checkpoint, ascending."""
    return sorted(int(each.name) for each in (folder / _FOLDER).glob("[0-9]*") if (each / _OPTIONS).is_file())


def options_of(folder: pathlib.Path, step: int) -> Options:
    """The options that a checkpoint was trained with."""
    file = path(folder, step) / _OPTIONS
    try:
        return Options.from_dict(json.loads(file.read_text()))
    except (OSError, ValueError) as error:
        raise UserError(f"{file} cannot be read: {error}") from error


def check_agreement(folder: pathlib.Path, options: Options) -> None:
    """Refuses options that are not those of the task's newest checkpoint, naming every field that differs."""
    there = steps(folder)
    if not there:
        return
    changed = differences(options.to_dict(), options_of(folder, there[-1]).to_dict())
    if changed:
        raise UserError(
            f"the task in {folder} no longer agrees with its checkpoint of step {there[-1]}: {', '.join(changed)}. "
            "Put the options back, or start in a new --workdir"
        )


def save(folder: pathlib.Path, step: int, parts: Parts, options: Options) -> None:
    """Writes a checkpoint.

    Raises:
        UserError: if it cannot be written (rights, full disk); the older ones are untouched.
    """
    import tensorflow as tf

    target = path(folder, step)
    with replace_folder(target) as new:
        try:
            tf.train.Checkpoint(**parts).write(str(new / _WEIGHTS))
        except tf.errors.OpError as error:
            raise UserError(f"cannot write {target}: {error.message}") from error
        with replace_file(new / _OPTIONS) as file:
            file.write(json.dumps(options.to_dict(), indent=2).encode())


def restore(folder: pathlib.Path, step: int, parts: Parts, *, partly: bool = False) -> None:
    """Reads a checkpoint into variables of the same names.

    Args:
        folder: of the task.
        step: of the checkpoint.
        parts: what to fill.
        partly: whether the checkpoint may hold more than is asked for (an evaluation needs no optimisers).

    Raises:
        UserError: if a file is damaged.
    """
    import tensorflow as tf

    prefix = str(path(folder, step) / _WEIGHTS)
    try:
        status = tf.train.Checkpoint(**parts).read(prefix)
        status.assert_existing_objects_matched()
        if partly:
            status.expect_partial()
        else:
            status.assert_consumed()
    except (tf.errors.OpError, IndexError, ValueError, AssertionError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise UserError(f"checkpoint {prefix} cannot be read: {reason}") from error


def restore_newest(folder: pathlib.Path, parts: Parts) -> int:
    """Reads the newest readable checkpoint and returns its step; 0 if there is none.

    A damaged one is passed over with a warning: its steps are trained again.

    Raises:
        UserError: if there are checkpoints and none can be read.
    """
    there = steps(folder)
    for step in reversed(there):
        try:
            restore(folder, step, parts)
            return step
        except UserError as error:
            _log.warning("%s; trying an older one", error)
    if there:
        raise UserError(f"no checkpoint under {folder / _FOLDER} can be read; remove the folder to start again")
    return 0


def prune(folder: pathlib.Path, keep: str) -> list[int]:
    """Deletes all but the newest `keep` checkpoints, never one that is not evaluated or is the best by FID.

    Returns:
        The steps deleted; none if keep is "all".
    """
    if keep == "all":
        return []
    rows = results.read_rows(folder)
    evaluated = {int(row["step"]) for row in rows}
    spared = {*steps(folder)[-int(keep) :], results.best_step(rows)}
    doomed = [step for step in steps(folder) if step in evaluated and step not in spared]
    for step in doomed:
        # First out of sight in one move, so that a kill leaves no half checkpoint.
        grave = path(folder, step).with_name(f".{step:08d}.deleted")
        path(folder, step).rename(grave)
        shutil.rmtree(grave)
    return doomed
