"""What became of a study's tasks, read from their folders: cheap enough for ten thousand of them (no TensorFlow).

Every look starts from the files: nothing is kept beside them that could be wrong. Files are only opened where a folder
lists them, and a task file is not checked as when it is run.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from compare_gan_tf2 import claims, components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import read_json
from compare_gan_tf2.studies.scored import steps_of
from compare_gan_tf2.task_folder import checkpoints, collapse, flags, score_table, tasks
from compare_gan_tf2.task_folder.column_names import STATUS, STEP
from compare_gan_tf2.task_folder.loss_log import JSONL

STATES = ("waiting", "running", "interrupted", "paused", "trained", "done", "diverged", "failed", "damaged")
# Of which nothing is left to do.
OVER = ("done", "diverged")
STATUS_FILE, FAILURE_FILE = "status.json", "failure.json"
_CLAIM = ".claim"
# What is looked at of a running task's measurements: more than their longest line.
_TAIL_BYTES = 16384
_OPTIONS = {"gan": str, "metrics": str, "training_steps": int, "save_every_steps": int}


@dataclasses.dataclass(frozen=True)
class TaskState:
    """One task at one moment.

    Attributes:
        number: of the task.
        state: waiting (nobody began it), running, interrupted (somebody began it and nobody holds it), paused (at a
            step where it was asked to), trained (to the end, with scores missing), done (with all scores), diverged
            (with all scores), failed, or damaged (its files cannot be understood).
        step: that its training reached, as far as it has said.
        steps: of its whole training.
        scored: checkpoints that have all scores.
        due: checkpoints that are going to have scores, or have them.
        host: that holds the task, or failed on it; "" if that is not known.
        seconds_since: seconds since it was last heard of; None if it never was.
        reason: why it failed, is damaged, or changed hands, in one line; else "".
        log: of a failure: path of what was printed; else "".
        collapse: why the samples of its last scored checkpoint count as collapsed, in one line; "" if they do not.
        flags: what else has to be known of that checkpoint, in one line.
        options: those in which the study's tasks differ, by name; none where they cannot be understood.
        cut_at: of a paused one: the step at which a search cut it (`rounds.with_cuts`); None if none did.
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
    collapse: str = ""
    flags: str = ""
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    cut_at: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return self.state in OVER


def has_paused(folder: pathlib.Path, state: TaskState, until: int | None) -> bool:
    """Whether a task paused where it was asked to, and the checkpoint of that step has scores.

    Args:
        folder: of the task.
        state: of the task.
        until: the step at which it was asked to pause; None if it was not.
    """
    if until is None or state.state != "paused" or state.step < until:
        return False
    return any(int(row[STEP]) == until for row in score_table.sound(score_table.read_rows(folder)))


def of_study(workdir: pathlib.Path) -> list[TaskState]:
    """The states of all tasks of a work directory, by their numbers.

    Raises:
        UserError: if the folder cannot be read.
    """
    found: list[TaskState] = []
    first: dict[str, Any] = {}
    differing: dict[str, None] = {}
    for number in tasks.numbers(workdir):
        seen = _look(workdir / str(number))
        if seen is None:  # removed a moment ago
            continue
        state, options = seen
        first = first or options
        # Only what is different is kept: ten thousand tasks with a hundred options each fill no memory.
        own = {name: value for name, value in options.items() if first.get(name) != value}
        differing |= dict.fromkeys(own)
        found.append(dataclasses.replace(state, options=own))
    place = {name: i for i, name in enumerate(first)}
    names = sorted(differing, key=lambda name: (name == "seed", place.get(name, len(place))))
    return [_with_options(state, names, first) for state in found]


def _with_options(state: TaskState, names: list[str], first: Mapping[str, Any]) -> TaskState:
    """A state with the values of all these options, of which it has those that are not as in the first task."""
    if not state.steps:  # of a task file that cannot be understood
        return state
    return dataclasses.replace(state, options={name: state.options.get(name, first.get(name)) for name in names})


