"""The study file: what the tasks of a work directory have in common, and in what they differ.

The tasks themselves are in their folders; a study file without them is a plan, and tasks without it are a study all
the same, only that nothing can be added to it.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Collection, Mapping
from typing import Any

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import read_json, replace_file
from compare_gan_tf2.studies import settings

STUDY_FILE = "study.json"
DEFAULT_NAME = "study"
_FORMAT = 1


@dataclasses.dataclass(frozen=True)
class Study:
    """A study as its file has it.

    Attributes:
        name: of the experiment, which every task repeats.
        source: what the tasks start from: a known experiment, the absolute path of a Python file, or "" for the
            defaults of all options.
        fixed: options that all tasks share, by name, of their right types.
        varied: options that differ, and their values in the order in which they were given.
        seeds: of the trainings, ascending; none where the experiment gives its own.
        threads: that a task computes with.
        search: what a search says of itself; None without one.
        engine: hints for engines, such as the partition of a cluster.
    """

    name: str = DEFAULT_NAME
    source: str = ""
    fixed: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    varied: Mapping[str, tuple[Any, ...]] = dataclasses.field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    threads: int = 1
    search: Mapping[str, Any] | None = None
    engine: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def to_json(self) -> str:
        """The study file's text."""
        content = {"format": _FORMAT, **dataclasses.asdict(self)}
        return json.dumps(content, indent=2) + "\n"


def read(workdir: pathlib.Path) -> Study | None:
    """The study of a work directory; None if that has no study file, such as those of older versions.

    Raises:
        UserError: if the file cannot be understood.
    """
    path = workdir / STUDY_FILE
    try:
        content = dict(read_json(path))
        if content.pop("format") != _FORMAT:
            raise ValueError("it was written by another version of compare_gan_tf2")
        known = {field.name for field in dataclasses.fields(Study)}
        if unknown := sorted(content.keys() - known):
            raise ValueError(f"unknown entry {unknown[0]!r}")
        varied = {str(name): tuple(values) for name, values in content.pop("varied", {}).items()}
        seeds = tuple(map(int, content.pop("seeds", ())))
        return Study(**content, varied=varied, seeds=seeds)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path} is not a study file ({error}); its tasks can still be run one by one") from error


def write(workdir: pathlib.Path, study: Study) -> None:
    """Writes the study file, whole or not at all."""
    with replace_file(workdir / STUDY_FILE) as file:
        file.write(study.to_json().encode())


@dataclasses.dataclass(frozen=True)
class Request:
    """What one call of `new` says of a study; what it leaves out is as the study that is there has it.

    Attributes:
        source: of the tasks, as `Study` has it; None if it says nothing.
        fixed: options that all tasks share.
        varied: options that differ, and their values.
        seeds: of the trainings; None if it says nothing.
        threads: that a task computes with; None if it says nothing.
    """

    source: str | None = None
    fixed: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    varied: Mapping[str, tuple[Any, ...]] = dataclasses.field(default_factory=dict)
    seeds: tuple[int, ...] | None = None
    threads: int | None = None


def extended(there: Study, request: Request, values_there: Mapping[str, Collection[Any]]) -> tuple[Study, Study]:
    """A study with more in it.

    Args:
        there: the study as it is.
        request: what is asked for.
        values_there: the values that the study's tasks have of every option; none of a study without tasks.

    Returns:
        The study that has just what is asked for, whose missing tasks are to be added; and the whole one, for its file.

    Raises:
        UserError: if the request changes what all tasks share.
    """
    _refuse_other_facts(there, request)
    narrowed = {}
    for name, value in request.fixed.items():
        has = (there.fixed[name],) if name in there.fixed else values_there.get(name, ())
        if name in there.varied:
            narrowed[name] = (value,)
        elif has and value not in has:
            said = ", ".join(map(settings.shown, has))
            raise UserError(
                f"option {name} is {said} in all tasks of the study, and {settings.shown(value)} is asked for; vary it "
                f"with --vary {name}={said},{settings.shown(value)}, or use another WORKDIR"
            )
    varied = {**there.varied, **request.varied, **narrowed}
    fixed = {name: value for name, value in {**there.fixed, **request.fixed}.items() if name not in varied}
    asked = dataclasses.replace(
        there, fixed=fixed, varied=varied, seeds=there.seeds if request.seeds is None else request.seeds
    )
    whole = {}
    for name, values in varied.items():
        before = there.varied.get(name) or ((there.fixed[name],) if name in there.fixed else values_there.get(name, ()))
        whole[name] = tuple(dict.fromkeys([*before, *values]))
    seeds = tuple(sorted({*there.seeds, *asked.seeds}))
    return asked, dataclasses.replace(asked, varied=whole, seeds=seeds)


def _refuse_other_facts(there: Study, request: Request) -> None:
    if request.source is not None and request.source != there.source:
        was = f"from experiment {there.source}" if there.source else "without an experiment"
        raise UserError(f"the study was made {was}, and this command asks for {request.source}; use another WORKDIR")
    if request.threads is not None and request.threads != there.threads:
        raise UserError(
            f"tasks of the study compute with {there.threads} thread{'s' * (there.threads > 1)} each, and --threads "
            f"asks for {request.threads}; the number of threads changes the last bits of results; use another WORKDIR"
        )
