"""Groups of repeats with their statistics and ranks, and comparisons of the best one with the others."""

from __future__ import annotations

import dataclasses
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from compare_gan_tf2.reports._scored import Scored
from compare_gan_tf2.reports.records import Comparison, Gathered, Group
from compare_gan_tf2.reports.statistics import comparing, intervals, ranks

_OVER = ("done", "diverged", "failed")


def groups(gathered: Gathered, scores: Sequence[Scored], lower_is_better: bool | None) -> list[Group]:
    """The groups, best first; those without a rank last.

    Args:
        gathered: tasks with the labels of their groups.
        scores: of its tasks.
        lower_is_better: of the score; None if neither is better, so that there are no ranks.
    """
    members: dict[str, list[Scored]] = {}
    for each in scores:
        members.setdefault(each.task.group, []).append(each)
    found = [_group(key, gathered, each) for key, each in members.items()]
    usual = usual_checkpoints(found)
    if lower_is_better is None:
        return sorted(found, key=lambda group: group.label)
    found = _with_ranks(found, lower_is_better, usual)
    return sorted(found, key=lambda group: (group.rank is None, group.rank or 0.0, group.label))


def usual_checkpoints(found: Sequence[Group]) -> int:
    """Of how many checkpoints the scores of most tasks are the best; scores of other counts are not compared."""
    counts: Counter[int] = Counter()
    for group in found:
        counts[group.checkpoints] += group.count
    return max(counts, key=lambda count: (counts[count], count), default=0)


def _group(key: str, gathered: Gathered, scores: Sequence[Scored]) -> Group:
    used = [each for each in scores if each.value is not None and not each.task.is_cut]
    counts = Counter(each.checkpoints for each in used)
    checkpoints = max(counts, key=lambda count: (counts[count], count), default=0)
    used = [each for each in used if each.checkpoints == checkpoints]
    seeds = [each.task.seed for each in used]
    is_unique = len(set(seeds)) == len(seeds)
    values = {
        seed if is_unique else i: float(each.value or 0.0)
        for i, (seed, each) in enumerate(zip(seeds, used, strict=True))
    }
    states = [each.task.state for each in scores]
    numbers = list(values.values())
    return Group(
        key=key,
        label=gathered.labels[key],
        options=_shared([each.task.options for each in scores], gathered),
        numbers=[(each.task.workdir, each.task.number) for each in scores],
        values=values,
        count=len(values),
        diverged=states.count("diverged"),
        failed=states.count("failed"),
        collapsed=sum(bool(each.collapse) for each in scores),
        unfinished=sum(each.task.state not in _OVER and not each.task.is_cut for each in scores),
        checkpoints=checkpoints,
        mean=statistics.fmean(numbers) if numbers else None,
        median=statistics.median(numbers) if numbers else None,
        deviation=statistics.stdev(numbers) if len(numbers) > 1 else None,
        interval=intervals.of_mean(numbers),
        rank=None,
        is_cut=not numbers and any(each.task.is_cut for each in scores),
    )


def _shared(options: Sequence[Mapping[str, Any]], gathered: Gathered) -> dict[str, Any]:
    """The options that differ in the study, but not among these tasks; the seed only where it makes the groups."""
    first = options[0]
    names = [name for name in gathered.varied if name != "seed" or name in gathered.group_by]
    return {
        name: first[name] for name in names if name in first and all(each.get(name) == first[name] for each in options)
    }


def _with_ranks(found: Sequence[Group], lower_is_better: bool, usual: int) -> list[Group]:
    """Ranks by mean; groups with trainings that diverged or failed after all others, without a score behind those."""
    sign = 1.0 if lower_is_better else -1.0
    ranked = [
        i
        for i, group in enumerate(found)
        if (_is_compared(group, usual) or (not group.count and _bad(group))) and not group.is_cut
    ]
    keys = [
        (_bad(found[i]) > 0, found[i].mean is None, sign * (found[i].mean or 0.0) if found[i].count else 0.0)
        for i in ranked
    ]
    places = dict(zip(ranked, ranks.of_keys(keys), strict=True))
    return [dataclasses.replace(group, rank=places.get(i)) for i, group in enumerate(found)]


def _bad(group: Group) -> int:
    return group.diverged + group.failed


def _is_compared(group: Group, usual: int) -> bool:
    return group.count > 0 and group.checkpoints == usual


def settings(found: Sequence[Group], lower_is_better: bool, seed: int = 0) -> list[Comparison]:
    """Comparisons of the best group with each other one that has a rank.

    The best one was chosen by the same scores, so p is corrected for all pairs of groups, not only for these: if all
    groups were alike, the best and the worst of many would differ by chance.

    Args:
        found: groups, best first.
        lower_is_better: of the score.
        seed: of what is drawn at random.
    """
    ranked = [group for group in found if group.rank is not None]
    if not ranked or not ranked[0].count:
        return []
    samples = {group.key: np.asarray(list(group.values.values()), dtype=np.float64) for group in ranked}
    best = ranked[0]
    cases = [
        comparing.Case(
            factor="",
            a=best.label,
            b=group.label,
            scores_a=samples[best.key],
            scores_b=samples[group.key],
            all_a=_with_failures(samples[best.key], best),
            all_b=_with_failures(samples[group.key], group),
            count_a=best.count,
            count_b=group.count,
            is_paired=False,
        )
        for group in ranked[1:]
    ]
    return comparing.compared(cases, lower_is_better, len(ranked) * (len(ranked) - 1) // 2, seed)


def _with_failures(values: np.ndarray, group: Group) -> np.ndarray:
    return np.concatenate([values, np.full(_bad(group), np.nan)])
