"""Task files: one JSON file per task under <workdir>/<number>/, written, read and compared without TensorFlow."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import logging
import math
import os
import pathlib
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.display import is_formula, visible
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import read_json, replace_file
from compare_gan_tf2.options import Options, differences, parse
from compare_gan_tf2.task_folder import experiment_files, ranges

_log = logging.getLogger(__name__)

TASK_FILE = "task.json"
_FORMAT = 1
_CHECKSUM = "sha256"
_FIELDS = ("format", _CHECKSUM, "task_num", "experiment", "notes", "options")


@dataclasses.dataclass(frozen=True)
class Task:
    """One training with its evaluation.

    Attributes:
        number: its place in the study, and its folder's name.
        experiment: name of the study.
        options: everything that decides the outcome.
        notes: plain facts that decide nothing, such as a published score; texts, numbers and truth values by name.
    """

    number: int
    experiment: str
    options: Options
    notes: dict[str, Any] = dataclasses.field(default_factory=dict, hash=False)

    def to_json(self) -> str:
        """The task file's text, with a checksum of all that it says; equal tasks have equal bytes."""
        content = {
            "task_num": self.number,
            "experiment": self.experiment,
            **({"notes": dict(sorted(self.notes.items()))} if self.notes else {}),
            "options": self.options.to_dict(),
        }
        head = {"format": _FORMAT, _CHECKSUM: _checksum(content)}
        return json.dumps({**head, **content}, indent=2) + "\n"


def _checksum(content: Mapping[str, Any]) -> str:
    """Of what a task file says beside its head, however it is laid out."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _refuse_changed(content: Mapping[str, Any]) -> None:
    """Raises ValueError for fields that no version writes, UserError if the checksum is not the content's.

    Files of older versions have none.
    """
    if strange := content.keys() - set(_FIELDS):
        raise ValueError(f"unknown: {', '.join(sorted(strange))}")
    said = {name: value for name, value in content.items() if name not in ("format", _CHECKSUM)}
    if content.get(_CHECKSUM, found := _checksum(said)) != found:
        raise UserError(
            "it was changed after it was written (its checksum does not match); write it again with "
            f'compare_gan_generate_tasks, or, if the change is yours, remove the line with "{_CHECKSUM}"'
        )


def grid(**options: Any) -> list[dict[str, Any]]:
    """The cross product over all values that are lists; the alphabetically first of them varies slowest."""
    varied = sorted(name for name, value in options.items() if isinstance(value, list))
    fixed = {name: value for name, value in options.items() if name not in varied}
    combinations = itertools.product(*(options[name] for name in varied))
    return [fixed | dict(zip(varied, values, strict=True)) for values in combinations]


def possible(combinations: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of the combinations that are not refused as such (`refusals`); wrong names and values are still errors."""
    return [
        each
        for each in combinations
        if not Options.unchecked({name: value for name, value in each.items() if name != "notes"}).refusals()
    ]


def uniform(low: float, high: float, when: str = "") -> ranges.Uniform:
    """A range, uniform on [low, high], for `random_search` and for the `space()` of a search.

    Args:
        low: the least.
        high: the greatest.
        when: which settings have the option at all, such as "penalty!=none"; only for searches.
    """
    return ranges.Uniform(low, high, when)


def log_uniform(low: float, high: float, when: str = "") -> ranges.LogUniform:
    """A range for a search, uniform in the logarithm on [low, high], both positive."""
    return ranges.LogUniform(low, high, when)


def choice(*values: Any, when: str = "") -> ranges.Choice:
    """A range for a search: one of the values."""
    return ranges.Choice(values, when)


def random_search(count: int, seed: int, **options: Any) -> list[dict[str, Any]]:
    """`count` tasks; options that are ranges are drawn anew for each, in the order of their names."""
    source = random.Random(seed)
    return [
        {name: value(source) if callable(value) else value for name, value in sorted(options.items())}
        for _ in range(count)
    ]


def plan(experiment: str, seed: int, overrides: Mapping[str, Any]) -> list[Task]:
    """The tasks of an experiment.

    Args:
        experiment: a known name, or the path of a Python file that defines `tasks(seed)`.
        seed: of the draws of the experiment, if it makes any.
        overrides: options set in every task; notes stay as the experiment gives them.

    Raises:
        UserError: if there is no such experiment, or a task's options or notes are not possible.
    """
    name = _experiment(pathlib.Path(experiment).stem)
    if experiment.endswith(".py"):
        with experiment_files.imports_from_beside(experiment):
            module = experiment_files.from_file(experiment)
            if not callable(getattr(module, "tasks", None)):
                advice = "; it is a search: compare_gan_study new" if hasattr(module, "search") else ""
                raise UserError(f"experiment file {experiment} defines no tasks(seed){advice}")
            planned = experiment_files.tasks_of(module, seed, experiment)
    else:
        module = experiment_files.known(experiment)
        if hasattr(module, "search"):  # whose tasks(seed) are but settings to begin with
            raise UserError(
                f"experiment {experiment} is a search, which creates its tasks in rounds; start it with: "
                f"compare_gan_study new WORKDIR --experiment {experiment}"
            )
        planned = experiment_files.tasks_of(module, seed, experiment)
    changes = parse(overrides)
    made = []
    for number, each in enumerate(planned):
        values = dict(each)
        where = f"experiment {experiment}, task {number}"
        notes = _checked(values.pop("notes", {}), where)
        try:
            options = Options.from_dict(parse(values) | changes)
        except UserError as error:
            raise UserError(f"{where}: {error}") from error
        made.append(Task(number, name, options, notes))
    _remark(made)
    return made


