"""Whether an export may write where it is asked to; asked before the work, which takes minutes."""

from __future__ import annotations

import os
import pathlib

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.hub_export import _archive, _sums

# Endings of a file that somebody expects: a folder of such a name would be a mistake.
_FILES = (".zip", ".tar", ".gz", ".bz2", ".xz", ".zst", ".7z", ".pb", ".h5", ".keras")
_TASKS_OWN = ("checkpoints", "samples", "tensorboard")
_FEW = 5


def refuse_elsewhere(target: pathlib.Path, task: pathlib.Path) -> None:
    """UserError for places that no module may have, whatever is there.

    Args:
        target: the folder or archive to write.
        task: the task's folder, in which training keeps its own.
    """
    if target.is_symlink():
        raise UserError(f"{target} is a link to {os.readlink(target)}; give the place itself")
    for name in _TASKS_OWN:
        if target.resolve().is_relative_to((task / name).resolve()):
            raise UserError(f"{target} is in the task's own folder {name}; give another place")
    if _archive.is_archive(target):
        if target.is_dir():
            raise UserError(f"{target} is a folder, and called like an archive; give another place")
        beside = _archive.checksum_file(target)
        if beside.exists() and not _archive.is_checksum_of(target, beside):
            raise UserError(f"{beside} is there, and is no checksum of {target.name}; move it away")
    elif target.suffix.lower() in _FILES and not target.is_dir():
        raise UserError(f"{target} is neither a folder nor called .tar.gz")


def is_intact(target: pathlib.Path) -> bool:
    """Whether the files of a module's folder, or its archive, are as they were written, and the card is there.

    Nobody knows that of what has lost its checksums. An edited card is somebody's work on this very model, and no
    damage.
    """
    try:
        if _archive.is_archive(target):
            return _archive.checksum_file(target).is_file() and bool(_archive.compare(target))
        if _sums.unlisted(target):
            return False
    except UserError:
        return False
    return (target / _sums.CARD_FILE).is_file() and not _sums.failure(target, all_files=True)


def refuse_others(target: pathlib.Path, same_model: bool) -> None:
    """UserError if something is at a place that a new module must not take away.

    Args:
        target: the folder or archive to write.
        same_model: whether what is there is an export of the same checkpoint.
    """
    if not same_model and target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UserError(f"{target} exists and is not this model; give another place")
    if not same_model or not target.is_dir():
        return
    if _sums.unlisted(target):
        raise UserError(
            f"{target / _sums.SUMS_FILE} is missing or damaged, and nothing else says which files there are the "
            "module's; move the folder away, or choose another --output"
        )
    own = _sums.users_own(target)
    if own:
        shown = ", ".join(own[:_FEW]) + (", ..." if len(own) > _FEW else "")
        raise UserError(f"{target} holds files of your own: {shown}; choose another --output or move them away")
