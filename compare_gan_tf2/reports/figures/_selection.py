"""Which settings, tasks and checkpoints figures show, and how they are called there (no matplotlib)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from compare_gan_tf2.reports.figures import NothingToShowError
from compare_gan_tf2.reports.records import Answer, Column, Gathered, Group, Point, Task
from compare_gan_tf2.studies import settings

# Settings in a figure, and those of them that have colors.
MOST, COLORED = 20, 7
_FEWEST_DIGITS, _MOST_DIGITS = 3, 17
# Options whose names stand before numbers.
_MOST_NAMED = 2


def best(answer: Answer, most: int = MOST) -> tuple[list[Group], list[str]]:
    """The best settings that have a score, and remarks on the others.

    Raises:
        NothingToShowError: if none has one.
    """
    scored = [group for group in answer.groups if group.count]
    if not scored:
        raise NothingToShowError(f"no task has a value of {answer.column.short} at {answer.at}")
    notes = []
    if len(scored) > most:
        notes.append(f"best {most} of {len(scored)} settings with scores")
    if bare := len(answer.groups) - len(scored):
        notes.append(f"{bare} setting{'s' if bare > 1 else ''} without a score not shown")
    return scored[:most], notes


def short_names(groups: Sequence[Group]) -> list[str]:
    """Names of settings as short as they are different: values of options, whose options `meaning` tells.

    Of one or two options numbers and switches have their names with them.
    """
    found: list[str] = []
    different = len({tuple(group.options.items()) for group in groups})
    for digits in range(_FEWEST_DIGITS, _MOST_DIGITS + 1):
        found = [_short(group, digits) for group in groups]
        if len(set(found)) == different:
            break
    return found


def _short(group: Group, digits: int) -> str:
    texts = []
    for name, value in group.options.items():
        shown = settings.shown(value, digits)
        texts.append(shown if _is_plain(group, value) else f"{name}={shown}")
    return ", ".join(texts) or group.label or "all tasks"


def meaning(groups: Sequence[Group]) -> str:
    """What the plain values in short names are of: "settings: loss, d_weight_normalization"; empty without any."""
    names = [name for name, value in groups[0].options.items() if _is_plain(groups[0], value)]
    return f"settings: {', '.join(names)}" if names else ""


def _is_plain(group: Group, value: Any) -> bool:
    return len(group.options) > _MOST_NAMED or (isinstance(value, str) and value != "")


def tasks_of(gathered: Gathered, groups: Iterable[Group]) -> dict[str, list[Task]]:
    """The tasks of settings by their keys, without those that a search cut."""
    found: dict[str, list[Task]] = {group.key: [] for group in groups}
    for task in gathered.tasks:
        if task.group in found and not task.is_cut:
            found[task.group].append(task)
    return found


def chosen(task: Task, column: Column, at: str) -> Point | None:
    """The checkpoint of a task that an answer is about: "last", "best" or a step; None if it has none."""
    points = [point for point in task.points if column.key in point.values]
    if at not in ("last", "best"):
        points = [point for point in points if str(point.step) == at]
    if not points:
        return None
    if at != "best":
        return points[-1]
    sign = -1.0 if column.lower_is_better is False else 1.0
    return min(points, key=lambda point: (sign * point.values[column.key], point.step))


def scored(gathered: Gathered, group: Group, answer: Answer) -> dict[int, tuple[Task, Point]]:
    """The task and the checkpoint of each of a setting's values, by the value's key.

    That is the task's seed, but for settings several of whose tasks share one.
    """
    left: dict[float, list[tuple[Task, Point]]] = {}
    for task in tasks_of(gathered, [group])[group.key]:
        point = None if task.has_ended_badly else chosen(task, answer.column, answer.at)
        if point:
            left.setdefault(point.values[answer.column.key], []).append((task, point))
    found = {}
    for key, value in group.values.items():
        alike = left.get(value, [])
        if alike:
            own = next((i for i, (task, _) in enumerate(alike) if task.seed == key), 0)
            found[key] = alike.pop(own)
    return found


def bad_ends(group: Group) -> str:
    """ "2 diverged, 1 failed"; empty if none."""
    counts = (("diverged", group.diverged), ("failed", group.failed))
    return ", ".join(f"{count} {name}" for name, count in counts if count)
