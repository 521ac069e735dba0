"""Option start_from: a task that begins at step 0 with the finished weights of another task's networks."""

from __future__ import annotations

import logging
import pathlib
import re

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import source_task
from compare_gan_tf2.task_folder.source_task import Parts

START_FILE = "start_from.json"
# Column of a row: checksum of the weights that the task began with.
COLUMN = "start_from_sha256"
# Column of a row: side of the images, in pixels, of the other task's networks, where these make smaller ones.
SIDE_COLUMN = "start_from_side"
_OPTION = "start_from"
# The side of a block's images in the name of a layer, where an architecture's fact NAMES_SIDES says so.
_SIDE = re.compile(r"(?:b|[gd]_s)(\d+)[._]")
_NAMED = 8
_log = logging.getLogger(__name__)


def place_of(options: Options) -> tuple[pathlib.Path, int]:
    """Folder and step of the checkpoint that the option names; raises as `source_task.place_of`."""
    return source_task.place_of(_OPTION, options.start_from)


def begin(folder: pathlib.Path, options: Options, networks: Parts, *, writes: bool = True) -> None:
    """Gives a new task's networks the other task's weights, and remembers in its folder which these were.

    All networks of both take part, with all their variables; only of a running average, which one of the two may lack,
    the other's latest weights are taken, or it is left out. Networks of an architecture that names the sides of its
    blocks may begin with those of smaller images: the blocks of larger sides stay as they were made, and of a
    discriminator the layer by which the smaller one takes its images is left out; the log names both.

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
    fitting, theirs, more = _in_common(options, networks, given)
    source_task.fill(fitting, theirs, _OPTION, options.start_from)
    if writes and not before:
        source_task.remember(file, _OPTION, options.start_from, step, digest, **more)


def in_row(folder: pathlib.Path) -> dict[str, str]:
    """The column that a row of a task has for what it began with; none of a task that began with nothing."""
    remembered = source_task.remembered(folder / START_FILE)
    side = {SIDE_COLUMN: str(remembered["side"])} if "side" in remembered else {}
    return {COLUMN: str(remembered["sha256"])} | side if remembered else {}


def _side_of(name: str) -> int:
    """Of the images in a variable's block, in pixels; 0 of one outside of the blocks."""
    found = _SIDE.match(name)
    return int(found.group(1)) if found else 0


def _side(networks: Parts) -> int:
    """Of the images that networks make or judge: the largest of their blocks'."""
    return max(_side_of(name) for variables in networks.values() for name in variables)


def _in_common(options: Options, ours: Parts, theirs: Parts) -> tuple[Parts, Parts, dict[str, int]]:
    """What both networks have, and what is to be remembered: the side of smaller images, where they differ."""
    if not components.facts("architectures", options.architecture)["NAMES_SIDES"]:
        return ours, theirs, {}
    side, theirs_side = _side(ours), _side(theirs)
    if theirs_side > side:
        raise UserError(
            f"the networks of {_OPTION}={options.start_from} make images of {theirs_side} pixels, and this task's "
            f"networks make images of {side}; a task can start from networks for smaller images, but not for larger "
            "ones"
        )
    if theirs_side == side:
        return ours, theirs, {}
    return *_common(ours, theirs, theirs_side), {"side": theirs_side}


def _common(ours: Parts, theirs: Parts, side: int) -> tuple[Parts, Parts]:
    """Both without what only one has because its images are larger, or smaller; the log names it."""
    new = [f"{part}/{name}" for part, each in ours.items() for name in each if _side_of(name) > side]
    # By which a network takes images of its full side; those of another side have a layer of their own.
    left_out = [
        f"{part}/{name}"
        for part, each in theirs.items()
        for name in each
        if _side_of(name) == side and ".fromrgb" in name and part in ours and name not in ours[part]
    ]
    for what, names in (("new", new), ("left out", left_out)):
        if names:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            said = "%s has networks for images of %d pixels; layers that are %s: %s%s"
            _log.warning(said, _OPTION, side, what, ", ".join(names[:_NAMED]), more)
    return _without(ours, new), _without(theirs, left_out)


def _without(networks: Parts, names: list[str]) -> dict[str, dict[str, object]]:
    apart = {*names}
    return {
        part: {name: value for name, value in each.items() if f"{part}/{name}" not in apart}
        for part, each in networks.items()
    }


def _latest_of(part: str) -> str:
    """The network that a running average is of; "" of a network that is none."""
    return "generator" if part == "average" else part.removesuffix("_average") if part.endswith("_average") else ""
