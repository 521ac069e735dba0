"""Every knob of a task, once: name, default, range and meaning.

An `Options` is what a task file holds, what a checkpoint remembers and what a row of scores.csv repeats. Old names of
compare_gan's three versions are accepted on input (`old_names`) and never written.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import os
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from compare_gan_tf2 import components
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import _old_names, _values, combinations, implied
from compare_gan_tf2.options._data import DataOptions
from compare_gan_tf2.options._gan_types import GanTypeOptions
from compare_gan_tf2.options._networks import NetworkOptions
from compare_gan_tf2.options._running import EVALUATION as EVALUATION
from compare_gan_tf2.options._running import RunningOptions
from compare_gan_tf2.options._training import TrainingOptions
from compare_gan_tf2.options._values import allowed as allowed

# Options that are places on the disk, kept with their whole paths.
_PLACES = ("label_file", "networks_from", "start_from", "text_vectors")


@dataclasses.dataclass(frozen=True)
class Options(RunningOptions, GanTypeOptions, TrainingOptions, NetworkOptions, DataOptions):
    """All options of one task, in the order of the bases from the last to the first.

    Use `Options.from_dict` for input from outside: it knows old names, what one option implies for others, and checks.

    What was given is remembered beside the values, and only `replace` looks at it: options are equal, and are written,
    by their values alone.
    """

    _given: ClassVar[frozenset[str]] = frozenset()

    def __new__(cls, **given: Any) -> Options:
        """The options named in the call are the given ones."""
        options = super().__new__(cls)
        options._remember(given)
        return options

    def _remember(self, given: Iterable[str]) -> None:
        object.__setattr__(self, "_given", frozenset(given))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Options:
        """Options from names (new or old) and values (of the right type, or text as on the command line).

        All of them count as given.

        Raises:
            UserError: for an unknown name, a value of the wrong type or out of range, or a combination that cannot be.
        """
        options = cls.unchecked(values)
        options.check()
        return options

    @classmethod
    def from_file(cls, values: Mapping[str, Any]) -> Options:
        """The same from a file of a task, which lists all options and does not say which of them were given.

        Those count as given that have another value than they would have if only the others were listed: a value that
        another option implies, or the default, follows when `replace` changes what it comes from.

        Raises:
            UserError: as `from_dict`.
        """
        # Tasks from before there was a choice train on all images, compare with all, and score generated ones.
        options = cls.from_dict({"held_out_share": 0.0, "evaluated_abilities": "generate"} | dict(values))
        unlisted = cls().to_dict() | implied.by(options.to_dict())
        options._remember(name for name, value in options.to_dict().items() if value != unlisted[name])
        return options

    @classmethod
    def unchecked(cls, values: Mapping[str, Any]) -> Options:
        """As `from_dict`, without a look at ranges and combinations."""
        parsed = parse(values)
        options = cls(**implied.by(parsed) | parsed)
        options._remember(parsed)
        return options

    def to_dict(self) -> dict[str, Any]:
        """All options by name, in the order of their definition."""
        # Not asdict, which copies every value: a study reads thousands of tasks.
        return {name: getattr(self, name) for name in _types()}

    @property
    def generator_weights(self) -> str:
        """Which of the generator's scores, samples and exports are about: "average" or "latest"."""
        return "average" if self.keeps_average and self.evaluated_weights == "auto" else "latest"

    @property
    def keeps_average(self) -> bool:
        """Whether there is a running average of the generator."""
        return bool(self.ema_decay or self.ema_kimg or self.final_ema_share)

    def replace(self, **changes: Any) -> Options:
        """A checked copy with some options changed, which then count as given.

        What was given stays, also where the changes imply another value; all else is as the given options imply it, or
        the default. So the order of several calls does not matter, but for an option that is changed twice.

        Raises:
            UserError: as `from_dict`; also where what was given cannot be combined with the changes.
        """
        given = {name: value for name, value in self.to_dict().items() if name in self._given}
        return self.from_dict(given | parse(changes))

    def check(self) -> None:
        """Raises UserError unless every value is in its range and the combination is possible."""
        for name, field in _fields().items():
            # Defaults are in their ranges, and most values are one: studies check thousands of tasks.
            if (value := getattr(self, name)) != field.default:
                _values.check_range(field, value)
        if self.keep_checkpoints != "all" and not (
            self.keep_checkpoints.isdecimal() and int(self.keep_checkpoints) >= 1
        ):
            raise UserError(f"option keep_checkpoints is {self.keep_checkpoints!r}; it is 'all' or a whole number >= 1")
        dataset = catalog.of(self)
        there = dataset.evaluation_images or math.inf
        # Of a user's own images all are taken where an experiment asks for more.
        is_more = self.evaluation_samples > there and not catalog.is_path(self.dataset)
        if self.evaluation_samples == 1 or is_more:
            raise UserError(
                f"option evaluation_samples is {self.evaluation_samples}; for data set {self.dataset} its range is "
                f"[2, {there}], or 0 for the data set's own number"
            )
        self._check_metrics(dataset)
        for line in self.refusals():
            raise UserError(line)

    def _check_metrics(self, dataset: catalog.Dataset) -> None:
        names = self.metrics.split(",")
        known = tuple(
            name for kind in ("metrics", "model_metrics", "paired_metrics") for name in components.names(kind)
        )
        for name in names:
            if name not in known and name != "default":
                raise UserError(components.unknown("metric", name, (*known, "default")))
        if self.keep_checkpoints != "all" and not {"default", "fid"} & set(names):
            raise UserError("keep_checkpoints spares the best by FID: keep all, or let fid be among the metrics")
        count = min(self.evaluation_samples or dataset.evaluation_samples, dataset.evaluation_images or math.inf)
        for name in components.names("metrics"):
            facts = components.facts("metrics", name)
            least = facts["LEAST_SAMPLES"]
            if (name in names or ("default" in names and facts["DEFAULT"])) and count < least:
                needed = f"metric {name} needs {least} or more"
                if not self.evaluation_samples or count < self.evaluation_samples:
                    raise UserError(f"data set {self.dataset!r} has {count} images to score with; {needed}")
                raise UserError(f"option evaluation_samples is {count}; {needed}, or 0 for the data set's own number")

    def refusals(self) -> dict[str, bool]:
        """Why this combination cannot be: lines, and whether they are about labels; empty if it can be."""
        return {line: refusal.concerns_labels for refusal, line in combinations.found(self)}


