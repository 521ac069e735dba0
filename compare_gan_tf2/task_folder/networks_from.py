"""Option networks_from: a task that builds on another task's finished networks, which stay as they are."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints, source_task

if TYPE_CHECKING:
    from compare_gan_tf2.gans.base import BaseGan

SOURCE_FILE = "networks_from.json"
_OPTION = "networks_from"


def place_of(options: Options) -> tuple[pathlib.Path, int]:
    """Folder and step of the checkpoint that the option names; raises as `source_task.place_of`."""
    return source_task.place_of(_OPTION, options.networks_from)


def restore_evaluated(folder: pathlib.Path, step: int, gan: BaseGan) -> None:
    """Gives a GAN all that a checkpoint's scores and exports are about, frozen networks included.

    Raises:
        DamagedError: if the checkpoint cannot be read.
        UserError: as `load`.
    """
    checkpoints.restore(folder, step, gan.evaluated_parts(), partly=True)
    load(folder, gan)


def load(folder: pathlib.Path, gan: BaseGan, *, writes: bool = False) -> None:
    """Gives the frozen players of a task the other task's weights: averages where that one is scored by them.

    Every variable of these networks is used. The checkpoint is the one that the task began with, by its checksum.

    Args:
        folder: of the task; if its GAN type has no such players, nothing happens.
        gan: its GAN.
        writes: whether this process writes the task's files: it remembers which checkpoint a new task begins with.

    Raises:
        UserError: if the other task's checkpoint is gone, has changed or cannot be read, or its networks do not fit:
            the first names and both shapes are told.
    """
    frozen = {name: gan.players[name] for name in components.facts("gans", gan.options.gan)["FROZEN"]}
    if not frozen:
        return
    source, step, digest = _source(folder, gan.options)
    theirs, has_average = source_task.networks(source, step), _is_scored_by_average(source, step)
    given = {}
    for name, player in frozen.items():
        of_theirs = player.taken_from or name
        average = source_task.average_of(of_theirs)
        given[name] = theirs.get(average if has_average and average in theirs else of_theirs, {})
    ours = {name: each for name, each in gan.networks().items() if name in frozen}
    source_task.fill(ours, given, _OPTION, gan.options.networks_from)
    if writes:
        source_task.remember(folder / SOURCE_FILE, _OPTION, gan.options.networks_from, step, digest)


def in_row(folder: pathlib.Path) -> dict[str, str]:
    """The column that a row of a task has for the networks that it builds on; none of a task that builds on none."""
    remembered = source_task.remembered(folder / SOURCE_FILE)
    return {f"{_OPTION}_sha256": str(remembered["sha256"])} if remembered else {}


def _source(folder: pathlib.Path, options: Options) -> tuple[pathlib.Path, int, str]:
    """Folder, step and checksum of the checkpoint that a task builds on, which is what it was when the task began."""
    before = source_task.remembered(folder / SOURCE_FILE)
    if not before:
        if checkpoints.steps(folder):
            raise UserError(
                f"{folder / SOURCE_FILE}, which records the networks that the task in {folder} builds on, is gone; put "
                "it back"
            )
        source, step = place_of(options)
        return source, step, source_task.digest(source, step)
    source, step = source_task.folder_of(options.networks_from), int(before["step"])
    if step not in checkpoints.steps(source):
        raise UserError(
            f"the task in {folder} builds on networks of {checkpoints.path(source, step)}, which is gone; put it back"
        )
    digest = source_task.digest(source, step)
    if digest != before["sha256"]:
        raise UserError(
            f"the networks in {checkpoints.path(source, step)} that the task in {folder} builds on have changed; put "
            "them back, or start anew in a new --workdir"
        )
    return source, step, digest


def _is_scored_by_average(source: pathlib.Path, step: int) -> bool:
    return checkpoints.options_of(source, step).generator_weights == "average"
