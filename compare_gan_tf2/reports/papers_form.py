"""A study in the papers' form: the best 5 % of all trainings, the least score of k trainings, the spread of seeds.

"Are GANs Created Equal?" (Lucic et al. 2018) and "The GAN Landscape" (Kurach et al. 2019) compare
configurations, such as a loss with a penalty, each over a search of its rates and weights. A configuration is the
options in which tasks differ and whose values are no numbers; what differs in numbers is what was searched.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from compare_gan_tf2.reports.records import Answer, Gathered, Group
from compare_gan_tf2.studies import settings

BEST_SHARE = 0.05
_LOW, _HIGH = 0.05, 0.95
_MOST_BUDGETS = 60


@dataclasses.dataclass(frozen=True)
class Trainings:
    """All trainings of one configuration.

    Attributes:
        label: "loss=hinge penalty=none".
        options: by which configurations differ.
        values: scores, the best first; a training that was cut has none here.
        ended_badly: how many diverged or failed, which have no score.
        best: setting with the best mean among those with two seeds or more; None without one.
    """

    label: str
    options: Mapping[str, Any]
    values: Sequence[float]
    ended_badly: int
    best: Group | None

    @property
    def count(self) -> int:
        """How many trainings there were."""
        return len(self.values) + self.ended_badly

    @property
    def best_part(self) -> Sequence[float]:
        """Scores of the best 5 % of them, at least one."""
        return self.values[: max(1, math.ceil(BEST_SHARE * self.count))]


@dataclasses.dataclass(frozen=True)
class Least:
    """The best score of k trainings of a configuration, drawn with replacement from those that were done.

    A training that ended badly counts as the worst score of all configurations, as in a search.

    Attributes:
        label: of the configuration.
        trainings: k, increasing from 1.
        expected: the best score's mean.
        low, high: 5 % and 95 % of its distribution, the smaller number first.
    """

    label: str
    trainings: Sequence[int]
    expected: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


@dataclasses.dataclass(frozen=True)
class PapersForm:
    """What the papers' figures show of a study.

    Attributes:
        trainings: by configuration, the one with the best training first.
        least: by configuration, in the same order.
        notes: what limits the comparison, a line each.
    """

    trainings: Sequence[Trainings]
    least: Sequence[Least]
    notes: Sequence[str]


def papers_form(gathered: Gathered, answer: Answer) -> PapersForm:
    """The trainings of a study by configuration; nothing of configurations without a score."""
    sign = -1.0 if answer.column.lower_is_better is False else 1.0
    groups = [group for group in answer.groups if not group.is_cut]
    names = _configuration_names(gathered, groups)
    by_label: dict[str, list[Group]] = {}
    options: dict[str, dict[str, Any]] = {}
    for group in groups:
        own = {name: group.options[name] for name in names if name in group.options}
        label = settings.label(own, list(own)) or "all trainings"
        by_label.setdefault(label, []).append(group)
        options[label] = own
    trainings = [_trainings(label, options[label], each, sign) for label, each in by_label.items()]
    trainings = sorted((each for each in trainings if each.values), key=lambda each: sign * each.values[0])
    worst = max((sign * each.values[-1] for each in trainings), default=0.0)
    least = [_least(each, sign, worst) for each in trainings]
    return PapersForm(trainings, least, _notes(trainings))


def _configuration_names(gathered: Gathered, groups: Iterable[Group]) -> list[str]:
    values: dict[str, list[Any]] = {}
    for group in groups:
        for name, value in group.options.items():
            values.setdefault(name, []).append(value)
    return [
        name
        for name in gathered.varied
        if name in values and any(isinstance(value, bool | str) for value in values[name])
    ]


def _trainings(label: str, options: Mapping[str, Any], groups: Sequence[Group], sign: float) -> Trainings:
    values = sorted((value for group in groups for value in group.values.values()), key=lambda value: sign * value)
    repeated = [group for group in groups if group.count > 1 and group.mean is not None]
    best = min(repeated, key=lambda group: sign * (group.mean or 0.0), default=None)
    return Trainings(label, options, values, sum(group.diverged + group.failed for group in groups), best)


def _least(trainings: Trainings, sign: float, worst: float) -> Least:
    ordered = [sign * value for value in trainings.values] + [worst] * trainings.ended_badly
    budgets = _budgets(len(ordered))
    expected = [_expected(ordered, k) for k in budgets]
    ends = [[_quantile(ordered, k, share) for k in budgets] for share in (_LOW, _HIGH)]
    low, high = ends if sign > 0 else reversed(ends)
    return Least(
        trainings.label,
        budgets,
        [sign * value for value in expected],
        [sign * value for value in low],
        [sign * value for value in high],
    )


def _budgets(count: int) -> list[int]:
    if count <= _MOST_BUDGETS:
        return list(range(1, count + 1))
    return sorted({round(count ** (i / (_MOST_BUDGETS - 1))) for i in range(_MOST_BUDGETS)})


def _expected(ordered: Sequence[float], k: int) -> float:
    """Mean of the least of k draws with replacement from n values in increasing order.

    All draws are at or behind the i-th value (from 0 on) with the probability ((n - i) / n)^k.
    """
    n = len(ordered)
    return sum(value * (((n - i) / n) ** k - ((n - i - 1) / n) ** k) for i, value in enumerate(ordered))


def _quantile(ordered: Sequence[float], k: int, share: float) -> float:
    """The first of these values that the least of k draws does not exceed with this probability."""
    n = len(ordered)
    return next((value for i, value in enumerate(ordered) if 1 - ((n - i - 1) / n) ** k >= share), ordered[-1])


def _notes(trainings: Sequence[Trainings]) -> list[str]:
    counts = {each.count for each in trainings}
    notes = []
    if len(counts) > 1:
        notes.append(f"configurations have {min(counts)} to {max(counts)} trainings: compare them at equal numbers")
    if bad := sum(each.ended_badly for each in trainings):
        notes.append(
            f"{bad} training{'s' * (bad > 1)} that ended badly count{'s' * (bad == 1)} as the worst score seen"
        )
    return notes


def short_names(form: PapersForm) -> dict[str, str]:
    """Label of a configuration -> its values alone, without "none"; the labels themselves where that is not enough."""
    found = {}
    for each in form.trainings:
        values = [settings.shown(value) for value in each.options.values() if value != "none"]
        found[each.label] = ", ".join(values) or ("none" if each.options else each.label)
    return found if len({*found.values()}) == len(found) else {label: label for label in found}


def compared(form: PapersForm) -> str:
    """By which options configurations differ, for a note."""
    names = list(form.trainings[0].options) if form.trainings else []
    return f"configurations: {', '.join(names)}" if names else ""


def best_part_rows(form: PapersForm) -> list[Mapping[str, Any]]:
    """A row for each score of the best 5 %."""
    return [
        {"configuration": each.label, "trainings": each.count, "place": place, "score": value}
        for each in form.trainings
        for place, value in enumerate(each.best_part, 1)
    ]


def least_rows(form: PapersForm) -> list[Mapping[str, Any]]:
    """A row for each configuration and number of trainings."""
    return [
        {"configuration": each.label, "trainings": k, "expected": expected, "low": low, "high": high}
        for each in form.least
        for k, expected, low, high in zip(each.trainings, each.expected, each.low, each.high, strict=True)
    ]


def seeds_rows(form: PapersForm) -> list[Mapping[str, Any]]:
    """A row for each seed of the best setting of each configuration."""
    return [
        {"configuration": each.label, "setting": each.best.label, "seed": seed, "score": value}
        for each in form.trainings
        if each.best
        for seed, value in sorted(each.best.values.items())
    ]
