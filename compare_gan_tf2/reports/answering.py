"""The answer that tasks give for one score: groups, factors and budgets with their statistics, and words for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from compare_gan_tf2.reports import _budgets, _factors, _groups, _scored, verdicts
from compare_gan_tf2.reports._factors import Design
from compare_gan_tf2.reports._scored import Scored, values_at
from compare_gan_tf2.reports.records import Answer, Column, Factor, Gathered, Group
from compare_gan_tf2.reports.statistics import comparing, exact_tests, intervals, variance
from compare_gan_tf2.task_folder.protocol import Protocol

__all__ = ["answer", "values_at"]
# Facts of a protocol that a title tells.
_TITLE_FACTS = (("generated", "samples"), ("data", "data"), ("extractor", "extractor"))


def answer(gathered: Gathered, column: Column, at: str = "last", budget: str = "trainings", seed: int = 0) -> Answer:
    """The answer for one score.

    Args:
        gathered: the tasks.
        column: of the score.
        at: "last", "best", or a step such as "5000"; the scores of which checkpoints are compared.
        budget: unit of the curves under a budget: "trainings", "steps", "images" or "seconds".
        seed: of everything that is drawn at random.

    Raises:
        UserError: for another `at` or `budget`, and for the best of a score of which neither direction is better.
    """
    at = str(at)
    _scored.require_at(at, column)
    _scored.require_unit(budget)
    lower = column.lower_is_better
    scores = [_scored.scored(task, column, at) for task in gathered.tasks]
    groups = _groups.groups(gathered, scores, lower)
    checkpoints = _groups.usual_checkpoints(groups)
    made = _factors.design(scores, gathered.varied, checkpoints)
    explained = _factors.shares(made)
    factors = [_factors.factor(made, i, explained.factors[i], lower, seed) for i in range(len(made.names))]
    found = Answer(
        column=column,
        at=at,
        title=_title(column, at, checkpoints),
        groups=groups,
        factors=factors,
        settings=[] if lower is None else _groups.settings(groups, lower, seed),
        seed_share=explained.factors[-1],
        unexplained=explained.unexplained,
        budgets=[] if lower is None else _budgets.curves(made, lower, budget, at, seed),
        sentences=(),
    )
    found = dataclasses.replace(found, notes=tuple(_notes(found, scores, made, checkpoints, explained, budget)))
    return dataclasses.replace(found, sentences=verdicts.sentences(found))


def _title(column: Column, at: str, checkpoints: int) -> str:
    """Which score of which checkpoint, and the main facts of its protocol."""
    where = {"last": "at the last checkpoint", "best": f"best of {checkpoints} checkpoints"}.get(at, f"at step {at}")
    protocol = Protocol.parse(column.protocol)
    facts = [column.ability] if column.ability else []
    for name, said in _TITLE_FACTS:
        value = protocol.fact(name)
        if value:
            facts.append(f"{int(value):,} {said}" if value.isdecimal() else f"{said} {value}")
    return f"{column.short} {where}" + (f" ({', '.join(facts)})" if facts else "")


def _notes(
    found: Answer, scores: Sequence[Scored], made: Design, checkpoints: int, explained: variance.Shares, budget: str
) -> Iterator[str]:
    """What limits the answer, a line each."""
    short = found.column.short
    if found.column.lower_is_better is None:
        yield f"neither a low nor a high {short} is better: nothing is ranked or compared"
    yield from _notes_of_tasks(found, scores, checkpoints)
    yield from _notes_of_methods(found)
    if found.column.lower_is_better is not None:
        yield from _notes_of_settings(found.groups)
        for place, factor in enumerate(found.factors):
            yield from _notes_of_factor(factor, made, place)
    if explained.unexplained is not None and not explained.is_balanced:
        yield "the study is not balanced: shares of the variance are of what each factor adds to all others (type II)"
    yield from _notes_of_budgets(found, made, budget)


def _notes_of_tasks(found: Answer, scores: Sequence[Scored], checkpoints: int) -> Iterator[str]:
    cut = sum(each.task.is_cut for each in scores)
    if cut:
        yield f"{verdicts.counted(cut, 'training')} cut short by a search: in tables, in no test"
    others = sum(each.value is not None and not each.task.is_cut and each.checkpoints != checkpoints for each in scores)
    if others:
        yield (
            f"{verdicts.counted(others, 'training')} with another number of checkpoints than {checkpoints}: "
            "the best of more checkpoints is better by chance, so they are not compared"
        )
    confirmed = sum(each.task.is_confirmation and each.value is not None for each in scores)
    if confirmed:
        yield f"{verdicts.counted(confirmed, 'score')} of fresh seeds that confirm winners: they count as others do"
    without = sum(each.value is None and each.task.state in ("done", "trained") for each in scores)
    if without:
        yield f"{verdicts.counted(without, 'finished training')} without this score there"


def _notes_of_methods(found: Answer) -> Iterator[str]:
    if any(group.interval is not None for group in found.groups):
        yield (
            "ranges hold the mean with 95 % confidence: by Student's t below "
            f"{intervals.FEWEST_FOR_BOOTSTRAP} values, by a studentized bootstrap from there on"
        )
    if found.settings or any(factor.comparisons for factor in found.factors):
        yield (
            "a difference is decided where p, exact and after Holm's correction, is at most "
            f"{verdicts.probability(comparing.LEVEL)}; undecided does not mean equal"
        )
    if any(each.is_paired for factor in found.factors for each in factor.comparisons):
        yield (
            "pairs share the seed and all other options: verdicts on an option hold on average over the combinations "
            "that were trained"
        )


def _notes_of_settings(groups: Sequence[Group]) -> Iterator[str]:
    """What no number of settings of so few seeds could ever show."""
    ranked = [group for group in groups if group.rank is not None and group.count]
    if len(ranked) < 2:
        return
    pairs = len(ranked) * (len(ranked) - 1) // 2
    if len(ranked) > 2:
        yield (
            f"the best setting was chosen by the scores it is compared by: p is corrected for all {pairs:,} pairs of "
            f"{len(ranked):,} settings"
        )
    most = sorted((group.count for group in ranked), reverse=True)[:2]
    floor = exact_tests.samples_floor(*most) * pairs
    if floor > comparing.LEVEL:
        enough = next((n for n in range(1, 100) if exact_tests.samples_floor(n, n) * pairs <= comparing.LEVEL), None)
        yield (
            f"{len(ranked):,} settings of {verdicts.counted(most[0], 'seed')}: no corrected p can fall below "
            f"{verdicts.probability(min(1.0, floor))}, so no two can be told apart"
            + (f"; use {enough} seeds each" if enough else "")
        )


def _notes_of_factor(factor: Factor, made: Design, place: int) -> Iterator[str]:
    if len(factor.values) > _factors.MOST_COMPARED:
        yield f"{factor.name} has {len(factor.values):,} values: no two of them are compared"
    apart = sum(each.p is None for each in factor.comparisons)
    if apart:
        yield (
            f"{factor.name}: {apart:,} of {len(factor.comparisons):,} comparisons have no pairs, as no two trainings "
            "with scores differ in it alone"
        )
    for each in factor.comparisons:
        if each.verdict in (comparing.BETTER, comparing.WORSE) and each.is_paired:
            opposed, combinations = _factors.opposed(made, place, each)
            if opposed:
                yield (
                    f"{factor.name}: {each.a} is {each.verdict} than {each.b} on average, but not in {opposed} of "
                    f"{combinations} combinations of the other options"
                )


def _notes_of_budgets(found: Answer, made: Design, budget: str) -> Iterator[str]:
    if found.column.lower_is_better is None or made.finished.sum() < 2:
        return
    if not found.budgets and budget != "trainings":
        yield f"no curve of the best score against {budget}: no file says what the trainings took"
    if found.budgets and not made.finished.all():
        yield "under a budget, a training that diverged or failed counts as the worst score there is"