def of_task(
    folder: pathlib.Path, *, ignore_claims: bool = False, rows: Sequence[Mapping[str, str]] | None = None
) -> TaskState:
    """The state of the task in a folder of its own.

    Args:
        folder: of the task.
        ignore_claims: whether it is as if nobody held the task; for who holds it.
        rows: of its scores, if they were read before.

    Raises:
        UserError: if there is no task.
    """
    seen = _look(folder, ignore_claims=ignore_claims, rows=rows)
    if seen is None:
        raise UserError(f"no task in {folder}")
    return seen[0]


def _look(
    folder: pathlib.Path, *, ignore_claims: bool = False, rows: Sequence[Mapping[str, str]] | None = None
) -> tuple[TaskState, dict[str, Any]] | None:
    """A task's state, and its options as far as they can be read; None if there is no task."""
    number = int(folder.name)
    try:
        names = set(os.listdir(folder))
        if tasks.TASK_FILE not in names:
            return None
        options = _options(folder, number)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"{folder / tasks.TASK_FILE} is not a task file ({type(error).__name__}: {error})"
        return TaskState(number, "damaged", reason=reason), {}
    if ignore_claims:
        names = {name for name in names if not _is_claim(name)}
    try:
        return _state(folder, number, names, options, rows), options
    except (OSError, UserError) as error:
        return TaskState(number, "damaged", steps=options["training_steps"], reason=str(error)), options


def _options(folder: pathlib.Path, number: int) -> dict[str, Any]:
    """A task's options as its file has them, those checked that are needed here."""
    content = read_json(folder / tasks.TASK_FILE)
    if content["task_num"] != number:
        raise ValueError(f"task_num is {content['task_num']}")
    options = dict(content["options"])
    for name, wanted in _OPTIONS.items():
        if type(options[name]) is not wanted or (wanted is int and options[name] < 1):
            raise ValueError(f"option {name} is {options[name]!r}")
    if options["gan"] not in components.names("gans"):
        raise ValueError(f"option gan is {options['gan']!r}")
    return options


def _state(
    folder: pathlib.Path,
    number: int,
    names: set[str],
    options: Mapping[str, Any],
    rows: Sequence[Mapping[str, str]] | None,
) -> TaskState:
    status = _status(folder) if STATUS_FILE in names else {}
    state, step = status.get("state", ""), status.get("step", 0)
    rows = score_table.sound(score_table.read_rows(folder) if rows is None else rows)
    scored = {each for each in steps_of(rows, options) if state == "diverged" or _is_due(each, options)}
    due = _due_of_ended(folder, options, state, step, scored) if state in OVER else None
    holders = [claims.holder(folder, name.removesuffix(_CLAIM)) for name in sorted(names) if _is_claim(name)]
    living = next((each for each in holders if each and each.is_alive), None)
    dead = next((each for each in holders if each and not each.is_alive), None)
    known: dict[str, Any] = {
        "step": step,
        "steps": options["training_steps"],
        "scored": len(scored if due is None else scored & due),
        "due": _count_due(options) if due is None else len(due),
        "seconds_since": _seconds_since(folder, names),
        "collapse": _said(rows, collapse.of_row),
        "flags": _said(rows, flags.of_row),
    }
    if living:
        known["step"] = max(step, _measured_step(folder) if JSONL in names and state != "done" else 0)
        known |= {"host": living.host, "seconds_since": living.seconds_still}
        if living.taken_from:
            known["reason"] = f"{_dead(living.taken_from, living.taken_after)}; taken over by {living.host}"
        return TaskState(number, "running", **known)
    ended = due is not None and (state == "diverged" or options["training_steps"] in due)
    if due is not None and ended and due <= scored:
        return TaskState(number, state, **known)
    if FAILURE_FILE in names and (failure := _failure(folder)):
        return TaskState(number, "failed", **known | failure)
    if dead:
        known |= {
            "host": dead.host,
            "reason": _dead(dead.host, dead.seconds_still),
            "seconds_since": dead.seconds_still,
        }
    if ended:
        return TaskState(number, "trained", **known)
    if state == "paused" and not dead:
        return TaskState(number, "paused", **known)
    began = bool(dead or state or checkpoints.steps(folder))
    return TaskState(number, "interrupted" if began else "waiting", **known)


