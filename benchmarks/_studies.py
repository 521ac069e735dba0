"""What benchmarks share that train and score the tasks of an experiment."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.task_folder import score_table, tasks
from compare_gan_tf2.task_folder.column_names import is_fid
from compare_gan_tf2.task_folder.protocol import Protocol


def fid(workdir: pathlib.Path, task: tasks.Task, step: int, weights: str = "latest") -> float | None:
    """The task's FID at a step with its "latest" weights or their "average", or None if it has none (yet)."""
    for row in score_table.sound(score_table.read_rows(workdir / str(task.number))):
        if int(row["step"]) == step and Protocol.parse(row["protocol"]).weights in ("", weights):
            values = [value for name, value in row.items() if is_fid(name) and value]
            return float(values[0]) if values else None
    return None


def begin(workdir: pathlib.Path, planned: Sequence[tasks.Task], *, only_table: bool) -> None:
    """Writes the tasks, or compares with those that are there.

    Raises:
        UserError: if the folder holds other tasks, or none where only their table is wanted.
    """
    if only_table and not tasks.numbers(workdir):
        raise UserError(
            f"--table prints what is there, and there is no task in {workdir}; without it they are carried out"
        )
    tasks.write(workdir, planned)


def train_and_score(
    workdir: pathlib.Path,
    task: tasks.Task,
    title: str,
    dataset_root: pathlib.Path | None,
    *,
    since: int = 0,
    weights: Sequence[str] = ("auto",),
) -> None:
    """Does what is not done yet of a task: training, and scores of checkpoints from a step by these weights."""
    from compare_gan_tf2.api import evaluate, train

    print(f"task {task.number}: {title}, seed {task.options.seed}", flush=True)
    folder = workdir / str(task.number)
    train(task.options, folder, dataset_root=dataset_root)
    for evaluated in weights:
        evaluate(folder, dataset_root=dataset_root, changes={"evaluated_weights": evaluated}, since=since)
