"""The engine of Slurm: arrays of jobs, one job a task, written out and submitted; this process does not wait for them.

Before its time limit a job gets a signal: it saves, and has Slurm queue it again, as often as its steps advance. A job
whose node dies is queued again by Slurm, and goes on once the dead process's claim is known to be stale.
"""

from __future__ import annotations

import os
import pathlib
import re
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import compare_gan_tf2
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_file
from compare_gan_tf2.studies.engines import RunPlan, Summary
from compare_gan_tf2.studies.engines._cluster import absolute, asked, command, due, nothing_due, ranges, require

# Slurm's default of how many indices an array has, from 0 on: the limit is on the index and not on the count.
_DEFAULT_LIMIT = 1001
# Before the time limit, and the shortest limit that leaves time for work; Slurm counts in minutes.
_NOTICE_SECONDS, _SHORTEST_SECONDS = 120, 600
_FOLDER = "slurm"
_TIME = re.compile(r"(?:(?P<days>\d+)-)?(?P<fields>\d+(?::\d+){0,2})")


class _Array(NamedTuple):
    """One array of jobs.

    Attributes:
        path: of its script.
        numbers: of its tasks.
        lane: arrays of one lane run one after the other.
        text: the script.
    """

    path: pathlib.Path
    numbers: list[int]
    lane: int
    text: str


def written(workdir: pathlib.Path, plan: RunPlan) -> str:
    """All scripts, one after the other; nothing is submitted."""
    return "\n".join(f"# {each.path}\n{each.text}" for each in _arrays(workdir, plan)) or "nothing left to do"


def run(workdir: pathlib.Path, plan: RunPlan) -> Summary:
    """Submits all tasks that are not done, and returns.

    Scripts and what is printed outside of tasks are kept in <workdir>/slurm.

    Raises:
        UserError: if Slurm is not here, or refuses; the line lists what it took before.
    """
    arrays = _arrays(workdir, plan)
    if not arrays:
        return nothing_due(workdir, plan)
    require("sbatch", "Slurm")
    submitted: list[str] = []
    last: dict[int, str] = {}  # job of each lane
    for each in arrays:
        with replace_file(each.path) as file:
            file.write(each.text.encode())
        after = [f"--dependency=afterany:{last[each.lane]}"] if each.lane in last else []
        try:
            said = asked(["sbatch", "--parsable", *after, str(each.path)])
            job = said.splitlines()[-1].partition(";")[0] if said else ""
            if not job.isdecimal():
                raise UserError(f"sbatch printed {said!r}, not the number of a job")
        except UserError as error:
            before = f"submitted before: {'; '.join(submitted)}" if submitted else "nothing was submitted"
            raise UserError(f"{error} (for {each.path}, tasks {ranges(each.numbers)}); {before}") from error
        last[each.lane] = job
        submitted.append(f"job {job}: tasks {ranges(each.numbers)}")
    return Summary(submitted=tuple(submitted))


def _arrays(workdir: pathlib.Path, plan: RunPlan) -> list[_Array]:
    _check_time(plan.resources.time_limit)
    limit = _limit()
    chunks: dict[int, list[int]] = {}
    for number in due(workdir, plan):
        chunks.setdefault(number // limit, []).append(number)
    lanes = min(plan.jobs or len(chunks), len(chunks))
    made = []
    for place, (chunk, numbers) in enumerate(sorted(chunks.items())):
        share = _share(plan.jobs, place % lanes, lanes)
        path = absolute(workdir) / _FOLDER / f"array{place}.sh"
        text = "\n".join(_lines(workdir, plan, numbers, chunk * limit, share)) + "\n"
        made.append(_Array(path, numbers, place % lanes, text))
    return made


def _share(jobs: int | None, lane: int, lanes: int) -> int | None:
    """How many jobs of a lane may run at a time; None without a bound."""
    return None if jobs is None else jobs // lanes + (lane < jobs % lanes)


def _lines(
    workdir: pathlib.Path, plan: RunPlan, numbers: Sequence[int], offset: int, share: int | None
) -> Iterator[str]:
    wanted = plan.resources
    array = ranges([number - offset for number in numbers]) + (f"%{share}" if share else "")
    log = str(absolute(workdir) / _FOLDER).replace("%", "%%") + "/%A_%a.log"
    yield "#!/bin/bash"
    options = {
        "job-name": "compare_gan_study",
        "array": array,
        "ntasks": "1",
        "cpus-per-task": str(wanted.cpus_per_task or plan.threads),
        "gpus-per-task": str(wanted.gpus_per_task) if wanted.gpus_per_task else None,
        "mem": wanted.mem,
        "time": wanted.time_limit,
        "partition": wanted.partition,
        "output": log,
        "open-mode": "append",
        "signal": f"B:USR1@{_NOTICE_SECONDS}",
    }
    for name, value in options.items():
        if value is not None:
            yield f"#SBATCH --{name}={_quoted(value)}"
    yield "#SBATCH --requeue"
    paths = [str(pathlib.Path(compare_gan_tf2.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    yield f"export PYTHONPATH={shlex.quote(os.pathsep.join(paths))}"
    # By exec, so that the signal reaches the training and not a shell that waits for it.
    words = shlex.join(command(workdir, plan, sys.executable, plan.retries))
    yield f'exec {words} --task_num "$((SLURM_ARRAY_TASK_ID + {offset}))"'


def _quoted(value: str) -> str:
    """A value as lines of #SBATCH take it."""
    if set(value) & set('"\\\n\r'):
        raise UserError(f"{value!r} cannot be written into a script for Slurm")
    return f'"{value}"' if set(value) & set(" #'") else value


def _limit() -> int:
    """How many indices an array may have here."""
    if not shutil.which("scontrol"):
        return _DEFAULT_LIMIT
    found = re.search(r"^MaxArraySize\s*=\s*(\d+)\s*$", asked(["scontrol", "show", "config"]), re.MULTILINE)
    limit = int(found[1]) if found else _DEFAULT_LIMIT
    if not limit:
        raise UserError("arrays of jobs are not allowed here (MaxArraySize = 0 in `scontrol show config`)")
    return limit


def _check_time(text: str | None) -> None:
    """UserError for a time limit that Slurm does not know, or that leaves no time for work."""
    if text is None:
        return
    found = _TIME.fullmatch(text)
    if not found:
        raise UserError(
            f"--time_limit {text!r} is not in a format of Slurm; write minutes, H:MM:SS, D-HH or D-HH:MM:SS"
        )
    fields = [int(each) for each in found["fields"].split(":")]
    if found["days"]:
        units: Sequence[int] = (3600, 60, 1)
    else:
        units = (60,) if len(fields) == 1 else (60, 1) if len(fields) == 2 else (3600, 60, 1)
    seconds = 86400 * int(found["days"] or 0) + sum(a * b for a, b in zip(fields, units, strict=False))
    if 0 < seconds < _SHORTEST_SECONDS:
        raise UserError(
            f"--time_limit {text} is {seconds} s; it has to be {_SHORTEST_SECONDS} s or more, as a task is told to "
            f"save {_NOTICE_SECONDS} s before its end"
        )
