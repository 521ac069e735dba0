"""The verb `watch` of compare_gan_study: tells TensorBoard, W&B or MLflow of a study's tasks."""

from __future__ import annotations

import argparse
import pathlib
import sys
import time

from compare_gan_tf2.commands import _run
from compare_gan_tf2.errors import UserError

_SECONDS_BETWEEN_LOOKS = 20.0


def add_trackers(parser: argparse.ArgumentParser, default: str) -> None:
    """The flags that say which trackers are told, and where they write files."""
    parser.add_argument(
        "--watch_with",
        metavar="NAME,NAME",
        default=default,
        help=f"experiment trackers to report to: tensorboard, wandb, mlflow; {default or 'none'} by default",
    )
    parser.add_argument(
        "--watch_dir", metavar="DIR", type=_run.folder, help="folder for the trackers' files; WORKDIR/watch by default"
    )


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    add_trackers(parser, "tensorboard")
    parser.add_argument("--follow", action="store_true", help="continue until all tasks are finished, or Ctrl-C")


def watch(args: argparse.Namespace) -> int:
    """Carries the verb out; gives the exit code."""
    from compare_gan_tf2.compat import tensorflow_start
    from compare_gan_tf2.studies import state, watched
    from compare_gan_tf2.task_folder import tasks, writers

    if not tasks.numbers(args.workdir):
        raise UserError(f"no tasks in {args.workdir}")
    names = writers.asked(args.watch_with)
    if not names:
        raise UserError(f"--watch_with names no tracker; there are {', '.join(writers.names())}")
    if "tensorboard" in names:
        tensorflow_start.start()
    while True:
        is_over = all(each.is_over for each in state.of_study(args.workdir))
        failed: list[str] = []
        count = watched.tell(args.workdir, names, args.watch_dir, failed.append)
        for line in failed:
            print(line, file=sys.stderr)
        if is_over or not args.follow:
            break
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    told = f"{count} task{'s' * (count != 1)} reported to {', '.join(names)}"
    print(f"{told}, with {len(failed)} failure{'s' * (len(failed) != 1)}" if failed else told)
    if "tensorboard" in names:
        print(f"look at it: tensorboard --logdir {args.watch_dir or pathlib.Path(args.workdir) / watched.FOLDER}")
    return 1 if failed else 0
