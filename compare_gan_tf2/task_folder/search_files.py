"""What an experiment says of a search: how to look, where, and what to begin with (no TensorFlow)."""

from __future__ import annotations

import dataclasses
from typing import Any

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.task_folder import experiment_files


@dataclasses.dataclass(frozen=True)
class SearchFile:
    """What an experiment says of a search.

    Attributes:
        search: as it is there.
        space: options by name, those with a range and fixed ones.
        first: settings to begin with; none if the file gives no tasks.
        configurations: what each of several searches has in place of the space's options or beside them, by name; none
            if there is one search.
    """

    search: Any
    space: dict[str, Any]
    first: list[dict[str, Any]]
    configurations: list[dict[str, Any]] = dataclasses.field(default_factory=list)


def read(experiment: str, seed: int) -> SearchFile | None:
    """What an experiment says of a search; None if it has no `search`.

    Args:
        experiment: a known name, or the path of a Python file.
        seed: of the settings to begin with.

    Raises:
        UserError: if the file fails, or has a search and no space() that gives options.
    """
    if experiment.endswith(".py"):
        with experiment_files.imports_from_beside(experiment):
            return _of(experiment_files.from_file(experiment), f"experiment file {experiment}", experiment, seed)
    if experiment_files.is_known(experiment):
        return _of(experiment_files.known(experiment), f"experiment {experiment}", experiment, seed)
    return None


def _of(module: Any, place: str, experiment: str, seed: int) -> SearchFile | None:
    if getattr(module, "search", None) is None:
        return None
    if not callable(getattr(module, "space", None)):
        raise UserError(f"{place} has a search and defines no space()")
    space = experiment_files.given(module.space, experiment)
    if not isinstance(space, dict) or not all(isinstance(name, str) for name in space):
        raise UserError(f"experiment {experiment}: space() must give a dictionary of options")
    has_tasks = callable(getattr(module, "tasks", None))
    first = experiment_files.tasks_of(module, seed, experiment) if has_tasks else []
    return SearchFile(module.search, space, [dict(each) for each in first], _configurations(module, experiment))


def _configurations(module: Any, experiment: str) -> list[dict[str, Any]]:
    function = getattr(module, "configurations", None)
    if not callable(function):
        return []
    found = experiment_files.given(function, experiment)
    if not experiment_files.is_list_of_options(found):
        raise UserError(
            f"experiment {experiment}: configurations() must return a list of one or more dictionaries of options"
        )
    return [dict(each) for each in found]
