"""Option start_from: a task that begins at step 0 with the finished weights of another task's networks."""

from __future__ import annotations

import pathlib

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import source_task
from compare_gan_tf2.task_folder.source_task import Parts

START_FILE = "start_from.json"
# Column of a row: checksum of the weights that the task began with.
COLUMN = "start_from_sha256"
_OPTION = "start_from"


def place_of(options: Options) -> tuple[pathlib.Path, int]:
    """Folder and step of the checkpoint that the option names; raises as `source_task.place_of`."""
    return source_task.place_of(_OPTION, options.start_from)


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
    digest, file = source_task.digest(source, step), folder / START_FILE
    before = source_task.remembered(file)
    if before and before["sha256"] != digest:
        raise UserError(
            f"the weights in {source} that the task in {folder} began with have changed; put them back, or start anew "
            "in a new --workdir"
        )
    given = dict(source_task.networks(source, step))
    for part in networks.keys() - given.keys():
        if (latest := _latest_of(part)) in given:
            given[part] = given[latest]
    for part in given.keys() - networks.keys():
        if _latest_of(part) in networks:
            del given[part]
    source_task.fill(networks, given, _OPTION, options.start_from)
    if writes and not before:
        source_task.remember(file, _OPTION, options.start_from, step, digest)


def in_row(folder: pathlib.Path) -> dict[str, str]:
    """The column that a row of a task has for what it began with; none of a task that began with nothing."""
    remembered = source_task.remembered(folder / START_FILE)
    return {COLUMN: str(remembered["sha256"])} if remembered else {}


def _latest_of(part: str) -> str:
    """The network that a running average is of; "" of a network that is none."""
    return "generator" if part == "average" else part.removesuffix("_average") if part.endswith("_average") else ""
