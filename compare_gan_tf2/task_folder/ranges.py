"""Ranges of options: what a random search draws from, and what a search of a study looks in."""

from __future__ import annotations

import dataclasses
import math
import random
from typing import Any


@dataclasses.dataclass(frozen=True)
class Uniform:
    """All numbers of [low, high] alike.

    Attributes:
        low: the least.
        high: the greatest.
        when: which settings have the option at all, such as "penalty!=none"; "" for all. Only searches look at it.
    """

    low: float
    high: float
    when: str = ""

    def __call__(self, source: random.Random) -> float:
        """A draw."""
        return source.uniform(self.low, self.high)


@dataclasses.dataclass(frozen=True)
class LogUniform:
    """Numbers of [low, high], both positive, whose logarithms are alike; attributes as of `Uniform`."""

    low: float
    high: float
    when: str = ""

    def __call__(self, source: random.Random) -> float:
        """A draw."""
        return 10 ** source.uniform(math.log10(self.low), math.log10(self.high))


@dataclasses.dataclass(frozen=True)
class Choice:
    """One of some values; `when` as of `Uniform`."""

    values: tuple[Any, ...]
    when: str = ""

    def __call__(self, source: random.Random) -> Any:
        """A draw."""
        return source.choice(self.values)


Range = Uniform | LogUniform | Choice
