"""What became of a study's tasks, read from their folders: cheap enough for ten thousand of them (no TensorFlow)."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Mapping
from typing import Any

STATES = ("waiting", "running", "interrupted", "paused", "trained", "done", "diverged", "failed", "damaged")


@dataclasses.dataclass(frozen=True)
class TaskState:
    """One task at one moment.

    Attributes:
        number: of the task.
        state: waiting (nobody began it), running, interrupted (somebody began it and nobody holds it), paused (at a
            step where it was asked to), trained (to the end, with scores missing), done (with all scores), diverged
            (with all scores), failed, or damaged (its task file cannot be understood).
        step: that its training reached.
        steps: of its whole training.
        scored: checkpoints that have all scores.
        due: checkpoints that are going to have scores, or have them.
        host: that holds the task, or failed on it; "" if that is not known.
        seconds_since: seconds since it was last heard of; None if it never was.
        reason: of a failure or a damage, in one line; else "".
        log: of a failure: path of what was printed; else "".
        options: those in which the study's tasks differ, by name.
    """

    number: int
    state: str
    step: int = 0
    steps: int = 0
    scored: int = 0
    due: int = 0
    host: str = ""
    seconds_since: float | None = None
    reason: str = ""
    log: str = ""
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def of_task(folder: pathlib.Path) -> TaskState:
    """The state of the task in a folder of its own."""
    raise NotImplementedError


def of_study(workdir: pathlib.Path) -> list[TaskState]:
    """The states of all tasks of a work directory, by their numbers."""
    raise NotImplementedError
