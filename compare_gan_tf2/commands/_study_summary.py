"""What is said of the tasks that `compare_gan_study` has run."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Sequence

from compare_gan_tf2.studies.engines import Summary

_MOST_LISTED = 20


def became(summary: Summary, workdir: pathlib.Path) -> Iterator[str]:
    """Lines that say what a run left."""
    if summary.diverged:
        yield f"diverged (this counts as a result): {_listed(summary.diverged)}"
    if summary.failed:
        yield f"{counted(len(summary.failed), 'task')} failed:"
    for failure in summary.failed:
        yield f"{failure.number}: {failure.line} ({failure.log})"
    if summary.undone:
        yield f"{counted(len(summary.undone), 'task')} not done: {_listed(summary.undone)}"
    if summary.failed or summary.undone:
        yield f"the same command goes on: compare_gan_study run {workdir}"
    else:
        yield f"all {counted(len(summary.done), 'task')} done"


def _listed(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:_MOST_LISTED]))
    return f"{shown} and {len(numbers) - _MOST_LISTED} more" if len(numbers) > _MOST_LISTED else shown


def counted(count: int, what: str) -> str:
    """A number of things in words: "1 task", "2 tasks"."""
    return f"{count} {what}{'' if count == 1 else 's'}"
