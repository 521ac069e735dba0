"""The score that a task has in a report, and what the training cost."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Sequence

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.reports.records import Column, Point, Task

LAST, BEST = "last", "best"
UNITS = ("trainings", "steps", "images", "seconds")
# States of tasks whose training has reached its end.
_TRAINED = ("trained", "done")


@dataclasses.dataclass(frozen=True)
class Scored:
    """A task with its score.

    Attributes:
        task: the task.
        value: of the score; None without one.
        checkpoints: of how many checkpoints it is the best; 1 at the last or at a step, 0 without a score.
        collapse: why the samples that were scored count as collapsed; else "".
    """

    task: Task
    value: float | None
    checkpoints: int
    collapse: str


def require_at(at: str, column: Column) -> None:
    """Raises UserError unless a score can be taken there."""
    if at == BEST and column.lower_is_better is None:
        raise UserError(f"at=best: neither a low nor a high {column.short} is better")
    if at not in (LAST, BEST) and not (at.isdecimal() and at.isascii()):
        raise UserError(f"at={at}: the score is taken at last, at best, or at a step such as 5000")


def require_unit(unit: str) -> None:
    """Raises UserError unless it is one that budgets are counted in."""
    if unit not in UNITS:
        raise UserError(f"budget={unit}: budgets are counted in {', '.join(UNITS[:-1])} or {UNITS[-1]}")


def values_at(task: Task, column: Column, at: str) -> tuple[float | None, int]:
    """A task's score, and of how many checkpoints it is the best.

    The last and the best one exist once the training has reached its end: before it, they would be those of a shorter
    training.

    Args:
        task: any; one that diverged or failed has no score.
        column: of the score.
        at: "last", "best", or a step.

    Returns:
        (None, 0) if there is no score.
    """
    found = scored(task, column, at)
    return found.value, found.checkpoints


def scored(task: Task, column: Column, at: str) -> Scored:
    """A task with its score at "last", "best", or a step."""
    points = [] if task.has_ended_badly else sorted(task.points, key=lambda point: point.step)
    if at not in (LAST, BEST):
        points = [point for point in points if point.step == int(at)]
    elif task.state not in _TRAINED and not task.is_cut:
        points = []
    elif at == LAST and not task.is_cut:
        # A checkpoint before the end may be the last one that has scores so far.
        points = [point for point in points[-1:] if task.state == "done" or point.step >= task.step]
    have = [point for point in points if column.key in point.values]
    if not have:
        return Scored(task, None, 0, "")
    if at == BEST:
        sign = -1.0 if column.lower_is_better is False else 1.0
        point = min(have, key=lambda point: sign * point.values[column.key])
    else:
        point = have[-1]
    return Scored(task, point.values[column.key], len(have) if at == BEST else 1, point.collapse)


def mean_cost(tasks: Sequence[Task], unit: str, at: str) -> float | None:
    """What one training costs on average, in steps, images or seconds; 1 in trainings; None if nothing says it.

    Args:
        tasks: the trainings.
        unit: one of UNITS.
        at: where scores are taken: up to a step, the training costs what it had cost there.
    """
    if unit == "trainings":
        return 1.0
    costs = [cost for task in tasks if (cost := _cost(task, unit, at)) is not None]
    return statistics.fmean(costs) if costs else None


def _cost(task: Task, unit: str, at: str) -> float | None:
    if unit == "steps" and at in (LAST, BEST):
        return float(task.step) if task.step else None
    points: list[Point] = [point for point in task.points if at in (LAST, BEST) or point.step <= int(at)]
    if not points:
        return None
    point = max(points, key=lambda point: point.step)
    return {"steps": float(point.step), "images": point.images_seen, "seconds": point.seconds}[unit]
