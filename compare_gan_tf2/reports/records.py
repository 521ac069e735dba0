"""What a report is made of: the tasks of studies with their scores, and an answer with its statistics.

Numbers are Python floats in the unit of their score. What does not exist is None; what diverged or failed has no value.
"""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any


@dataclasses.dataclass(frozen=True)
class Column:
    """A score that may be compared: of one ability, under one protocol.

    Attributes:
        key: unique in a report, short enough for a table's head: "fid", or "fid@2" where protocols differ.
        name: of the column in scores.csv: "fid_classifier_mnist_c28361d9".
        score: what a metric's file calls it: "fid".
        short: for people: "FID".
        ability: of the model that was scored; "" for generated images.
        protocol: as the rows state it.
        lower_is_better: None if neither is better.
    """

    key: str
    name: str
    score: str
    short: str
    ability: str
    protocol: str
    lower_is_better: bool | None


@dataclasses.dataclass(frozen=True)
class Point:
    """The scores of one checkpoint.

    Attributes:
        step: of the training.
        images_seen: by the discriminator; None where the row does not say it.
        seconds: of training until then; None where no file says it.
        values: by `Column.key`; only finite ones.
        collapse: why its samples count as collapsed, in one line; "" if they do not.
        flags: what else has to be known of the model, in one line.
        tables: of counts, rows of whole numbers each, by their columns in scores.csv.
    """

    step: int
    images_seen: int | None
    seconds: float | None
    values: Mapping[str, float]
    collapse: str = ""
    flags: str = ""
    tables: Mapping[str, Sequence[Sequence[int]]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Task:
    """A task with everything that a report says of it.

    Attributes:
        workdir: of its study.
        number: of its folder there.
        options: canonical ones (`studies.settings.canonical`), by name.
        seed: option of this name.
        group: key of the group that it belongs to: by default all options but the seed.
        state: as `studies.state.TaskState` calls it.
        step: that its training reached.
        reason: why it failed or diverged, in one line; else "".
        points: its scored checkpoints by step.
        is_cut: whether a search stopped its training early; such a task is in tables and in no test.
        is_confirmation: whether its seed was added to confirm a winner.
    """

    workdir: pathlib.Path
    number: int
    options: Mapping[str, Any]
    seed: int
    group: str
    state: str
    step: int
    reason: str
    points: Sequence[Point]
    is_cut: bool = False
    is_confirmation: bool = False

    @property
    def has_ended_badly(self) -> bool:
        """Whether it diverged or failed: it is counted, ranked last, and has no value."""
        return self.state in ("diverged", "failed")


@dataclasses.dataclass(frozen=True)
class Gathered:
    """All tasks of some studies.

    Attributes:
        tasks: in the order of work directories and numbers.
        columns: all scores there are, FID of generated images first.
        varied: names of the options in which tasks differ, the seed last.
        labels: text of a group, by its key: "loss=hinge d_weight_normalization=spectral".
        progress: one sentence: "18 of 24 done, 3 running to step 400, 1 diverged, 2 waiting".
        left_out: what is not in the report and why, a line each.
        notes: what else has to be known of it, a line each: in which options several studies differ.
        group_by: options whose values make a group; all but the seed if there are none.
    """

    tasks: Sequence[Task]
    columns: Sequence[Column]
    varied: Sequence[str]
    labels: Mapping[str, str]
    progress: str
    left_out: Sequence[str] = ()
    notes: Sequence[str] = ()
    group_by: Sequence[str] = ()


@dataclasses.dataclass(frozen=True)
class Interval:
    """A range that holds a mean with the stated confidence.

    Attributes:
        low, high: its ends.
        method: "Student's t", "studentized bootstrap", or "all values are equal".
        confidence: such as 0.95.
    """

    low: float
    high: float
    method: str
    confidence: float = 0.95


@dataclasses.dataclass(frozen=True)
class Group:
    """The tasks that are repeats of one another, and what their scores come to.

    Attributes:
        key: of the group.
        label: in which options it differs from the others.
        options: those in which the study's groups differ, by name.
        numbers: (work directory, number) of its tasks.
        values: scores by seed, of the tasks that have one; a cut task's is not among them. By 0, 1, 2, ... where
            several tasks of the group share a seed.
        count: how many values.
        diverged, failed, collapsed, unfinished: tasks of each kind; collapsed ones have values as well.
        checkpoints: of how many checkpoints each value is the best; 1 at the last or at a step.
        mean, median: of the values; None without any.
        deviation: of the values (n - 1 in its denominator); None of fewer than two.
        interval: of the mean; None of fewer than two values.
        rank: 1 is the best; groups that tie share the mean rank; None without tasks that have ended.
        is_cut: whether a search stopped it early.
    """

    key: str
    label: str
    options: Mapping[str, Any]
    numbers: Sequence[tuple[pathlib.Path, int]]
    values: Mapping[int, float]
    count: int
    diverged: int
    failed: int
    collapsed: int
    unfinished: int
    checkpoints: int
    mean: float | None
    median: float | None
    deviation: float | None
    interval: Interval | None
    rank: float | None
    is_cut: bool = False


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Whether a value of a factor, or a setting, is better than another one.

    Attributes:
        factor: name of the option; "" where two settings are compared.
        a, b: the two values, or labels of settings, as texts.
        pairs: how many differences a - b the test has: over the other factors and the seeds where both have values.
        is_paired: False where two samples of `count_a` and `count_b` values are compared.
        count_a, count_b: values of each.
        difference: mean of a - b, in the unit of the score; None without pairs.
        interval: of the difference; None of fewer than two pairs.
        effect: the difference in deviations (Cohen's d, of the differences where paired); None where undefined.
        p: two-sided, exact by enumeration (or by drawing, said in `method`); None without pairs.
        p_corrected: after Holm's correction over the comparisons of one factor, or over all pairs of settings.
        floor: the least p that so many values can give.
        method: of the test, for people.
        verdict: "better" (a is better than b), "worse", "undecided" or "tie" (all differences are zero).
        verdict_with_failures: the same with tasks that diverged or failed ranked last.
        needed: pairs (or values of each), in all, that would decide at the effect that is seen; None where nothing says
            so.
    """

    factor: str
    a: str
    b: str
    pairs: int
    is_paired: bool
    count_a: int
    count_b: int
    difference: float | None
    interval: Interval | None
    effect: float | None
    p: float | None
    p_corrected: float | None
    floor: float | None
    method: str
    verdict: str
    verdict_with_failures: str
    needed: int | None


@dataclasses.dataclass(frozen=True)
class Factor:
    """An option that a study varies, and what its values do.

    Attributes:
        name: of the option.
        values: as texts, best mean first; of those that have a score.
        means: of the score by value, over everything else.
        intervals: of these means, by value; values with fewer than two scores have none.
        share: of the variance of all scores that this factor explains, from 0 to 1; None where it is not defined.
        comparisons: of all pairs of its values.
    """

    name: str
    values: Sequence[str]
    means: Mapping[str, float]
    intervals: Mapping[str, Interval]
    share: float | None
    comparisons: Sequence[Comparison]


@dataclasses.dataclass(frozen=True)
class Budget:
    """The best score to expect of the best of some trainings, for one group or for a value of a factor.

    Attributes:
        label: whose trainings.
        unit: of `amounts`: "trainings", "steps", "images" or "seconds".
        amounts: of the budget, increasing.
        expected: least (or greatest, where more is better) score to expect with it.
        low, high: a band of 95 % by resampling.
    """

    label: str
    unit: str
    amounts: Sequence[float]
    expected: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


@dataclasses.dataclass(frozen=True)
class Answer:
    """Everything that a report shows of one score.

    Attributes:
        column: the score.
        at: "last", "best" or a step, as text.
        title: "FID at the last checkpoint (5,000 samples, classifier of mnist)".
        groups: best first.
        factors: in the order of `Gathered.varied`, without the seed.
        settings: comparisons of the best group with each other one.
        seed_share: of the variance that the seed explains; None where it is not defined.
        unexplained: share of the variance that is left; None where it is not defined.
        budgets: a curve for each value of the first factors, or one of all trainings where there is no factor; empty
            with fewer than two scores. A training that diverged or failed counts as the worst score.
        sentences: the verdict in words, the most important first.
        notes: what limits it, a line each.
    """

    column: Column
    at: str
    title: str
    groups: Sequence[Group]
    factors: Sequence[Factor]
    settings: Sequence[Comparison]
    seed_share: float | None
    unexplained: float | None
    budgets: Sequence[Budget]
    sentences: Sequence[str]
    notes: Sequence[str] = ()