def _remark(planned: Sequence[Task]) -> None:
    """Says once what there is to be said of the tasks' data."""
    lines: dict[str, None] = {}
    for task in planned:
        lines |= dict.fromkeys(catalog.of(task.options).remarks(task.options))
    for line in lines:
        _log.warning("%s", line)


def _experiment(name: str) -> str:
    """A name that may stand in rows of scores."""
    if not name or is_formula(name) or visible(name) != name:
        raise UserError(
            f"experiment {name!r}: a name has to begin with a letter or a digit, and must not contain control "
            "characters"
        )
    return name


def _checked(notes: Any, where: str) -> dict[str, Any]:
    """Notes that JSON gives back as they are."""
    if not isinstance(notes, dict) or not all(isinstance(name, str) for name in notes):
        raise UserError(f"{where}: notes are {notes!r}; they must be a dictionary whose keys are strings")
    for name, value in notes.items():
        if not isinstance(value, str | int | float) or (isinstance(value, float) and not math.isfinite(value)):
            raise UserError(f"{where}: note {name!r} is {value!r}; it must be a text, a number, true or false")
    return dict(notes)


def write(workdir: pathlib.Path, tasks: Sequence[Task]) -> None:
    """Writes the task files; ones that are there with the same experiment and options are left alone.

    Raises:
        UserError: before anything is written, if the work directory holds tasks that are not these; each differing
            field is named.
    """
    problems = list(_conflicts(workdir, tasks))
    if problems:
        shown = "; ".join(problems[:2]) + (f"; and {len(problems) - 2} more" if len(problems) > 2 else "")
        raise UserError(f"{workdir} holds other tasks; use another --workdir, or remove that one ({shown})")
    for task in tasks:
        path = workdir / str(task.number) / TASK_FILE
        if not path.exists():
            with replace_file(path, durable=False) as file:
                file.write(task.to_json().encode())


def _conflicts(workdir: pathlib.Path, tasks: Sequence[Task]) -> Iterator[str]:
    wanted = {task.number: task for task in tasks}
    for number in numbers(workdir):
        if number not in wanted:
            yield f"task {number} is not of this experiment"
            continue
        there, ours = read(workdir, number), wanted[number]
        if there.experiment != ours.experiment:
            yield f"task {number} is of experiment {there.experiment}"
        changed = differences(ours.options.to_dict(), there.options.to_dict())
        if changed:
            yield f"task {number}: {', '.join(changed)}"


def numbers(workdir: pathlib.Path) -> list[int]:
    """Numbers of the tasks in a work directory, sorted."""
    try:
        entries = [entry.name for entry in os.scandir(workdir) if re.fullmatch(r"\d+", entry.name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UserError(f"cannot read {workdir}: {error.strerror}") from error
    return sorted(int(name) for name in entries if (workdir / name / TASK_FILE).is_file())


def read(
    workdir: pathlib.Path, number: int, options_of: Callable[[Mapping[str, Any]], Options] = Options.from_file
) -> Task:
    """A task from its file.

    Args:
        workdir: of the study.
        number: of the task.
        options_of: gives the options that the file lists; for who reads many tasks that share most of theirs.

    Raises:
        UserError: if it is not there or cannot be understood; the message says what there is or what is wrong.
    """
    path = workdir / str(number) / TASK_FILE
    try:
        content = read_json(path)
        if content["format"] != _FORMAT or content["task_num"] != number:
            raise ValueError(f"format {content['format']}, task_num {content['task_num']}")
        notes = _checked(content.get("notes", {}), "task file")
        task = Task(number, _experiment(str(content["experiment"])), options_of(content["options"]), notes)
        _refuse_changed(content)  # what is wrong by itself is said in more detail
        return task
    except FileNotFoundError:
        raise UserError(f"no task {number} in {workdir}: {_what_there_is(workdir)}") from None
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path} is not a task file ({type(error).__name__}: {error}); "
            "write it anew with compare_gan_generate_tasks in a new --workdir"
        ) from error


def of_folder(folder: pathlib.Path) -> Task | None:
    """The task whose own folder this is; None if it is no task of a study.

    Raises:
        UserError: if it has a task file that cannot be understood.
    """
    place = folder.absolute()
    if not place.name.isdecimal() or not (place / TASK_FILE).is_file():
        return None
    return read(place.parent, int(place.name))


def _what_there_is(workdir: pathlib.Path) -> str:
    there = numbers(workdir)
    if not there:
        return "it has none; run: compare_gan_generate_tasks --workdir DIR --experiment NAME"
    return f"it has task{'s' if len(there) > 1 else ''} {there[0]}" + (f" to {there[-1]}" if len(there) > 1 else "")
