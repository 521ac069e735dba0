"""Whether one of two values of a factor, or of two settings, is better: exact tests with Holm's correction."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from compare_gan_tf2.reports.records import Comparison, Interval
from compare_gan_tf2.reports.statistics import exact_tests, intervals, ranks

LEVEL = 0.05
BETTER, WORSE, UNDECIDED, TIE = "better", "worse", "undecided", "tie"
# More pairs, or values of each, are not told as what would decide.
_MOST_NEEDED = 1000
# Of p: what is less above the level is rounding.
_ROUNDING = 1e-12


@dataclasses.dataclass(frozen=True)
class Case:
    """What is known of two values of a factor, or of two settings.

    Attributes:
        factor: name of the option; "" of settings.
        a, b: names of the two.
        scores_a, scores_b: of each, finite; of pairs in the same order.
        all_a, all_b: the same with trainings that ended without a score, which are not finite.
        count_a, count_b: values of each, whether they are in a pair or not.
        is_paired: whether scores are pairs, or two samples.
    """

    factor: str
    a: str
    b: str
    scores_a: np.ndarray
    scores_b: np.ndarray
    all_a: np.ndarray
    all_b: np.ndarray
    count_a: int
    count_b: int
    is_paired: bool


def compared(
    cases: Sequence[Case], lower_is_better: bool, family: int | None = None, seed: int = 0
) -> list[Comparison]:
    """The comparisons of one factor, or of settings.

    Args:
        cases: the pairs of values that are compared.
        lower_is_better: of the score.
        family: how many comparisons the correction is for, where these were chosen from more by their scores.
        seed: of what is drawn at random.
    """
    results = _tested([(case.scores_a, case.scores_b) for case in cases], cases, seed)
    failing = [i for i, case in enumerate(cases) if not np.isfinite([*case.all_a, *case.all_b]).all()]
    ranked = {i: _ranked(cases[i], lower_is_better) for i in failing}
    with_failures = list(results)
    for i, result in zip(failing, _tested(list(ranked.values()), [cases[i] for i in failing], seed), strict=True):
        with_failures[i] = result
    corrected = holm([None if each is None else each.p for each in results], family)
    corrected_with = holm([None if each is None else each.p for each in with_failures], family)
    found, undecided = [], max(family or 0, len(cases)) - sum(p is not None and _is_decided(p) for p in corrected)
    for i, case in enumerate(cases):
        verdict = _verdict(corrected[i], case.scores_a, case.scores_b, lower_is_better, case.is_paired)
        # Ranks: 1 is the best.
        verdict_with = _verdict(corrected_with[i], *ranked[i], True, case.is_paired) if i in ranked else verdict
        found.append(_comparison(case, results[i], corrected[i], verdict, verdict_with, undecided))
    return found


def _tested(
    scores: Sequence[tuple[np.ndarray, np.ndarray]], cases: Sequence[Case], seed: int
) -> list[exact_tests.Result | None]:
    """Results of the tests of these scores; None where there is nothing to test."""
    found: list[exact_tests.Result | None] = [None] * len(cases)
    usable = [i for i, (a, b) in enumerate(scores) if len(a) and len(b)]
    pairs = [i for i in usable if cases[i].is_paired]
    samples = [i for i in usable if not cases[i].is_paired]
    for i, result in zip(pairs, exact_tests.of_pairs([scores[i][0] - scores[i][1] for i in pairs], seed), strict=True):
        found[i] = result
    for i, result in zip(samples, exact_tests.of_samples([scores[i] for i in samples], seed), strict=True):
        found[i] = result
    return found


def _ranked(case: Case, lower_is_better: bool) -> tuple[np.ndarray, np.ndarray]:
    """Ranks of all trainings of both, 1 the best; those without a score share the last ones."""
    scores = np.concatenate([case.all_a, case.all_b])
    places = ranks.mean_ranks(np.where(np.isfinite(scores), scores if lower_is_better else -scores, np.inf))
    return places[: len(case.all_a)], places[len(case.all_a) :]


def holm(p_values: Sequence[float | None], family: int | None = None) -> list[float | None]:
    """p after Holm's correction (1979), which keeps the chance of any false claim in the family at the level of each.

    Args:
        p_values: of tests; None where there was nothing to test.
        family: how many tests there are, if these are not all; they are corrected as if they were its smallest.
    """
    order = sorted((i for i, p in enumerate(p_values) if p is not None), key=lambda i: p_values[i] or 0.0)
    found: list[float | None] = [None] * len(p_values)
    reached = 0.0
    for place, i in enumerate(order):
        reached = max(reached, min(1.0, (max(family or 0, len(order)) - place) * (p_values[i] or 0.0)))
        found[i] = reached
    return found


def _verdict(p_corrected: float | None, a: np.ndarray, b: np.ndarray, lower_is_better: bool, is_paired: bool) -> str:
    if p_corrected is None:
        return UNDECIDED
    if len(a) == len(b) and (a == b if is_paired else np.sort(a) == np.sort(b)).all():
        return TIE
    if not _is_decided(p_corrected):
        return UNDECIDED
    return BETTER if (a.mean() < b.mean()) == lower_is_better else WORSE


def _is_decided(p_corrected: float) -> bool:
    return p_corrected <= LEVEL + _ROUNDING


def _comparison(
    case: Case,
    result: exact_tests.Result | None,
    corrected: float | None,
    verdict: str,
    verdict_with: str,
    undecided: int,
) -> Comparison:
    """The comparison of a case in a family in which so many are undecided."""
    a, b = case.scores_a, case.scores_b
    effect = interval = needed = None
    if result is not None:
        effect, interval = _effect(a, b, case.is_paired), _interval(a, b, case.is_paired)
        if verdict == UNDECIDED:
            needed = needed_values(effect, case.is_paired, min(len(a), len(b)), undecided)
    return Comparison(
        factor=case.factor,
        a=case.a,
        b=case.b,
        pairs=len(a) if case.is_paired else 0,
        is_paired=case.is_paired,
        count_a=case.count_a,
        count_b=case.count_b,
        difference=float(a.mean() - b.mean()) if result else None,
        interval=interval,
        effect=effect,
        p=result.p if result else None,
        p_corrected=corrected,
        floor=result.floor if result else None,
        method=result.method if result else "nothing to compare",
        verdict=verdict,
        verdict_with_failures=verdict_with,
        needed=needed,
    )


def _interval(a: np.ndarray, b: np.ndarray, is_paired: bool) -> Interval | None:
    return intervals.of_mean(a - b) if is_paired else intervals.of_difference(a, b)


def _effect(a: np.ndarray, b: np.ndarray, is_paired: bool) -> float | None:
    """The mean difference in deviations: of the differences, or of the values within both samples."""
    if is_paired:
        spread = float((a - b).std(ddof=1)) if len(a) > 1 else 0.0
    else:
        squares = float(((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum())
        spread = math.sqrt(squares / (len(a) + len(b) - 2)) if len(a) + len(b) > 2 else 0.0
    return float(a.mean() - b.mean()) / spread if spread > 0 else None


def needed_values(effect: float | None, is_paired: bool, count: int, tests: int = 1) -> int | None:
    """How many pairs, or values of each of two samples, would decide if the effect stayed as it is.

    As many as Student's t takes to fall below the level; and as the exact test takes for its least p to do so.

    Args:
        effect: in deviations.
        is_paired: whether there are pairs.
        count: how many there are now, which do not decide.
        tests: for how many comparisons p is corrected.

    Returns:
        None if the effect is None or zero, or if more than a thousand were needed.
    """
    if not effect:
        return None
    counts = np.arange(max(count + 1, 2), _MOST_NEEDED + 1)
    freedom = counts - 1 if is_paired else 2 * counts - 2
    least = intervals.about_quantile(freedom, 1 - LEVEL / tests) / np.sqrt(counts if is_paired else counts / 2)
    for place in np.flatnonzero(abs(effect) >= least):
        number = int(counts[place])
        floor = exact_tests.pairs_floor(number) if is_paired else exact_tests.samples_floor(number, number)
        if floor * tests <= LEVEL:
            return number
    return None
