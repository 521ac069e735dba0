"""The state of a study as text that fits a terminal, and as JSON."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from compare_gan_tf2 import display
from compare_gan_tf2.studies import settings
from compare_gan_tf2.studies.state import STATES, TaskState
from compare_gan_tf2.studies.terminal import table, wrapped

# Lines of a table, and of a list; the rest is counted.
_MOST_LINES, _MOST_LISTED = 40, 10
# What people are told of a paused task that a search cut; it comes after those that go on.
_CUT = "cut"
_SHOWN = tuple(name for state in STATES for name in ((state, _CUT) if state == "paused" else (state,)))


def text(states: Sequence[TaskState], width: int) -> str:
    """Counts, then a table, then what needs a look; no line is longer than the terminal, but for paths of logs.

    Args:
        states: of all tasks.
        width: of the terminal, in characters.
    """
    if not states:
        return "no tasks"
    parts = [
        counts(states),
        _table(states, width),
        *_failures(states),
        *_deaths(states),
        *_asides(states, width),
        _gaps(states),
    ]
    return "\n".join(part for part in parts if part)


def counts(states: Sequence[TaskState]) -> str:
    """How many tasks are in which state: "18 of 24 done, 3 running to step 400, 1 diverged, 2 failed".

    Behind it stands how many may have collapsed, whatever their state: "; 2 may have collapsed".
    """
    number = collections.Counter(map(_shown, states))
    running = [each.step for each in states if each.state == "running"]
    said = {state: f"{count} {state}" for state, count in number.items()}
    if running:
        said["running"] += f" to step {max(running)}"
    order = ["done", "running", *(state for state in _SHOWN if state not in ("done", "running"))]
    parts = [f"{number['done']} of {len(states)} done", *(said[state] for state in order[1:] if state in said)]
    flagged = sum(bool(each.collapse) for each in states)
    return ", ".join(parts) + (f"; {flagged} may have collapsed" if flagged else "")


def as_json(states: Sequence[TaskState]) -> dict[str, Any]:
    """The status for programs: counts by state, and all that is known of each task."""
    number = collections.Counter(each.state for each in states)
    return {
        "tasks": len(states),
        "counts": {state: number[state] for state in STATES if number[state]},
        "collapsed": sum(bool(each.collapse) for each in states),
        "flagged": sum(bool(each.flags) for each in states),
        "states": [dataclasses.asdict(each) for each in states],
    }


def _table(states: Sequence[TaskState], width: int) -> str:
    """A line for each task; of many tasks a line for each setting."""
    if len(states) <= _MOST_LINES:
        return _of_tasks(states, width)
    return _of_settings(states, width)


def _of_tasks(states: Sequence[TaskState], width: int) -> str:
    names = _names(states)
    rows = [
        [
            str(each.number),
            _shown(each),
            f"{each.step}/{each.steps}" if each.steps else "",
            f"{each.scored}/{each.due}" if each.due else "",
            *(settings.shown(each.options[name]) if each.options else "" for name in names),
        ]
        for each in states
    ]
    return table(["task", "state", "step", "scored", *names], rows, width)


def _of_settings(states: Sequence[TaskState], width: int) -> str:
    names = [name for name in _names(states) if name != settings.SEED]
    groups: dict[str, list[TaskState]] = {}
    for each in states:
        groups.setdefault(repr([each.options.get(name) for name in names]), []).append(each)
    there = [state for state in _SHOWN if any(_shown(each) == state for each in states)]
    # Those that still have something to do first.
    order = sorted(groups.values(), key=lambda group: all(each.is_over or each.cut_at for each in group))
    rows = [
        [
            str(len(group)),
            *(str(sum(_shown(each) == state for each in group) or "") for state in there),
            *(settings.shown(group[0].options[name]) if group[0].options else "" for name in names),
        ]
        for group in order[:_MOST_LINES]
    ]
    more = len(order) - len(rows)
    said = f"\nand {more} more setting{'s' * (more > 1)}; --json has all" if more else ""
    return table(["tasks", *there, *names], rows, width) + said


def _shown(each: TaskState) -> str:
    return _CUT if each.cut_at else each.state


def _names(states: Sequence[TaskState]) -> list[str]:
    """The options in which the tasks differ."""
    return next((list(each.options) for each in states if each.options), [])


def _gaps(states: Sequence[TaskState]) -> str:
    """Which numbers have no task any more."""
    there = {each.number for each in states}
    gone = [number for number in range(max(there)) if number not in there]
    more = f" and {len(gone) - _MOST_LISTED} more" if len(gone) > _MOST_LISTED else ""
    return f"removed tasks: {', '.join(map(str, gone[:_MOST_LISTED]))}{more}" if gone else ""


def _failures(states: Sequence[TaskState]) -> list[str]:
    """A line for each failure and damage, and how many failed on which host."""
    failed = [each for each in states if each.state in ("failed", "damaged")]
    lines = [f"{each.number}: {display.line(each.reason)}" + (f" ({each.log})" if each.log else "") for each in failed]
    hosts = collections.Counter(each.host or "unknown" for each in failed if each.state == "failed")
    if len(hosts) > 1:
        lines_of_hosts = [f"failed by host: {_listed(hosts)}"]
    else:
        lines_of_hosts = [
            f"all failures happened on host {host}" for host in hosts if host != "unknown" and len(failed) > 1
        ]
    return _few(lines) + lines_of_hosts


def _listed(hosts: Mapping[str, int]) -> str:
    return ", ".join(f"{host} {count}" for host, count in sorted(hosts.items(), key=lambda each: (-each[1], each[0])))


def _deaths(states: Iterable[TaskState]) -> list[str]:
    """A line for each task whose worker died."""
    changed = [each for each in states if each.state not in ("failed", "damaged") and each.reason]
    return _few([f"{each.number}: {display.line(each.reason)}" for each in changed])


def _asides(states: Iterable[TaskState], width: int) -> list[str]:
    """What is said of each task whose last samples count as collapsed, and of each that has flags."""
    collapsed = [f"{each.number}: collapsed? {display.line(each.collapse)}" for each in states if each.collapse]
    flagged = [f"{each.number}: {display.line(each.flags)}" for each in states if each.flags]
    return [wrapped(line, width) for lines in (collapsed, flagged) for line in _few(lines)]


def _few(lines: list[str]) -> list[str]:
    more = len(lines) - _MOST_LISTED
    return lines if more <= 0 else [*lines[:_MOST_LISTED], f"and {more} more; --json has all"]
