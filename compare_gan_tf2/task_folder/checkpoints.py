"""A task's checkpoints: one folder per generator step, complete or not there."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import pathlib
import re
import shutil
import tempfile
from collections.abc import Mapping
from typing import Any

from compare_gan_tf2.compat import pattern_characters
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import read_json, replace_file, replace_folder
from compare_gan_tf2.options import Options, differences
from compare_gan_tf2.task_folder import score_table

_FOLDER = "checkpoints"
_OPTIONS = "options.json"
_WEIGHTS = "weights"
# In the folder of a checkpoint that no option asked for.
_INTERIM = "interim"

# Variables by the name of their part (a network, an optimizer) and their own.
Parts = Mapping[str, Mapping[str, Any]]


class DamagedError(UserError):
    """A checkpoint that cannot be read; the others may be."""


_log = logging.getLogger(__name__)


def path(folder: pathlib.Path, step: int) -> pathlib.Path:
    """Folder of the checkpoint of a step."""
    return folder / _FOLDER / f"{step:08d}"


def steps(folder: pathlib.Path) -> list[int]:
    """Steps with a complete checkpoint, ascending."""
    try:
        names = [entry.name for entry in os.scandir(folder / _FOLDER) if re.fullmatch(r"\d{8}", entry.name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UserError(f"cannot read {folder / _FOLDER}: {error.strerror}") from error
    return sorted(int(name) for name in names if (folder / _FOLDER / name / _OPTIONS).is_file())


def is_due(step: int, options: Options) -> bool:
    """Whether a task's options ask for a checkpoint of this step."""
    return step % options.save_every_steps == 0 or step == options.training_steps


def next_due(step: int, options: Options) -> int:
    """The first step after `step` at which a checkpoint is due."""
    every = options.save_every_steps
    return min((step // every + 1) * every, options.training_steps)


def is_interim(folder: pathlib.Path, step: int) -> bool:
    """Whether a checkpoint is only there to go on from; it is not scored, and goes when a newer one is saved."""
    return (path(folder, step) / _INTERIM).exists()


def options_of(folder: pathlib.Path, step: int) -> Options:
    """The options that a checkpoint was trained with."""
    file = path(folder, step) / _OPTIONS
    try:
        return Options.from_file(dict(read_json(file)))
    except (OSError, ValueError, TypeError) as error:
        raise DamagedError(f"{file} cannot be read: {error}") from error


def check_agreement(folder: pathlib.Path, options: Options) -> None:
    """Refuses options that are not those of the task's newest checkpoint, naming every field that differs."""
    for step in reversed(steps(folder)):
        try:
            theirs = options_of(folder, step)
        except DamagedError as error:
            _log.warning("%s; looking at an older one", error)
            continue
        changed = differences(options.to_dict(), theirs.to_dict())
        if changed:
            raise UserError(
                f"the task in {folder} no longer agrees with its checkpoint of step {step}: {', '.join(changed)}. "
                "Put the options back, or start in a new --workdir"
            )
        return


def save(folder: pathlib.Path, step: int, parts: Parts, options: Options, *, interim: bool = False) -> None:
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
        if interim:
            (new / _INTERIM).touch()
        with replace_file(new / _OPTIONS) as file:
            file.write(json.dumps(options.to_dict(), indent=2).encode())


def restore(folder: pathlib.Path, step: int, parts: Parts, *, partly: bool = False) -> None:
    """Reads a checkpoint into variables of the same names.

    Args:
        folder: of the task.
        step: of the checkpoint.
        parts: what to fill.
        partly: whether the checkpoint may hold more than is asked for (an evaluation needs no optimizers).

    Raises:
        DamagedError: if a file is damaged.
    """
    import tensorflow as tf

    prefix = str(path(folder, step) / _WEIGHTS)
    try:
        with pattern_characters.avoided(prefix) as name:
            status = tf.train.Checkpoint(**parts).read(name)
        status.assert_existing_objects_matched()
        if partly:
            status.expect_partial()
        else:
            status.assert_consumed()
    except (tf.errors.OpError, IndexError, ValueError, AssertionError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise DamagedError(
            f"checkpoint {prefix} cannot be read ({reason}); remove its folder {path(folder, step)}"
        ) from error


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
        except DamagedError as error:
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
    rows = score_table.read_rows(folder)
    evaluated = {int(row["step"]) for row in rows}
    newest = [step for step in steps(folder) if not is_interim(folder, step)][-int(keep) :]
    spared = {*newest, *score_table.best_steps(rows)}
    doomed = [step for step in steps(folder) if step in evaluated and step not in spared]
    for step in doomed:
        _delete(folder, step)
    return doomed


def drop_interim(folder: pathlib.Path) -> None:
    """Deletes interim checkpoints that are not the newest checkpoint of all."""
    for step in steps(folder)[:-1]:
        if is_interim(folder, step):
            _delete(folder, step)


def _delete(folder: pathlib.Path, step: int) -> None:
    # First out of sight in one move, so that a kill leaves no half checkpoint. Trainer and evaluator both delete.
    with contextlib.suppress(FileNotFoundError):
        grave = pathlib.Path(tempfile.mkdtemp(dir=folder / _FOLDER, prefix=f".{step:08d}."))
        path(folder, step).rename(grave / "deleted")
        shutil.rmtree(grave)


def sweep(folder: pathlib.Path) -> None:
    """Removes what killed processes left half-written or half-deleted; to be called by the holder of the claim."""
    for leftover in (folder / _FOLDER).glob(".*"):
        shutil.rmtree(leftover, ignore_errors=True)
