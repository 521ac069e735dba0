"""Which scores and which checkpoints a report is about."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.reports.records import Answer, Column, Gathered
from compare_gan_tf2.reports.tables import BEST, LAST
from compare_gan_tf2.studies import best
from compare_gan_tf2.task_folder import column_names

BUDGETS = ("trainings", "steps", "images", "seconds")


def checkpoint(text: str) -> str:
    """What --at says: "last", "best", or a step.

    Raises:
        UserError: for anything else.
    """
    if text in (LAST, BEST):
        return text
    if not text.isdecimal():
        raise UserError(f"--at {text}: it is {LAST}, {BEST}, or the step of a checkpoint")
    return str(int(text))


def default_score(workdir: pathlib.Path, gathered: Gathered) -> str:
    """The score of a study's search, or FID; the first that there is where no task has this one."""
    try:
        score = best.score_of(workdir)
    except UserError:  # a study file of another version, which is said elsewhere
        score = "fid"
    ranked = [column for column in gathered.columns if column.lower_is_better is not None]
    if ranked and not _of(ranked, score):
        return ranked[0].key
    return score


def columns(gathered: Gathered, score: str, at: str) -> tuple[list[Column], list[Column]]:
    """The columns of a score, those of other protocols and abilities behind the first; and those of other scores.

    Args:
        gathered: all tasks.
        score: its name ("fid"), a column's key ("fid@2"), or its name in scores.csv.
        at: "last", "best", or a step.

    Returns:
        Two lists, both empty as long as no task has any score that one can be better by.

    Raises:
        UserError: for an unknown score, one that no task has while there are others, or a step without scores.
    """
    ranked = [column for column in gathered.columns if column.lower_is_better is not None]
    chosen = _of(ranked, score)
    if not chosen:
        column_names.lower_is_better(score.partition("@")[0])
        if ranked:
            there = ", ".join(column.key for column in ranked)
            raise UserError(f"no task has the score {score}; there are: {there}")
        return [], []
    _check_step(gathered, at)
    return chosen, [column for column in ranked if column not in chosen]


def _of(ranked: Sequence[Column], score: str) -> list[Column]:
    return [column for column in ranked if score in (column.key, column.name, column.score)]


def _check_step(gathered: Gathered, at: str) -> None:
    if at in (LAST, BEST):
        return
    steps = sorted({point.step for task in gathered.tasks for point in task.points})
    if int(at) not in steps:
        few = [*map(str, steps[:10]), *(["…"] if len(steps) > 10 else [])]
        raise UserError(f"--at {at}: no task has scores at this step; there are scores at {', '.join(few)}")


def answers(gathered: Gathered, chosen: Sequence[Column], at: str, budget: str = BUDGETS[0]) -> list[Answer]:
    """An answer for each column.

    Raises:
        UserError: for an unknown budget.
    """
    if budget not in BUDGETS:
        raise UserError(components.unknown("budget", budget, BUDGETS))
    return [_answer(gathered, column, at, budget) for column in chosen]


def _answer(gathered: Gathered, column: Column, at: str, budget: str) -> Answer:
    from compare_gan_tf2.reports import answering

    return answering.answer(gathered, column, at=at, budget=budget)
