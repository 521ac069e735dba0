"""Where a search looks: options with ranges beside fixed ones, and settings as points of the unit cube (no TensorFlow).

A setting is the values of the options with ranges, by name; one whose condition is not met is not in it, and so has its
default. Two settings are the same where `settings.setting_key` of their options is.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options, parse
from compare_gan_tf2.studies import settings
from compare_gan_tf2.task_folder.ranges import Choice, LogUniform, Range, Uniform

Setting = Mapping[str, Any]
# Coordinates in [0, 1], one per parameter.
Point = Sequence[float] | np.ndarray
# How far apart two values of a choice are, as the ends of a range are: 1.
_UNIT = math.sqrt(0.5)
_KINDS: dict[str, type[Range]] = {"uniform": Uniform, "log_uniform": LogUniform, "choice": Choice}
_CONDITION = re.compile(r"\s*(\w+)\s*(!=|=)\s*([^=!]*?)\s*")


@dataclasses.dataclass(frozen=True)
class Condition:
    """Which settings have a parameter: "penalty!=none", "loss=hinge|wasserstein".

    Attributes:
        name: of the option that is looked at.
        values: texts of its values.
        is_excluded: whether the option must have none of them, and not one of them.
    """

    name: str
    values: tuple[str, ...]
    is_excluded: bool

    def holds(self, value: Any) -> bool:
        """Whether an option of this value meets it."""
        return (_text(value) in self.values) != self.is_excluded


@dataclasses.dataclass(frozen=True)
class Parameter:
    """An option with a range.

    Attributes:
        name: as it was given; a name that stands for several options ties them together.
        range: of its values.
        is_whole: whether they are whole numbers.
        default: the option's own value where the condition is not met.
        condition: which settings have it; None for all.
    """

    name: str
    range: Range
    is_whole: bool
    default: Any
    condition: Condition | None

    @property
    def size(self) -> int:
        """Features that tell the value to a model: one, or one for each value of a choice."""
        return len(self.range.values) if isinstance(self.range, Choice) else 1

    def value(self, position: float) -> Any:
        """The value at a position of [0, 1]; the ends of a range belong to it."""
        if isinstance(self.range, Choice):
            return self.range.values[min(int(position * self.size), self.size - 1)]
        low, high = self.range.low, self.range.high
        if self.is_whole:  # as many positions for the ends as for the others
            low, high = low - 0.5, high + 0.5
        if isinstance(self.range, LogUniform):
            found = math.exp(math.log(low) + position * (math.log(high) - math.log(low)))
        else:
            found = low + position * (high - low)
        found = min(max(round(found) if self.is_whole else found, self.range.low), self.range.high)
        return int(found) if self.is_whole else settings.rounded(float(found))

    def features(self, value: Any) -> np.ndarray:
        """A value as a model sees it, float64 [size]: its position in [0, 1], or a unit vector of length 1 / sqrt 2."""
        if isinstance(self.range, Choice):
            return _UNIT * np.array([each == value for each in self.range.values], np.float64)
        return np.array([self._position(value)])

    def _position(self, value: float) -> float:
        low, high = self.range.low, self.range.high  # type: ignore[union-attr]
        if low == high:
            return 0.0
        value = min(max(value, low), high)
        if isinstance(self.range, LogUniform):
            return (math.log(value) - math.log(low)) / (math.log(high) - math.log(low))
        return (value - low) / (high - low)

    def position(self, value: Any) -> float:
        """Where in [0, 1] `value` gives this."""
        if isinstance(self.range, Choice):
            return (self.range.values.index(value) + 0.5) / self.size
        return self._position(value)

    def holds(self, value: Any) -> bool:
        """Whether a value is in the range."""
        if isinstance(self.range, Choice):
            return value in self.range.values
        return isinstance(value, int | float) and self.range.low <= value <= self.range.high


@dataclasses.dataclass(frozen=True)
class Space:
    """Options with ranges, and fixed ones.

    Attributes:
        parameters: in the order of their names.
        fixed: options that all settings share, by today's names.
    """

    parameters: tuple[Parameter, ...]
    fixed: Mapping[str, Any]

    @property
    def groups(self) -> np.ndarray:
        """The number of its parameter for each feature, int64 [F]."""
        return np.repeat(np.arange(len(self.parameters)), [each.size for each in self.parameters])

    def at(self, point: Point) -> dict[str, Any]:
        """The setting at a point of the unit cube, one coordinate per parameter."""
        values = {each.name: each.value(position) for each, position in zip(self.parameters, point, strict=True)}
        return {each.name: values[each.name] for each in self.parameters if self._has(each, values)}

    def point(self, setting: Setting) -> np.ndarray:
        """A point at which this setting is, float64 [P]; what it does not have is in the middle."""
        return np.array(
            [each.position(setting[each.name]) if each.name in setting else 0.5 for each in self.parameters]
        )

    def features(self, setting: Setting) -> np.ndarray:
        """A setting as a model sees it, float64 [F]; what it does not have is at its default."""
        return np.concatenate([each.features(setting.get(each.name, each.default)) for each in self.parameters])

    def setting_of(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """The setting that has these values; None if none does, as after a change of the space.

        Args:
            values: of options with and without a range; what is not among them has its default.
        """
        found = {each.name: values[each.name] for each in self.parameters if each.name in values}
        kept = {
            each.name: found[each.name] for each in self.parameters if each.name in found and self._has(each, found)
        }
        rest = {name: value for name, value in values.items() if name not in found}
        if any(value != self.fixed.get(name, getattr(Options, name, value)) for name, value in rest.items()):
            return None
        return kept if self.holds(kept) else None

    def holds(self, setting: Setting) -> bool:
        """Whether a setting is in the space: with a value in its range of every option whose condition is met."""
        names = {each.name for each in self.parameters if self._has(each, setting)}
        return setting.keys() == names and all(
            each.holds(setting[each.name]) for each in self.parameters if each.name in setting
        )

    def options(self, setting: Setting) -> Options:
        """All options of a setting; UserError if the combination cannot be."""
        return Options.from_dict({**self.fixed, **setting})

    def all(self, most: int) -> list[dict[str, Any]] | None:
        """Every setting once, the last parameter varying fastest; None if there are more than so many."""
        if not all(isinstance(each.range, Choice) for each in self.parameters):
            return None
        if math.prod(each.size for each in self.parameters) > most:
            return None
        found: dict[tuple[tuple[str, Any], ...], dict[str, Any]] = {}
        for values in itertools.product(*(each.range.values for each in self.parameters)):  # type: ignore[union-attr]
            chosen = dict(zip((each.name for each in self.parameters), values, strict=True))
            setting = {each.name: chosen[each.name] for each in self.parameters if self._has(each, chosen)}
            found.setdefault(tuple(setting.items()), setting)
        return list(found.values())

    def _has(self, parameter: Parameter, values: Mapping[str, Any]) -> bool:
        if parameter.condition is None:
            return True
        name = parameter.condition.name
        value = values[name] if name in values else self.fixed.get(name, getattr(Options, name, None))
        return parameter.condition.holds(value)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {
            "fixed": dict(self.fixed),
            "ranges": {each.name: _range_to_json(each.range) for each in self.parameters},
        }


def of(values: Mapping[str, Any], place: str) -> Space:
    """The space of a study file: options by name, those with a range and fixed ones.

    Args:
        values: by names new or old.
        place: where they were written, which the line of a mistake begins with.

    Raises:
        UserError: for an unknown name, a range or a condition that cannot be, or no range at all.
    """
    fixed = {name: value for name, value in values.items() if not isinstance(value, Range)}
    ranges = {name: value for name, value in values.items() if isinstance(value, Range)}
    fixed = settings.typed(fixed, place)
    if not ranges:
        raise UserError(f"{place}: no option has a range; use uniform, log_uniform or choice")
    conditional = {name for name, its_range in ranges.items() if its_range.when}
    parameters = tuple(_parameter(name, ranges[name], {*ranges, *fixed}, conditional, place) for name in sorted(ranges))
    return Space(parameters, fixed)


def from_json(content: Mapping[str, Any]) -> Space:
    """The space as a study has it.

    Raises:
        UserError: as `of`; also if it cannot be understood.
    """
    place = "the study's search space"
    try:
        ranges = {name: _range_from_json(said) for name, said in content["ranges"].items()}
        return of({**content["fixed"], **ranges}, place)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"{place} cannot be understood ({error})") from error


def _parameter(name: str, its_range: Range, names: set[str], conditional: set[str], place: str) -> Parameter:
    place = f"{place}, {name}"
    ends = its_range.values if isinstance(its_range, Choice) else (its_range.low, its_range.high)
    if not ends:
        raise UserError(f"{place}: there is nothing to choose from")
    for value in ends:
        if not isinstance(its_range, Choice) and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise UserError(f"{place}: the range ends at {value!r}, which is no number")
    typed = [settings.typed({name: value}, place) for value in ends]
    first = next(iter(typed[0]))
    kind = type(getattr(Options, first))
    if not isinstance(its_range, Choice):
        if kind not in (int, float):
            raise UserError(
                f"{place}: this option is not a number, so it cannot have a range from {ends[0]} to {ends[1]}; "
                "use choice"
            )
        if its_range.low > its_range.high:
            raise UserError(
                f"{place}: the range goes from {its_range.low:g} to {its_range.high:g}; the least comes first"
            )
        if isinstance(its_range, LogUniform) and its_range.low <= 0:
            raise UserError(f"{place}: log_uniform from {its_range.low:g}; a logarithm needs more than 0")
    else:
        # Values that one option has are kept as its type; those that stand for several are kept as they were given.
        values = [each[name] if list(each) == [name] else value for each, value in zip(typed, ends, strict=True)]
        its_range = dataclasses.replace(its_range, values=tuple(dict.fromkeys(values)))
    condition = _condition(its_range.when, names, conditional, place) if its_range.when else None
    return Parameter(name, its_range, kind is int, _default(name, its_range, first), condition)


def _default(name: str, its_range: Range, option: str) -> Any:
    """What an option is where it has no value of its own; of a choice without it the first value."""
    value = getattr(Options, option)
    if isinstance(its_range, Choice):
        return value if name == option and value in its_range.values else its_range.values[0]
    return value


def _condition(text: str, names: set[str], conditional: set[str], place: str) -> Condition:
    parts = _CONDITION.fullmatch(text)
    if not parts:
        raise UserError(
            f"{place}: the condition when={text!r} cannot be read; write it as penalty!=none, or loss=hinge|wasserstein"
        )
    name, sign, said = parts.groups()
    if name not in names and not hasattr(Options, name):
        raise UserError(f"{place}: the condition when={text!r} names option {name}, which does not exist")
    if name in conditional:
        raise UserError(f"{place}: the condition when={text!r} depends on option {name}, which has a condition itself")
    values = [each.strip() for each in said.split("|")]
    try:
        today = [_text(next(iter(parse({name: value}).values()))) for value in values]
    except UserError as error:
        raise UserError(f"{place}: the condition when={text!r} cannot be met: {error}") from error
    # As they were given too: values of an old name stay as they are.
    return Condition(name, tuple(dict.fromkeys([*today, *values])), sign == "!=")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, float) else str(value)


def _range_to_json(its_range: Range) -> dict[str, Any]:
    kind = next(name for name, each in _KINDS.items() if isinstance(its_range, each))
    ends = list(its_range.values) if isinstance(its_range, Choice) else [its_range.low, its_range.high]
    return {kind: ends} | ({"when": its_range.when} if its_range.when else {})


def _range_from_json(said: Mapping[str, Any]) -> Range:
    (kind,) = said.keys() - {"when"}
    if kind not in _KINDS:
        raise ValueError(f"the kind of a range must be one of {', '.join(_KINDS)}, not {kind}")
    ends, when = said[kind], said.get("when", "")
    if kind == "choice":
        return Choice(tuple(ends), when)
    low, high = ends
    return LogUniform(low, high, when) if kind == "log_uniform" else Uniform(low, high, when)


def untried(space: Space, points: Iterator[Point], tried: set[str], count: int) -> list[dict[str, Any]]:
    """The first `count` settings at these points that can be, and whose keys are not among those tried; fewer if the
    points end. Their keys are added to `tried`."""
    found: list[dict[str, Any]] = []
    while len(found) < count and (point := next(points, None)) is not None:
        setting = space.at(point)
        if (key := key_of(space, setting)) is not None and key not in tried:
            tried.add(key)
            found.append(setting)
    return found


def key_of(space: Space, setting: Setting) -> str | None:
    """The setting's key; None if the combination cannot be."""
    try:
        return settings.setting_key(space.options(setting))
    except UserError:
        return None
