"""What trackers of experiments are told of a task: TensorBoard, W&B, MLflow; a writer's name is its file's name.

Each file defines:
    PACKAGE: the module that has to be installed, and the extra that brings it: ("wandb", "wandb").
    destination(run) -> str: where the points go. Another destination gets all points from the first on.
    start(run) -> Writer: the run, new or the one that `run.identity` names.

Points come from the files of a task, so a tracker can be added at any time, and its failure costs the task nothing.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import pathlib
import pkgutil
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, Protocol

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError


@dataclasses.dataclass(frozen=True)
class Run:
    """A task as a tracker shows it.

    Attributes:
        study: name of the study, which trackers group runs by.
        number: of the task.
        label: in which options it differs from the study's other tasks; may be empty.
        options: that matter, by name: those in which it differs from other tasks, or from the defaults.
        folder: where trackers that write files do it.
        identity: what the tracker called this run earlier; "" if it never heard of it.
    """

    study: str
    number: int
    label: str
    options: Mapping[str, Any]
    folder: pathlib.Path
    identity: str = ""

    @property
    def name(self) -> str:
        """For people: "7 loss=hinge seed=0"."""
        return f"{self.number} {self.label}".rstrip()


class Writer(Protocol):
    """An open run.

    Attributes:
        identity: by which the tracker finds the run again.
        goes_on: whether the tracker has what it was told of `Run.identity` earlier.
    """

    identity: str
    goes_on: bool

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Numbers of one step, by name: "loss/d", "scores/fid_pixels"."""

    def picture(self, step: int, name: str, path: pathlib.Path) -> None:
        """A PNG file."""

    def note(self, facts: Mapping[str, str]) -> None:
        """What is said of the run as a whole, such as its state; the last time counts."""

    def close(self) -> None:
        """Everything has to be where the tracker keeps it."""


def names() -> tuple[str, ...]:
    """Names of all writers, sorted; nothing is imported."""
    return tuple(sorted(each.name for each in pkgutil.iter_modules(__path__) if not each.name.startswith("_")))


def asked(text: str) -> tuple[str, ...]:
    """The writers that a comma-separated text names, each once.

    Raises:
        UserError: for an unknown one, or one whose package is not installed.
    """
    found = tuple(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))
    check(found)
    return found


def check(wanted: Sequence[str]) -> None:
    """UserError if a writer of this name is not known, or its package not installed."""
    for name in wanted:
        package, extra = load(name).PACKAGE
        if importlib.util.find_spec(package) is None:
            raise UserError(f"{name} needs the package {package}: pip install 'compare_gan_tf2[{extra}]'")


def load(name: str) -> ModuleType:
    """The module of a writer; UserError if there is none of that name."""
    if name not in names():
        raise UserError(components.unknown("tracker", name, names()))
    return importlib.import_module(f"{__name__}.{name}")