def parse(values: Mapping[str, Any]) -> dict[str, Any]:
    """Options by today's names and of the right types, from names new or old and values that may be text.

    Raises:
        UserError: for an unknown name, a value of the wrong type, or an option that is given twice.
    """
    parsed: dict[str, Any] = {}
    for name, value in values.items():
        for new_name, new_value in _old_names.translate(name, value).items():
            if new_name not in _types():
                raise UserError(components.unknown("option", name, _types()))
            read = _values.read(new_name, _types()[new_name], new_value)
            if new_name == "dataset":
                read = catalog.canonical(read)
            if read and (new_name in _PLACES or _names_maps_file(new_name, read)):
                read = os.path.abspath(os.path.expanduser(read))
            if new_name in parsed and parsed[new_name] != read:
                raise UserError(f"option {new_name} is given twice: {parsed[new_name]!r}, and {read!r} by {name}")
            parsed[new_name] = read
    if "gan_type" in values:
        _old_names.settle(str(values["gan_type"]), parsed)
    return parsed


def _names_maps_file(name: str, value: Any) -> bool:
    return name == "perceptual" and value not in combinations.FEATURE_MAPS


def check_values(values: Mapping[str, Any]) -> None:
    """Raises UserError unless each of these values, by today's names and of the right types, is in its range."""
    for name, value in values.items():
        _values.check_range(_fields()[name], value)


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """One phrase per option whose value differs, or which only one side has."""
    missing = object()
    return [
        f"{name} is {_show(ours.get(name, missing), missing)}, was {_show(theirs.get(name, missing), missing)}"
        for name in sorted({*ours, *theirs})
        if ours.get(name, missing) != theirs.get(name, missing)
    ]


def _show(value: Any, missing: object) -> str:
    return "absent" if value is missing else repr(value)


@functools.cache
def _fields() -> dict[str, dataclasses.Field[Any]]:
    return {field.name: field for field in dataclasses.fields(Options)}


@functools.cache
def _types() -> dict[str, type]:
    return {name: _values.type_of(field) for name, field in _fields().items()}


def aliases() -> tuple[str, ...]:
    """Old option names that are accepted on input and are not names of today."""
    return tuple(sorted(set(_old_names.ALIASES) - set(_types())))
