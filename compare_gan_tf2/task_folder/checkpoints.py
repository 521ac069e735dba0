"""A task's checkpoints: one folder per generator step, complete or not there."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import pathlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from compare_gan_tf2 import unfinished
from compare_gan_tf2.compat import pattern_characters
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import add_to_digest, may_change, read_json, replace_folder, scratch_folder
from compare_gan_tf2.options import Options, differences
from compare_gan_tf2.task_folder import score_table, tasks

_FOLDER = "checkpoints"
_OPTIONS = "options.json"
_WEIGHTS = "weights"
# In the folder of a checkpoint that no option asked for.
_INTERIM = "interim"
# Checksums of the small files in a checkpoint's folder; weights are under TensorFlow's own, which it looks at.
_SUMS = "SHA256SUMS"
# All that the folder of a checkpoint holds.
_OURS = re.compile(r"interim|options\.json|SHA256SUMS|weights\.(index|data-[0-9]{5}-of-[0-9]{5})")
# What is unfinished in the folder of checkpoints, as all versions called it.
_UNFINISHED = re.compile(r"\.[0-9]{8}\.([a-z0-9_]{8}|[0-9a-f]{8}-[0-9]+-[0-9a-f]{8})(\.old)?")

# Variables by the name of their part (a network, an optimizer) and their own.
Parts = Mapping[str, Mapping[str, Any]]


class DamagedError(UserError):
    """A checkpoint that cannot be read; the others may be."""


class GoneError(DamagedError):
    """A checkpoint that is not there: another process, which prunes, may have deleted it a moment ago."""


_log = logging.getLogger(__name__)


def path(folder: pathlib.Path, step: int) -> pathlib.Path:
    """Folder of the checkpoint of a step."""
    return folder / _FOLDER / f"{step:08d}"


def steps(folder: pathlib.Path) -> list[int]:
    """Steps with a complete checkpoint, ascending."""
    return [step for step in _folders(folder) if (path(folder, step) / _OPTIONS).is_file()]


def warn_of_incomplete(folder: pathlib.Path) -> None:
    """Names what looks like a checkpoint and has no options, without which it is none."""
    for step in _folders(folder):
        place = path(folder, step)
        if not (place / _OPTIONS).is_file() and place.is_dir():
            _log.warning("%s has no %s and is left out; remove it, or put the file back", place, _OPTIONS)


def _folders(folder: pathlib.Path) -> list[int]:
    """Steps that there is something of, ascending."""
    try:
        names = [entry.name for entry in os.scandir(folder / _FOLDER) if re.fullmatch(r"\d{8}", entry.name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UserError(f"cannot read {folder / _FOLDER}: {error.strerror}") from error
    return sorted(int(name) for name in names)


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
    """The options that a checkpoint was trained with.

    Raises:
        GoneError: if there is no such checkpoint.
        DamagedError: if they cannot be read or are not what their checksum says; of a checkpoint without checksums,
            which an older version saved, if neither the task's file nor another checkpoint says the same.
    """
    options = _stored_options(folder, step)
    others = () if _has_sums(folder, step) else _other_options(folder, step)
    changed: list[str] = []
    for name, other in others:
        if other == options.to_dict():
            return options
        changed = changed or [f"it disagrees with {name}: {', '.join(differences(other, options.to_dict()))}"]
    if changed:
        raise DamagedError(f"{path(folder, step) / _OPTIONS} seems to be damaged: {changed[0]}")
    return options


def _stored_options(folder: pathlib.Path, step: int) -> Options:
    """The options of a checkpoint, which are what their checksum says if there is one; raises as `options_of`."""
    file = path(folder, step) / _OPTIONS
    try:
        options = Options.from_file(dict(read_json(file)))
    except (OSError, ValueError, TypeError, UserError) as error:
        _refuse_gone(folder, step)
        raise DamagedError(f"{file} cannot be read: {error}") from error
    _has_sums(folder, step)
    return options


def _other_options(folder: pathlib.Path, step: int) -> Iterator[tuple[pathlib.Path, dict[str, Any]]]:
    """What the task's file and its other checkpoints say about the options, as far as they can be read."""
    with contextlib.suppress(UserError):
        if task := tasks.of_folder(folder):
            yield folder / tasks.TASK_FILE, task.options.to_dict()
    for other in steps(folder):
        if other != step:
            with contextlib.suppress(DamagedError):
                yield path(folder, other) / _OPTIONS, _stored_options(folder, other).to_dict()


