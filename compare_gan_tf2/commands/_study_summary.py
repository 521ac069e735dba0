"""What is said of the tasks that `compare_gan_study` has run."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Sequence

from compare_gan_tf2.studies import failures
from compare_gan_tf2.studies.engines import Failure, Summary

_MOST_LISTED = 20


def became(summary: Summary, workdir: pathlib.Path) -> Iterator[str]:
    """Lines that say what a run left."""
    if summary.diverged:
        tasks = "task" if len(summary.diverged) == 1 else "tasks"
        yield f"diverged (this counts as a result): {tasks} {_listed(summary.diverged)}"
    yield from _failed(summary, workdir)
    if summary.undone:
        yield f"{counted(len(summary.undone), 'task')} not done: {_listed(summary.undone)}"
    if summary.failed or summary.undone:
        yield f"run the same command again to continue: compare_gan_study run {workdir}"
    else:
        all_of = "" if len(summary.done) == 1 else "all "
        yield f"{all_of}{counted(len(summary.done), 'task')} done"


def _failed(summary: Summary, workdir: pathlib.Path) -> Iterator[str]:
    """Why tasks failed, each reason once."""
    reasons: dict[str, list[Failure]] = {}
    for failure in summary.failed:
        reasons.setdefault(failures.reason(failure.line, workdir / str(failure.number)), []).append(failure)
    if not reasons:
        return
    count = len(summary.failed)
    if len(reasons) == 1 and count > 1 and summary.undone and not summary.done:
        yield f"stopped early: the {count} tasks that were tried all failed for the same reason:"
    else:
        yield f"{counted(count, 'task')} failed{', all for the same reason' * (len(reasons) == 1 < count)}:"
    for reason, these in reasons.items():
        first = these[0]
        if len(these) == 1:
            yield f"{first.number}: {first.line} ({first.log})"
        else:
            yield f"{_listed([each.number for each in these])}: {reason} (log of task {first.number}: {first.log})"


def _listed(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:_MOST_LISTED]))
    return f"{shown} and {len(numbers) - _MOST_LISTED} more" if len(numbers) > _MOST_LISTED else shown


def counted(count: int, what: str) -> str:
    """A number of things in words: "1 task", "2 tasks"."""
    return f"{count} {what}{'' if count == 1 else 's'}"
