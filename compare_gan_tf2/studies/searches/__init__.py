"""Searches: which settings of a space a study tries next. The folder is the table; a search's name is its file's name.

Each has `propose(space, known, rng, count, tried) -> list of settings`: at most `count` of them, fewer only where no
others are left, none equal to another or to one that was tried. It depends on its arguments alone: not on the order in
which tasks ended, nor on how many ran side by side. Nothing imports TensorFlow before it fits a model.
"""

from __future__ import annotations

import dataclasses
import importlib
import itertools
import math
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import space as spaces
from compare_gan_tf2.studies.space import Setting, Space
from compare_gan_tf2.task_folder import column_names

# Settings of a space without ranges that are listed; of more of them points are drawn.
_MOST_LISTED = 10_000
# Draws per setting that is wanted, after which a space counts as exhausted.
_DRAWS_EACH, _LEAST_DRAWS = 50, 2000


@dataclasses.dataclass(frozen=True)
class Search:
    """How a study looks for good settings.

    Attributes:
        kind: name of the search.
        rounds: how often settings are proposed; of halving, how many lengths trainings are compared at.
        batch: settings per round; of halving, at the first length.
        score: by which settings are compared, such as "fid".
        seed: of all draws.
        factor: of halving: one setting of so many goes on, so many times as long; 0 of the others.
    """

    kind: str
    rounds: int
    batch: int
    score: str = "fid"
    seed: int = 0
    factor: int = 0

    def __post_init__(self) -> None:
        if self.kind not in names():
            raise UserError(components.unknown("search", self.kind, names()))
        least = {"rounds": 1, "batch": 1, "seed": 0, "factor": 2 if self.kind == "halving" else 0}
        for name, low in least.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < low:
                raise UserError(f"search {self.kind}: {name} is {value!r}; it has to be a whole number from {low} on")
        column_names.lower_is_better(self.score)

    def to_json(self) -> dict[str, Any]:
        """What the constructor takes."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Known:
    """What is known of settings, for a model; more is better.

    Attributes:
        settings: N of them.
        means: of each one's trainings, float64 [N].
        errors: standard errors of the means, float64 [N]; 0 of a single training.
    """

    settings: Sequence[Setting]
    means: np.ndarray
    errors: np.ndarray


def known(settings: Sequence[Setting], scores: Sequence[Sequence[float]], *, lower_is_better: bool) -> Known:
    """What is known of settings from the scores of their trainings.

    Args:
        settings: N of them.
        scores: of each one's trainings; one that is not finite is of a training that diverged, and counts as the
            worst that is seen of any.
        lower_is_better: the direction of the score.
    """
    sign = -1.0 if lower_is_better else 1.0
    finite = [sign * value for each in scores for value in each if math.isfinite(value)]
    worst = min(finite, default=0.0)
    values = [[sign * value if math.isfinite(value) else worst for value in each] for each in scores]
    return Known(
        settings,
        np.array([np.mean(each) for each in values], np.float64),
        np.array([np.std(each, ddof=1) / len(each) ** 0.5 if len(each) > 1 else 0.0 for each in values], np.float64),
    )


def draws(space: Space, rng: np.random.Generator, tried: set[str], count: int) -> list[dict[str, Any]]:
    """At most `count` settings at random that were not tried; fewer only where no others are left.

    Their keys are added to `tried`.
    """
    if (listed := space.all(_MOST_LISTED)) is not None:
        points: Iterator[spaces.Point] = (space.point(listed[i]) for i in rng.permutation(len(listed)))
    else:
        most = max(_LEAST_DRAWS, _DRAWS_EACH * count)
        points = (rng.random(len(space.parameters)) for _ in itertools.repeat(None, most))
    return spaces.untried(space, points, tried, count)


def names() -> tuple[str, ...]:
    """Names of all searches, sorted; nothing is imported."""
    return tuple(sorted(each.name for each in pkgutil.iter_modules(__path__) if not each.name.startswith("_")))


def load(name: str) -> ModuleType:
    """The module of a search."""
    return importlib.import_module(f"{__name__}.{name}")


def from_json(content: Mapping[str, Any]) -> Search:
    """The search as a study has it; UserError if it cannot be understood."""
    try:
        return Search(**content)
    except TypeError as error:
        raise UserError(f"the study's search cannot be understood ({error})") from error