def _dead(host: str, seconds: float) -> str:
    """Why a task counts as left, in words."""
    return f"its worker{f' on {host}' if host else ''} showed no sign of life for {duration(seconds)}"


def _said(rows: Sequence[Mapping[str, str]], of_row: Callable[[Mapping[str, str]], str]) -> str:
    """What any row of the last step with scores says."""
    scored = [row for row in rows if row[STATUS] == "ok"]
    return next((said for row in scored if row[STEP] == scored[-1][STEP] and (said := of_row(row))), "")


def _is_claim(name: str) -> bool:
    return name.endswith(_CLAIM) and not name.startswith(".")


def _is_due(step: int, options: Mapping[str, Any]) -> bool:
    if step == 0:
        return bool(options.get("save_initial"))
    return step % options["save_every_steps"] == 0 or step == options["training_steps"]


def _count_due(options: Mapping[str, Any]) -> int:
    """How many checkpoints a training's options ask for."""
    return -(-options["training_steps"] // options["save_every_steps"]) + bool(options.get("save_initial"))


def _due_of_ended(
    folder: pathlib.Path, options: Mapping[str, Any], state: str, step: int, scored: set[int]
) -> set[int]:
    """Steps that are scored in the end: those whose checkpoint is there, or was there until it was scored.

    A divergence is a row of its own. Its last checkpoint is scored even between two that are due, unless it was only
    there to go on from.
    """
    if state == "done" and len(scored) == _count_due(options):
        return scored
    there = checkpoints.steps(folder)
    due = {each for each in there if _is_due(each, options)} | scored
    if state == "diverged":
        due |= {step} | {each for each in there[-1:] if not checkpoints.is_interim(folder, each)}
    return due


def _status(folder: pathlib.Path) -> dict[str, Any]:
    """What the training last said of itself."""
    path = folder / STATUS_FILE
    try:
        status = dict(read_json(path))
        if not isinstance(status["step"], int) or not isinstance(status["state"], str):
            raise ValueError(f"it holds {status}")
        return status
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} cannot be read ({error}); remove it to go on") from error


def _failure(folder: pathlib.Path) -> dict[str, Any]:
    """Why a task failed; nothing if that was taken back a moment ago."""
    path = folder / FAILURE_FILE
    try:
        said = dict(read_json(path))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError) as error:
        return {"reason": f"{path} cannot be read ({error})"}
    return {"reason": str(said.get("line", "")), "host": str(said.get("host", "")), "log": str(said.get("log", ""))}


def _seconds_since(folder: pathlib.Path, names: set[str]) -> float | None:
    """Seconds since the newest of a task's own files changed."""
    changed = []
    for name in (STATUS_FILE, FAILURE_FILE):
        if name in names:
            with contextlib.suppress(FileNotFoundError):
                changed.append((folder / name).stat().st_mtime)
    return max(0.0, time.time() - max(changed)) if changed else None


def _measured_step(folder: pathlib.Path) -> int:
    """The last step whose measurements were written; a line that is still being written does not count."""
    with contextlib.suppress(OSError, ValueError), (folder / JSONL).open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
        for line in _backwards(file.read()):
            step = json.loads(line).get("step")
            return step if isinstance(step, int) else 0
    return 0


def _backwards(text: bytes) -> Iterator[bytes]:
    """Whole lines of a text's end, the last one first."""
    yield from reversed([line for line in text.split(b"\n")[:-1] if line.startswith(b"{")])


def duration(seconds: float) -> str:
    """A time in one unit: 40 s, 4 min, 3 h, 2 days."""
    for size, unit in ((86400.0, "days"), (3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