def _has_sums(folder: pathlib.Path, step: int) -> bool:
    """Whether a checkpoint has checksums; DamagedError if a file is not what they say."""
    place = path(folder, step)
    try:
        said = (place / _SUMS).read_text(encoding="utf-8")
        found = _sums(place)
    except FileNotFoundError:
        return False
    except (OSError, ValueError, UserError) as error:
        _refuse_gone(folder, step)
        raise DamagedError(f"{place / _SUMS} cannot be read: {error}; remove the folder {place}") from error
    if said != found:
        _refuse_gone(folder, step)
        wrong = [line.partition("  ")[2] for line in found.splitlines() if line not in said.splitlines()]
        what = f"does not match {', '.join(wrong)}" if wrong else "lists other files than the folder holds"
        raise DamagedError(f"{place} is damaged: its {_SUMS} {what}; remove the folder")
    return True


def _refuse_gone(folder: pathlib.Path, step: int) -> None:
    if not path(folder, step).is_dir():
        raise GoneError(f"there is no checkpoint of step {step} in {folder} any more")


def _summed(place: pathlib.Path) -> list[str]:
    return [name for name in (_INTERIM, _OPTIONS, f"{_WEIGHTS}.index") if (place / name).is_file()]


def _sums(place: pathlib.Path) -> str:
    """Checksums in the form that `sha256sum --check` reads."""
    return "".join(f"{_digest(place / name)}  {name}\n" for name in _summed(place))


def _digest(file: pathlib.Path) -> str:
    digest = hashlib.sha256()
    add_to_digest(digest, file)
    return digest.hexdigest()


def check_agreement(folder: pathlib.Path, options: Options) -> None:
    """Refuses options that are not those of the task's newest checkpoint, naming every field that differs."""
    for step in reversed(steps(folder)):
        try:
            theirs = _stored_options(folder, step)
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
        (new / _OPTIONS).write_text(json.dumps(options.to_dict(), indent=2), encoding="utf-8")
        (new / _SUMS).write_text(_sums(new), encoding="utf-8")


def restore(folder: pathlib.Path, step: int, parts: Parts, *, partly: bool = False) -> None:
    """Reads a checkpoint into variables of the same names.

    Args:
        folder: of the task.
        step: of the checkpoint.
        parts: what to fill.
        partly: whether the checkpoint may hold more than is asked for (an evaluation needs no optimizers).

    Raises:
        GoneError: if there is no such checkpoint.
        DamagedError: if a file is damaged.
    """
    import tensorflow as tf

    _has_sums(folder, step)
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
        _refuse_gone(folder, step)
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
    rows = score_table.sound(score_table.read_rows(folder))
    evaluated = {int(row["step"]) for row in rows}
    newest = [step for step in steps(folder) if not is_interim(folder, step)][-int(keep) :]
    spared = {*newest, *score_table.best_steps(rows)}
    doomed = [step for step in steps(folder) if step in evaluated and step not in spared]
    for step in doomed:
        delete(folder, step)
    return doomed


def drop_interim(folder: pathlib.Path) -> None:
    """Deletes interim checkpoints that are not the newest checkpoint of all."""
    for step in steps(folder)[:-1]:
        if is_interim(folder, step):
            delete(folder, step)


def size(folder: pathlib.Path, step: int) -> int | None:
    """Bytes of a checkpoint; None if there is none, or its folder is a link or holds what this module did not write."""
    place = path(folder, step)
    try:
        if place.is_symlink():
            return None
        entries = list(os.scandir(place))
        if not all(_OURS.fullmatch(entry.name) and entry.is_file(follow_symlinks=False) for entry in entries):
            return None
        return sum(entry.stat(follow_symlinks=False).st_size for entry in entries)
    except FileNotFoundError:
        return None


def delete(folder: pathlib.Path, step: int) -> None:
    """Deletes the checkpoint of a step, if it is there.

    Raises:
        OSError: if it cannot be deleted.
    """
    may_change(path(folder, step))
    # First out of sight in one move, so that a kill leaves no half checkpoint. Trainer and evaluator both delete.
    with contextlib.suppress(FileNotFoundError), scratch_folder(path(folder, step)) as grave:
        path(folder, step).rename(grave / "deleted")


def sweep_abandoned(folder: pathlib.Path) -> None:
    """Removes what killed processes left unfinished in a task's folder; also beside others that are at work there.

    To be called at the start of whatever may write there, for it may find that there is nothing left to write.
    """
    for place in (folder, *(folder / name for name in (_FOLDER, "samples", "export"))):
        unfinished.sweep(place)


def sweep(folder: pathlib.Path) -> None:
    """Removes what killed processes left half-written or half-deleted; to be called by the holder of the claim.

    Only folders of the names that this module gives; what else lies there, or behind a link, is somebody's.
    """
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(folder / _FOLDER)):
            if _UNFINISHED.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    unfinished.take_away(pathlib.Path(entry.path))
