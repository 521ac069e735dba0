"""Trains and scores the experiment precision_fid and prints its table: FID in float32 and in mixed bfloat16.

python -m benchmarks.precision_fid [--workdir DIR] [--dataset_root DIR] [--seed N] [--shard i/n] [--table]

A training's FID is the mean over its last five checkpoints, a hundred steps apart; once with the weights as they are
then, once with their running average. Shard i of n (counted from 0) takes every n-th task; with
TF_NUM_INTRAOP_THREADS=1 two shards side by side use two cores better than one after the other. What was done is kept in
DIR (default precision_fid) and not done again, so the command can be interrupted and repeated; --seed is the first of
the seeds (default 0), for others another DIR. --table only prints what is there. It takes 45 GB: all checkpoints are
kept. The means agree where they differ by less than two standard errors of their difference and by less than a tenth.
"""

from __future__ import annotations

import argparse
import pathlib
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks._command import run, shard
from benchmarks._studies import begin, fid, train_and_score
from compare_gan_tf2.experiments import precision_fid as experiment
from compare_gan_tf2.task_folder import tasks

_LEAST_RELATIVE, _STANDARD_ERRORS = 0.1, 2.0
# As a protocol has them -> as the table has them, and option evaluated_weights.
_WEIGHTS = {"latest": ("latest", "latest"), "average": ("running average", "auto")}


def table(workdir: pathlib.Path, planned: Sequence[tasks.Task]) -> Iterator[str]:
    """Markdown lines: one row per training and kind of weights, then every training's FID in the order of the seeds."""
    yield (
        "| training | weights | FID float32, mean ± standard deviation | FID mixed_bfloat16 | "
        "difference of the means | its standard error | agree |\n|---|---|---|---|---|---|---|"
    )
    of_seeds = []
    for name in experiment.TRAININGS:
        for weights, (called, _) in _WEIGHTS.items():
            found: list[list[float]] = []
            for precision in experiment.PRECISIONS:
                ours = [t for t in planned if t.notes["training"] == name and t.options.precision == precision]
                means = (_mean_fid(workdir, task, weights) for task in ours)
                found.append([mean for mean in means if mean is not None])
                of_seeds.append(f"{name}, {called}, {precision}: {' '.join(f'{mean:.1f}' for mean in found[-1])}")
            yield f"| {name} | {called} | {' | '.join([*map(_cell, found), *_difference(*found)])} |"
    yield ""
    yield from of_seeds


def _mean_fid(workdir: pathlib.Path, task: tasks.Task, weights: str) -> float | None:
    """The mean over the task's last checkpoints, or None unless all are scored."""
    fids = [fid(workdir, task, step, weights) for step in _steps(task)]
    return None if None in fids else float(np.mean(np.array(fids, np.float64)))


def _steps(task: tasks.Task) -> list[int]:
    last = task.options.training_steps
    return list(range(last - (experiment.CHECKPOINTS - 1) * experiment.EVERY, last + 1, experiment.EVERY))


def _cell(fids: Sequence[float]) -> str:
    if len(fids) < 2:
        return f"{fids[0]:.2f} (1 seed)" if fids else ""
    return f"{np.mean(fids):.2f} ± {np.std(fids, ddof=1):.2f} ({len(fids)} seeds)"


def _difference(whole: Sequence[float], half: Sequence[float]) -> tuple[str, str, str]:
    if min(len(whole), len(half)) < 2:
        return "", "", ""
    difference = float(np.mean(half) - np.mean(whole))
    error = float(np.sqrt(np.var(whole, ddof=1) / len(whole) + np.var(half, ddof=1) / len(half)))
    share = difference / float(np.mean(whole))
    agree = abs(difference) < _STANDARD_ERRORS * error and abs(share) < _LEAST_RELATIVE
    return f"{difference:+.2f} ({share:+.1%})", f"{error:.2f}", "yes" if agree else "no"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a shard and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workdir", type=pathlib.Path, default=pathlib.Path("precision_fid"))
    parser.add_argument("--dataset_root", type=pathlib.Path, help="folder of the prepared data sets; TFDS's default")
    parser.add_argument("--seed", type=int, default=0, help="the first")
    parser.add_argument("--shard", type=shard, default=(0, 1), help="i/n: every n-th task from the i-th")
    parser.add_argument("--table", action="store_true", help="train nothing, print what is there")
    flags = parser.parse_args(arguments)
    planned = tasks.plan("precision_fid", flags.seed, {})
    begin(flags.workdir, planned, only_table=flags.table)
    if not flags.table:
        number, count = flags.shard
        for task in planned[number::count]:
            title = f"{task.notes['training']}, {task.options.precision}"
            chosen = {"since": _steps(task)[0], "weights": [option for _, option in _WEIGHTS.values()]}
            train_and_score(flags.workdir, task, title, flags.dataset_root, **chosen)
    print("\n".join(table(flags.workdir, planned)))
    return 0


if __name__ == "__main__":
    run(main)
