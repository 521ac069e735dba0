"""Adds tasks to a work directory: what is there by content stays, what is new gets the next numbers."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Sequence

from compare_gan_tf2.options import Options


@dataclasses.dataclass(frozen=True)
class Added:
    """Where the tasks that were asked for are.

    Attributes:
        numbers: of the tasks asked for, in their order; equal ones share a number.
        new: those of them that were not there before.
    """

    numbers: tuple[int, ...]
    new: frozenset[int]


def add(workdir: pathlib.Path, wanted: Sequence[Options], *, experiment: str, threads: int) -> Added:
    """Adds the tasks that are not there by content; several processes may add at once.

    Args:
        workdir: of the study.
        wanted: options of the tasks.
        experiment: the name that new tasks repeat.
        threads: that new tasks compute with.

    Raises:
        UserError: if a task file cannot be read or written.
    """
    raise NotImplementedError
