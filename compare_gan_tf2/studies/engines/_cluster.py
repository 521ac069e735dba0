"""What the engines share that hand tasks to the queue of a cluster."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
from collections.abc import Iterator, Sequence

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import expanded
from compare_gan_tf2.studies import state
from compare_gan_tf2.studies.engines import Failure, RunPlan, Summary

# Kubernetes' variable with the place of a pod in its job.
INDEX = "JOB_COMPLETION_INDEX"
_MODULE = "compare_gan_tf2.studies.engines._cluster_task"


def due(workdir: pathlib.Path, plan: RunPlan) -> list[int]:
    """Numbers of the tasks that are meant and not over, ascending; those that run are among them, as they may die."""
    if plan.until is not None:
        raise UserError("only engines local and ray can pause trainings at a step")
    return [each.number for each in _meant(workdir, plan) if not each.is_over and each.state != "damaged"]


def _meant(workdir: pathlib.Path, plan: RunPlan) -> list[state.TaskState]:
    return [each for each in state.of_study(workdir) if plan.numbers is None or each.number in plan.numbers]


def nothing_due(workdir: pathlib.Path, plan: RunPlan) -> Summary:
    """What there is to say of a study in which no task is due."""
    states = _meant(workdir, plan)
    return Summary(
        done=tuple(each.number for each in states if each.is_over),
        failed=tuple(
            Failure(each.number, each.reason, workdir / str(each.number)) for each in states if each.state == "damaged"
        ),
        diverged=tuple(each.number for each in states if each.state == "diverged"),
    )


def command(workdir: pathlib.Path, plan: RunPlan, python: str, retries: int) -> list[str]:
    """Words of the command that runs a task, without the task's number."""
    words = [python, "-P", "-m", _MODULE, "--workdir", str(absolute(workdir)), "--threads", str(plan.threads)]
    places = {"--dataset_root": plan.dataset_root, "--cache_dir": plan.cache_dir, "--watch_dir": plan.watch_dir}
    for flag, path in places.items():
        words += [] if path is None else [flag, str(absolute(path))]
    words += ["--retries", str(retries)] if retries else []
    words += ["--watch_with", ",".join(plan.watch_with)] if plan.watch_with else []
    return words + ["--gradient_norms"] * plan.gradient_norms + ["--export"] * plan.export


def absolute(path: str | pathlib.Path) -> pathlib.Path:
    """As processes that start in other folders need it."""
    return expanded(path).absolute()


def ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers in short: 0-9,12."""
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in _runs(numbers))


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    low = high = None
    for number in numbers:
        if high is not None and low is not None and number != high + 1:
            yield low, high
            low = number
        low, high = number if low is None else low, number
    if low is not None and high is not None:
        yield low, high


def numbers_in(text: str) -> list[int]:
    """What `ranges` wrote."""
    found: list[int] = []
    for part in text.split(","):
        low, _, high = part.partition("-")
        found += range(int(low), int(high or low) + 1)
    return found


def require(program: str, system: str) -> None:
    """UserError if a system's program is not there."""
    if not shutil.which(program):
        raise UserError(f"{program} is not installed here: run this command on a machine of {system}, or use --print")


def asked(words: Sequence[str], text: str = "") -> str:
    """What a program prints, given a text to read; UserError with its last line if it fails."""
    try:
        done = subprocess.run(list(words), input=text, capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        raise UserError(f"{words[0]} cannot be started: {error.strerror}") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise UserError(f"{words[0]} failed with exit code {done.returncode}: {said}")
    return done.stdout.strip()
