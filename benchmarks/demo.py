"""What a demonstration of a system is: options of trainings, and the numbers that say whether the system works."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.trained import Trained

# The training that a demonstration is about, in the table.
SYSTEM = "system"
# Processor minutes that a training may take, and the most that a demonstration may ask for.
MINUTES, MOST_MINUTES = 15.0, 40.0


@dataclasses.dataclass(frozen=True)
class Number:
    """One number of a system, and what it is read beside.

    Attributes:
        name: of a score, without the extractor's id ("label_accuracy"); of a score of another ability than to generate
            "reconstruct/fid"; or of what `Demo.measure` gives.
        control: what the number is when the system does not work: the name of another number of the same training
            ("nn_accuracy_untrained"), or of one of a control's training ("no_information/code_cluster_accuracy").
        published: by the paper, with what it was measured on; empty if there is none.
        expected: here, in words.
        least: the smallest value that is as expected; None without a bound.
        most: the largest one.
        least_more: the smallest value less the control's.
        most_more: the largest value less the control's.
        most_times: the largest value over the control's.
    """

    name: str
    control: str = ""
    published: str = ""
    expected: str = ""
    least: float | None = None
    most: float | None = None
    least_more: float | None = None
    most_more: float | None = None
    most_times: float | None = None

    def is_as_expected(self, value: float, control: float | None = None) -> bool | None:
        """Whether a value is within the bounds; never a NaN. None without bounds, or without the control of one."""
        least, most = [self.least], [self.most]
        beside = (self.least_more, self.most_more, self.most_times)
        if beside != (None, None, None):
            if control is None:
                return None
            least.append(None if self.least_more is None else control + self.least_more)
            most.append(None if self.most_more is None else control + self.most_more)
            most.append(None if self.most_times is None else control * self.most_times)
        bounds = [value >= each for each in least if each is not None]
        bounds += [value <= each for each in most if each is not None]
        return all(bounds) if bounds else None


@dataclasses.dataclass(frozen=True)
class Demo:
    """One system's demonstration.

    Attributes:
        name: of the system and of the file.
        shows: what it shows, in one sentence.
        options: of the training, by name, without the seed. Of a text "{STAGE}" stands for the checkpoint of an earlier
            stage, as option networks_from takes it. No options: nothing is trained, and `measure` does it all.
        numbers: that say whether it works.
        seeds: of its trainings; the table gives the median over them.
        stages: trainings that come before the system's, by name: their whole options, of the same seed, in order.
        controls: trainings of their own, by name: what their options have other than the system's; None drops one.
        metrics: names of the metrics that score a training's last checkpoint, comma-separated; "" for none.
        metrics_of: those of controls that are scored by others, by the control's name.
        measure: gives more numbers by name, of a finished training; it is called for controls too, but not for stages.
        draws_labels: whether the labels of few images that are kept are drawn by the seed too, anew for each.
        minutes: processor minutes on two cores that a training may take; it ends with the first checkpoint after them.
        finding: what the trained system's pictures show, and why a number misses what was expected; no option of it.
    """

    name: str
    shows: str
    options: Mapping[str, Any]
    numbers: tuple[Number, ...]
    seeds: tuple[int, ...] = (0,)
    stages: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    controls: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    metrics: str = ""
    metrics_of: Mapping[str, str] = dataclasses.field(default_factory=dict)
    measure: Callable[[Trained], Mapping[str, float]] | None = None
    draws_labels: bool = False
    minutes: float = MINUTES
    finding: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.minutes <= MOST_MINUTES:
            raise ValueError(f"demonstration {self.name} takes {self.minutes} minutes; at most {MOST_MINUTES:g} go")
        if named := {SYSTEM} & {*self.stages, *self.controls} or {*self.stages} & {*self.controls}:
            raise ValueError(f"demonstration {self.name} has two trainings {', '.join(named)}")
        for number in self.numbers:
            training, slash, _ = number.control.partition("/")
            if slash and training not in self.controls and training in self.stages:
                raise ValueError(f"demonstration {self.name}: stage {training} is scored by nothing")

    @property
    def trainings(self) -> dict[str, dict[str, Any]]:
        """Options of every training by its name, in the order in which they are carried out."""
        changed = {name: {**self.options, **changes} for name, changes in self.controls.items()}
        there = {**self.stages, SYSTEM: self.options, **changed}
        return {
            name: {option: value for option, value in options.items() if value is not None}
            for name, options in there.items()
        }


def names(package: ModuleType) -> list[str]:
    """Names of the demonstrations in a package, sorted: its files."""
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_"))


def load(package: ModuleType, name: str) -> Demo:
    """The demonstration of a name, one of `names`."""
    demo: Demo = importlib.import_module(f"{package.__name__}.{name}").DEMO
    if demo.name != name:
        raise ValueError(f"{name}.py holds the demonstration {demo.name}")
    return demo
