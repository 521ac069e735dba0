"""What share of the variance of scores each factor explains: sums of squares of main effects."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

# A factor with more values is left out: sums of squares would take long and say little.
MOST_LEVELS = 50
# Of a sum of squares: what is less is rounding.
_ROUNDING = 1e-10


@dataclasses.dataclass(frozen=True)
class Shares:
    """Shares of the sum of squares of all scores around their mean.

    Attributes:
        factors: of each factor, from 0 to 1; None where it cannot be told from others, or where nothing would be left
            to compare it with.
        unexplained: what all of them together leave: interactions of factors, and chance.
        is_balanced: whether shares and the rest add up to 1, as they do where all values of factors meet equally often.
            Where not, each share is what the factor adds to all others (type II), and what several share is in none.
    """

    factors: Sequence[float | None]
    unexplained: float | None
    is_balanced: bool


def shares(levels: np.ndarray, scores: np.ndarray) -> Shares:
    """The shares of factors, of which the seed may be one.

    Args:
        levels: the value that each factor has, as numbers from 0, int64 [scores, factors].
        scores: float64 [scores].
    """
    count, factors = levels.shape
    none = Shares([None] * factors, None, True)
    total = float(((scores - scores.mean()) ** 2).sum()) if count else 0.0
    if count < 3 or total == 0:
        return none
    found: list[float | None] = [None] * factors
    numbers = [len(np.unique(levels[:, j])) for j in range(factors)]
    used = [j for j in range(factors) if 1 < numbers[j] <= min(MOST_LEVELS, count // 2)]
    parts = {j: _indicators(levels[:, j]) for j in used}
    rest, rank = _rest(list(parts.values()), scores)
    if not used or count - rank <= 0:
        return none
    for j in used:
        without, its_rank = _rest([parts[k] for k in used if k != j], scores)
        # Else its values always come with those of other factors.
        if its_rank < rank:
            found[j] = min(1.0, max(0.0, (without - rest) / total))
    unexplained = min(1.0, max(0.0, rest / total))
    told = sum(share for share in found if share is not None) + unexplained
    return Shares(found, unexplained, abs(told - 1) < 1e-6)


def _indicators(levels: np.ndarray) -> np.ndarray:
    """1 where a score has a level, but for the first level; float64 [scores, levels - 1]."""
    names, places = np.unique(levels, return_inverse=True)
    return np.eye(len(names))[places][:, 1:]


def _rest(parts: Sequence[np.ndarray], scores: np.ndarray) -> tuple[float, int]:
    """The sum of squares that a linear model with these parts leaves, and how many parameters it has."""
    design = np.concatenate([np.ones((len(scores), 1)), *parts], axis=1)
    centered = scores - scores.mean()
    # The normal equations are small whatever the number of scores; indicators make them well-conditioned.
    gram = design.T @ design
    solution, _, rank, _ = np.linalg.lstsq(gram, design.T @ centered, rcond=_ROUNDING)
    return float(((centered - design @ solution) ** 2).sum()), int(rank)
