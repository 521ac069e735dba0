"""Runs one task of a study as a job of a cluster: what the scripts for Slurm and the manifests for Kubernetes call.

    python -P -m compare_gan_tf2.studies.engines._cluster_task --workdir DIR --task_num N

Exit codes: 0 the task is over, or another process is at it; 1 it failed; 2 it failed by a mistake of the user, which
another attempt does not mend; 143 it left with a checkpoint, because it was asked to.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from compare_gan_tf2 import claims
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import failures, shared_folder, state
from compare_gan_tf2.studies.attempts import FAILED, HELD, LOG_FILE, Outcome, attempt
from compare_gan_tf2.studies.engines import _child
from compare_gan_tf2.studies.engines._cluster import INDEX, numbers_in
from compare_gan_tf2.task_folder import threads

_USER_ERROR, _TERMINATED = 2, 143
# Until then a dead process on another machine is known to be dead.
_LONGEST_WAIT = claims.STALE_SECONDS + 3 * claims.HEARTBEAT_SECONDS
_SECONDS_BETWEEN_LOOKS = 5.0
_NO_PROGRESS = (
    "the time limit ended this run before it finished even one step or scored one checkpoint; raise --time_limit, or "
    "make the task smaller"
)

_Make = Callable[[dict[str, Any]], Callable[[pathlib.Path], None]]


def main(argv: Sequence[str] | None = None, make: _Make = _child.worker) -> int:
    """Runs the task; gives the exit code.

    Args:
        argv: the command line without the program's name; the process's own by default.
        make: from an order, as `_child` has them, what runs a task in a folder.
    """
    args = _parser().parse_args(argv)
    limit = _TimeLimit()
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGUSR1, limit.note)
    try:
        folder = args.workdir / str(args.task_num if args.tasks is None else _at_index(args.tasks))
        before = _progress(folder)
        try:
            shared_folder.check(args.workdir)
            return _code(folder, _until_over(folder, args, make))
        except SystemExit:
            if not limit.is_near:
                raise
            return _requeue(folder, before)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return _USER_ERROR


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="_cluster_task", allow_abbrev=False)
    parser.add_argument("--workdir", type=pathlib.Path, required=True)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--task_num", type=int)
    which.add_argument("--tasks", help=f"as 0-9,12; of these the one at ${INDEX}")
    parser.add_argument("--dataset_root")
    parser.add_argument("--cache_dir")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--retries", type=int, default=0)
    parser.add_argument("--export", action="store_true")
    parser.add_argument("--watch_with", default="")
    parser.add_argument("--watch_dir")
    parser.add_argument("--gradient_norms", action="store_true")
    return parser


class _TimeLimit:
    """The signal that comes before a time limit: as SIGTERM from then on, but remembered."""

    def __init__(self) -> None:
        self.is_near = False

    def note(self, number: int, frame: object) -> None:
        self.is_near = True
        signal.raise_signal(signal.SIGTERM)


def _leave(number: int, frame: object) -> NoReturn:
    raise SystemExit(_TERMINATED)


def _at_index(text: str) -> int:
    index, numbers = os.environ.get(INDEX, ""), numbers_in(text)
    if not index.isdecimal() or int(index) >= len(numbers):
        raise UserError(f"${INDEX} is {index!r}; it has to be a number from 0 to {len(numbers) - 1}")
    return numbers[int(index)]


def _until_over(folder: pathlib.Path, args: argparse.Namespace, make: _Make) -> Outcome:
    """What became of the task, after as many attempts as are allowed."""
    said = threads.read(folder)
    order = {
        "dataset_root": args.dataset_root,
        "cache_dir": args.cache_dir,
        "export": args.export,
        "watch_with": [name for name in args.watch_with.split(",") if name],
        "watch_dir": args.watch_dir,
        "gradient_norms": args.gradient_norms,
        "threads": [int(said.get(name) or args.threads) for name in threads.THREADS],
    }
    if state.of_task(folder).is_over:
        return Outcome(state.of_task(folder).state)
    run, left, start = make(order), args.retries, time.monotonic()
    while True:
        outcome = attempt(run, folder)
        if outcome.state == HELD and time.monotonic() - start < _LONGEST_WAIT:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        elif outcome.state == FAILED and outcome.kind == failures.ERROR and left:
            left -= 1
        else:
            return outcome


def _code(folder: pathlib.Path, outcome: Outcome) -> int:
    """The exit code of what became of the task, which is said."""
    print(f"task {folder.name}: {outcome.state}{': ' * bool(outcome.line)}{outcome.line}", file=sys.stderr)
    if outcome.state != FAILED:
        return 0
    return _USER_ERROR if outcome.kind == failures.USER else 1


def _progress(folder: pathlib.Path) -> tuple[int, int]:
    found = state.of_task(folder, ignore_claims=True)
    return found.step, found.scored


def _requeue(folder: pathlib.Path, before: tuple[int, int]) -> int:
    """Has Slurm start this job again, to go on from the checkpoint; as often as steps advance."""
    array, index = os.environ.get("SLURM_ARRAY_JOB_ID"), os.environ.get("SLURM_ARRAY_TASK_ID")
    job = f"{array}_{index}" if array and index else os.environ.get("SLURM_JOB_ID", "")
    if _progress(folder) == before:
        failures.record(folder, _NO_PROGRESS, failures.ERROR, folder / LOG_FILE)
        print(f"task {folder.name}: {_NO_PROGRESS}", file=sys.stderr)
        return 1
    print(f"task {folder.name}: interrupted by the time limit, queued again as {job}", file=sys.stderr, flush=True)
    try:
        subprocess.run(["scontrol", "requeue", job], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = f"task {folder.name} could not be queued again ({error}); to continue, run compare_gan_study run"
        print(said, file=sys.stderr)
        return 1
    return _TERMINATED


if __name__ == "__main__":
    sys.exit(main())
