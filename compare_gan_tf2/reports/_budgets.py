"""Curves of the best score to expect under a budget, for the values of factors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from compare_gan_tf2.reports import _scored
from compare_gan_tf2.reports._factors import Design
from compare_gan_tf2.reports.records import Budget
from compare_gan_tf2.reports.statistics import budgets

# Curves of more factors, or of more values, would not be told apart.
_MOST_FACTORS, _MOST_VALUES = 3, 12


def curves(made: Design, lower_is_better: bool, unit: str, at: str, seed: int = 0) -> list[Budget]:
    """A curve for each value of the first factors, or one of all trainings where nothing but seeds differs.

    A training that diverged or failed was paid for: it counts as the worst score that is seen.

    Args:
        made: the design of the study.
        lower_is_better: of the score.
        unit: of the budget.
        at: where scores are taken.
        seed: of the resampling.
    """
    values = made.scores[made.finished]
    if len(values) < 2:
        return []
    worst = values.max() if lower_is_better else values.min()
    found = []
    for label, members in _labeled(made):
        ended = np.where(made.finished, made.scores, worst)[members]
        cost = _scored.mean_cost(
            [each.task for each, is_one in zip(made.used, members, strict=True) if is_one], unit, at
        )
        if (made.finished & members).sum() < 2 or not cost:
            continue
        counts = budgets.amounts(len(ended))
        low, high = budgets.band(ended, counts, lower_is_better, seed)
        found.append(
            Budget(
                label=label,
                unit=unit,
                amounts=[count * cost if unit != "trainings" else float(count) for count in counts],
                expected=budgets.expected_best(ended, counts, lower_is_better).tolist(),
                low=low.tolist(),
                high=high.tolist(),
            )
        )
    return found


def _labeled(made: Design) -> Iterator[tuple[str, np.ndarray]]:
    """Labels of curves, with which tasks of the design are theirs, bool [tasks]."""
    drawn = [place for place, texts in enumerate(made.texts) if 1 < len(texts) <= _MOST_VALUES][:_MOST_FACTORS]
    if not drawn:
        yield "all trainings", np.ones(len(made.scores), dtype=np.bool_)
    for place in drawn:
        for level, text in enumerate(made.texts[place]):
            yield f"{made.names[place]}={text}", made.levels[:, place] == level
