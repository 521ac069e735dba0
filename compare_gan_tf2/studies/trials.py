"""Trials: the settings of a study, each with the scores of its seeds, from the tasks' own rows (no TensorFlow)."""

from __future__ import annotations

import dataclasses
import math
import pathlib
import statistics
from collections.abc import Collection, Mapping

from compare_gan_tf2.options import Options
from compare_gan_tf2.studies import adding, settings
from compare_gan_tf2.task_folder import column_names, score_table
from compare_gan_tf2.task_folder.column_names import ABILITY, STATUS, STEP


@dataclasses.dataclass(frozen=True)
class Trial:
    """A setting and what became of its seeds.

    Attributes:
        options: of its first task.
        numbers: of its tasks, by seed.
        scores: by seed, of those whose score is there; not finite where the training diverged.
        images: how many images these trainings had seen, where rows say so; one number where all are comparable.
    """

    options: Options
    numbers: Mapping[int, int]
    scores: Mapping[int, float]
    images: Collection[str]

    def values(self, seeds: Collection[int] | None = None) -> list[float]:
        """Scores in the order of the seeds, of all or of these; those that are not there are left out."""
        return [self.scores[seed] for seed in sorted(self.scores) if seeds is None or seed in seeds]


def of_study(workdir: pathlib.Path, score: str, step: int | None = None) -> dict[str, Trial]:
    """The trials of a study, by the keys of their settings, in the order of their first tasks.

    Args:
        workdir: of the study.
        score: such as "fid".
        step: of the rows that are looked at; None for the trainings' ends.

    Raises:
        UserError: if the folder, or rows, cannot be read.
    """
    tasks: dict[str, dict[int, tuple[int, Options]]] = {}
    for number, options in adding.there(workdir).items():
        tasks.setdefault(settings.setting_key(options), {}).setdefault(options.seed, (number, options))
    found = {}
    for key, by_seed in tasks.items():
        scores, images = {}, set()
        for seed, (number, options) in by_seed.items():
            row = _row(workdir / str(number), score, step or options.training_steps)
            if row is not None:
                scores[seed], seen = row
                images |= {seen} - {""}
        first = next(iter(by_seed.values()))[1]
        found[key] = Trial(first, {seed: number for seed, (number, _) in by_seed.items()}, scores, images)
    return found


def _row(folder: pathlib.Path, score: str, step: int) -> tuple[float, str] | None:
    """A task's score at a step and the images that it had seen; not finite if it diverged, None if there is none."""
    found = None
    for row in score_table.sound(score_table.read_rows(folder)):
        if row[STATUS] == "diverged":
            return math.nan, ""
        if int(row[STEP]) != step or row.get(ABILITY):
            continue
        # Of several protocols the one that was measured last.
        for column, cell in row.items():
            if cell and column_names.score_of(column) == score:
                found = float(cell), row.get("images_seen", "")
    return found


@dataclasses.dataclass(frozen=True)
class Mean:
    """The mean of a setting's scores.

    Attributes:
        value: the mean of those that are finite; not finite without any.
        count: of the scores that are finite.
        diverged: trainings without one.
        half_width: of the 95 % interval by Student's t; None of fewer than two scores.
    """

    value: float
    count: int
    diverged: int
    half_width: float | None


def mean(values: Collection[float]) -> Mean:
    """The mean of scores, those of diverged trainings not finite."""
    finite = [value for value in values if math.isfinite(value)]
    half_width = None
    if len(finite) > 1:
        half_width = t_quantile(len(finite) - 1) * statistics.stdev(finite) / math.sqrt(len(finite))
    value = statistics.fmean(finite) if finite else math.nan
    return Mean(value, len(finite), len(values) - len(finite), half_width)


def ranked(trials: Mapping[str, Trial], score: str, seeds: Collection[int] | None = None) -> list[tuple[str, Mean]]:
    """Keys and means of the trials that have scores, best first; those with a diverged training after all others."""
    sign = 1.0 if column_names.lower_is_better(score) else -1.0
    means = {key: mean(trial.values(seeds)) for key, trial in trials.items() if trial.values(seeds)}

    def place(key: str) -> tuple[bool, bool, float]:
        each = means[key]
        return each.diverged > 0, each.count == 0, sign * each.value if each.count else 0.0

    return [(key, means[key]) for key in sorted(means, key=place)]


def t_quantile(freedom: int, confidence: float = 0.95) -> float:
    """t with P(|T| < t) = confidence for Student's T with so many degrees of freedom.

    The probability is a finite sum (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4), which is solved by bisection.
    """
    low, high = 0.0, 1.0
    while _within(high, freedom) < confidence:
        high *= 2.0
    for _ in range(80):
        middle = (low + high) / 2.0
        low, high = (middle, high) if _within(middle, freedom) < confidence else (low, middle)
    return (low + high) / 2.0


def _within(t: float, freedom: int) -> float:
    """P(|T| < t)."""
    angle = math.atan(t / math.sqrt(freedom))
    odd = freedom % 2
    term, total = (math.cos(angle) if odd else 1.0), 0.0
    for k in range(2 + odd, freedom + 1, 2):
        total += term
        term *= (k - 1) / k * math.cos(angle) ** 2
    total *= math.sin(angle)
    return 2.0 / math.pi * (angle + total) if odd else total
