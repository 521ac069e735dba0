"""Gathered studies that nobody trained."""

import itertools
import pathlib

import numpy as np

from compare_gan_tf2.reports.records import Column, Gathered, Point, Task

FID = Column(
    "fid", "fid_inception_1", "fid", "FID", "", "data=mnist test; generated=5000; metrics=fid", lower_is_better=True
)
RECALL = Column("recall", "recall_inception_1", "recall", "recall", "", "", lower_is_better=False)
NEITHER = Column("cond", "cond", "cond", "cond-mean", "", "", lower_is_better=None)


def task(number, seed, values, state="done", steps=1000, **options):
    """A task with a checkpoint for each of these scores, or one; None is a checkpoint without a score."""
    values = list(values) if isinstance(values, (list, tuple)) else [values]
    points = [
        Point(
            (i + 1) * steps // len(values),
            64 * (i + 1) * steps // len(values),
            2.0 * (i + 1) * steps / len(values),
            {} if value is None else {column.key: float(value) for column in (FID, RECALL, NEITHER)},
        )
        for i, value in enumerate(values)
    ]
    group = " ".join(f"{name}={value}" for name, value in options.items())
    return Task(
        pathlib.Path("study"), number, {**options, "seed": seed}, seed, group or "all", state, steps, "", points
    )


def gathered(tasks, **changes):
    """These tasks with the labels of their groups."""
    names = [name for name in tasks[0].options if name != "seed"]
    varied = [name for name in names if len({repr(each.options[name]) for each in tasks}) > 1] + ["seed"]
    labels = {each.group: each.group if each.group != "all" else "" for each in tasks}
    return Gathered(tasks, [FID, RECALL, NEITHER], varied, labels, "", **changes)


def study(score, seeds=5, **options):
    """A task for each combination and seed, with the score that a function gives for it."""
    tasks = []
    for values in itertools.product(*options.values()):
        chosen = dict(zip(options, values, strict=True))
        tasks += [task(len(tasks) + seed, seed, score(seed=seed, **chosen), **chosen) for seed in range(seeds)]
    return gathered(tasks)


LOSSES = ("hinge", "least_squares", "non_saturating", "wasserstein")
NORMALIZATIONS = ("none", "spectral")


def forty(effects=(0.0, 1.0, 6.0, 8.0), spectral=-9.0, seed=2):
    """Four losses and two normalizations with five seeds each; deviations are 2."""
    generator = np.random.default_rng(seed)

    def score(loss, normalization, seed):
        effect = dict(zip(LOSSES, effects, strict=True))[loss]
        return 25 + effect + spectral * (normalization == "spectral") + 2 * generator.normal()

    return study(score, loss=LOSSES, normalization=NORMALIZATIONS)
