"""The study file: what the tasks of a work directory have in common, and in what they differ.

The tasks themselves are in their folders; a study file without them is a plan, and tasks without it are a study all
the same, only that nothing can be added to it.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Mapping
from typing import Any

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import read_json, replace_file

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
            raise ValueError("its format is another version's")
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
