"""Factors: means of their values, comparisons paired over the other factors and the seeds, shares of the variance."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from compare_gan_tf2.reports._scored import Scored
from compare_gan_tf2.reports.records import Comparison, Factor
from compare_gan_tf2.reports.statistics import comparing, intervals, variance
from compare_gan_tf2.studies import settings

# Of a factor with more values, such as a rate that a search draws, no two values are compared.
MOST_COMPARED = 20
SEED = "seed"


@dataclasses.dataclass(frozen=True)
class Design:
    """What tasks were trained with, and what came of it.

    Attributes:
        used: the tasks.
        names: of the factors, without the seed.
        texts: of the values of each factor, in the order of their numbers.
        levels: number of the value that a task has of each factor, and of its seed at last; int64 [tasks, names + 1].
        scores: float64 [tasks]; not finite of those that diverged or failed.
        finished: which tasks have a score, bool [tasks].
    """

    used: Sequence[Scored]
    names: Sequence[str]
    texts: Sequence[Sequence[str]]
    levels: np.ndarray
    scores: np.ndarray
    finished: np.ndarray


def design(scores: Sequence[Scored], varied: Sequence[str], checkpoints: int) -> Design:
    """The design of a study: of tasks with a score, the best of so many checkpoints, or without one as they failed."""
    used = [
        each
        for each in scores
        if not each.task.is_cut
        and (each.task.has_ended_badly or (each.value is not None and each.checkpoints == checkpoints))
    ]
    names = [name for name in varied if name != SEED]
    columns, texts = [], []
    for name in names:
        numbers, said = _numbered([each.task.options.get(name) for each in used])
        columns.append(numbers)
        texts.append(said)
    columns.append(np.unique([each.task.seed for each in used], return_inverse=True)[1])
    values = np.asarray([np.nan if each.value is None else each.value for each in used], dtype=np.float64)
    return Design(used, names, texts, np.stack(columns, axis=1).astype(np.int64), values, np.isfinite(values))


def _numbered(values: Sequence[Any]) -> tuple[np.ndarray, list[str]]:
    """A number for each value, equal for equal values, and the texts of the values, unequal for unequal ones."""
    distinct: dict[str, Any] = {}
    keys = [repr(value) for value in values]
    for key, value in zip(keys, values, strict=True):
        distinct.setdefault(key, value)
    place = {key: i for i, key in enumerate(distinct)}
    said: list[str] = []
    for digits in range(3, 18):
        said = [settings.shown(value, digits) for value in distinct.values()]
        if len(set(said)) == len(said):
            break
    return np.asarray([place[key] for key in keys], dtype=np.int64), said


def shares(made: Design) -> variance.Shares:
    """What each factor, and the seed at last, explains of the variance."""
    return variance.shares(made.levels[made.finished], made.scores[made.finished])


def factor(made: Design, place: int, share: float | None, lower_is_better: bool | None, seed: int = 0) -> Factor:
    """One factor.

    Where no other factor varies, its values are compared as samples of seeds, as settings are: five seeds against five
    can decide, five pairs cannot.

    Args:
        made: the design.
        place: of the factor in it.
        share: of the variance that it explains.
        lower_is_better: of the score; None if neither is better, so that nothing is compared.
        seed: of what is drawn at random.
    """
    texts, levels = made.texts[place], made.levels[:, place]
    values = [made.scores[made.finished & (levels == level)] for level in range(len(texts))]
    sign = -1.0 if lower_is_better is False else 1.0
    order = sorted(
        range(len(texts)),
        key=lambda level: (
            not len(values[level]),
            sign * values[level].mean() if len(values[level]) else 0,
            texts[level],
        ),
    )
    comparisons: list[Comparison] = []
    if lower_is_better is not None and 1 < len(texts) <= MOST_COMPARED:
        cases = list(_cases(made, place, order, values))
        comparisons = comparing.compared(cases, lower_is_better, seed=seed)
    with_intervals = {texts[level]: intervals.of_mean(values[level]) for level in order}
    return Factor(
        name=made.names[place],
        values=[texts[level] for level in order if len(values[level])],
        means={texts[level]: float(values[level].mean()) for level in order if len(values[level])},
        intervals={text: found for text, found in with_intervals.items() if found is not None},
        share=share,
        comparisons=comparisons,
    )


def _cases(made: Design, place: int, order: Sequence[int], values: Sequence[np.ndarray]) -> Iterator[comparing.Case]:
    """What is compared of two values each, the one with the better mean first."""
    is_paired = len(made.names) > 1
    scores, is_there = _table(made, place, len(values))
    for a, b in itertools.combinations(order, 2):
        if is_paired:
            both = is_there[:, a] & is_there[:, b]
            all_a, all_b = scores[both, a], scores[both, b]
            finite = np.isfinite(all_a) & np.isfinite(all_b)
            scores_a, scores_b = all_a[finite], all_b[finite]
        else:
            all_a, all_b = (made.scores[made.levels[:, place] == level] for level in (a, b))
            scores_a, scores_b = values[a], values[b]
        yield comparing.Case(
            factor=made.names[place],
            a=made.texts[place][a],
            b=made.texts[place][b],
            scores_a=scores_a,
            scores_b=scores_b,
            all_a=all_a,
            all_b=all_b,
            count_a=len(values[a]),
            count_b=len(values[b]),
            is_paired=is_paired,
        )


def _table(made: Design, place: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores of a factor's values under each combination of other factors and seed, [combinations, values].

    Returns:
        The scores, the mean of those that share their place, not finite where a training failed; and where there
        are trainings.
    """
    _, rows = np.unique(np.delete(made.levels, place, axis=1), axis=0, return_inverse=True)
    shape = rows.max() + 1, width
    sums, counts = np.zeros(shape), np.zeros(shape, dtype=np.int64)
    np.add.at(sums, (rows.ravel(), made.levels[:, place]), made.scores)
    np.add.at(counts, (rows.ravel(), made.levels[:, place]), 1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan), counts > 0


def opposed(made: Design, place: int, comparison: Comparison) -> tuple[int, int]:
    """In how many combinations of the other factors the mean difference has the other sign, and of how many."""
    texts = list(made.texts[place])
    a, b = texts.index(comparison.a), texts.index(comparison.b)
    others = np.delete(made.levels, [place, made.levels.shape[1] - 1], axis=1)
    combinations, rows = np.unique(others, axis=0, return_inverse=True)
    means = []
    for level in (a, b):
        used = made.finished & (made.levels[:, place] == level)
        counts = np.bincount(rows.ravel()[used], minlength=len(combinations))
        sums = np.bincount(rows.ravel()[used], weights=made.scores[used], minlength=len(combinations))
        means.append(np.where(counts > 0, sums / np.maximum(counts, 1), np.nan))
    differences = means[0] - means[1]
    differences = differences[np.isfinite(differences)]
    return int((differences * (comparison.difference or 0.0) < 0).sum()), len(differences)
