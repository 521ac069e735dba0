"""Network interpolation: weights between those of two tasks of one structure (Wang et al. 2018, section 3.4)."""

from __future__ import annotations

import json
import os
import pathlib

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.task_folder import checkpoints, source_task

FILE = "interpolated_from.json"


def interpolate_networks(
    first: str | os.PathLike, second: str | os.PathLike, share: float, workdir: str | os.PathLike
) -> int:
    """Writes a task whose networks are (1 - share) times those of one task and share times those of another.

    Meant for a generator that was trained on pixels, and the one that went on from it (start_from) in the game. The
    new task has the options of the second and one checkpoint, which is evaluated and exported as any other; it is not
    to be trained further.

    Args:
        first: folder of a finished task, or of one of its checkpoints.
        second: likewise.
        share: in [0, 1].
        workdir: folder of the new task, which must have no checkpoint.

    Returns:
        The step of the checkpoint, which is the second's.

    Raises:
        UserError: if the share is outside, the folder has a checkpoint, or the networks are not alike: the first names
            and both shapes are told.
    """
    if not 0.0 <= share <= 1.0:
        raise UserError(f"a share of network interpolation is {share}; its range is [0, 1]")
    folder = pathlib.Path(workdir)
    if checkpoints.steps(folder):
        raise UserError(f"{folder} holds a checkpoint; name a new folder")
    (one, one_step), (other, step) = (
        source_task.place_of("interpolation", os.path.abspath(p)) for p in (first, second)
    )
    options = checkpoints.options_of(other, step)
    gan = build(options)
    ours, theirs = gan.own_networks(), dict(source_task.networks(other, step))
    source_task.fill(ours, theirs, "interpolation", str(second))
    before = {part: {name: each.numpy() for name, each in named.items()} for part, named in ours.items()}
    source_task.fill(ours, dict(source_task.networks(one, one_step)), "interpolation", str(first))
    for part, variables in ours.items():
        for name, variable in variables.items():
            if variable.dtype.is_floating:
                variable.assign((1.0 - share) * variable + share * before[part][name])
            else:
                variable.assign(before[part][name])
    checkpoints.save(folder, step, gan.tracked(), options)
    with replace_file(folder / FILE) as written:
        sums = {str(place): source_task.digest(place, at) for place, at in ((one, one_step), (other, step))}
        written.write((json.dumps({"share": share, "sha256": sums}, indent=2) + "\n").encode())
    return step
