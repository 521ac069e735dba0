"""Measures how long a look at a large study takes, and how much memory.

python -m benchmarks.study_status [--tasks 10000] [--folder PLACE]

Makes a study of so many finished tasks, as their trainings and evaluations leave them but without weights, and asks for
its status as compare_gan_study does, in a process of its own: as text and as JSON. Prints seconds, processor time, and
the peak of the process's resident memory, imports included. With --folder the study is kept there, and used again.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

from benchmarks._command import run as run_command
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import making
from compare_gan_tf2.studies.study import Request
from compare_gan_tf2.task_folder import checkpoints, column_names, score_table, tasks
from compare_gan_tf2.task_folder.protocol import Protocol

_LOSSES = ("hinge", "least_squares", "non_saturating", "wasserstein")
_NORMALIZATIONS = ("none", "spectral")
_STEPS, _EVERY = 200, 100
_SCORES = ("fid", "kid", "precision", "recall", "density", "coverage", "manifold_precision", "manifold_recall")
# The command; behind what it printed the peak of its memory and its processor time.
_CODE = """
import sys, time
from benchmarks._command import peak_resident
from compare_gan_tf2.commands.study import main
code = main(["compare_gan_study", *sys.argv[1:]])
print(peak_resident(), time.process_time(), file=sys.stderr)
sys.exit(code)
"""


def fill(folder: pathlib.Path, count: int) -> None:
    """Makes a study of `count` finished tasks, as far as they are not there."""
    per_setting = -(-count // (len(_LOSSES) * len(_NORMALIZATIONS)))
    fixed = {"dataset": "polygons", "training_steps": _STEPS, "save_every_steps": _EVERY}
    varied = {"loss": _LOSSES, "d_weight_normalization": _NORMALIZATIONS}
    if not tasks.numbers(folder):
        making.make(folder, Request(fixed=fixed, varied=varied, seeds=tuple(range(per_setting)), threads=1))
    numbers = tasks.numbers(folder)
    for number in numbers:
        if not (folder / str(number) / score_table.SCORES_FILE).is_file():
            _finish(folder / str(number), tasks.read(folder, number))


def _finish(folder: pathlib.Path, task: tasks.Task) -> None:
    options = json.dumps(task.options.to_dict(), indent=2)
    rows = []
    for step in range(_EVERY, _STEPS + 1, _EVERY):
        place = checkpoints.path(folder, step)
        place.mkdir(parents=True, exist_ok=True)
        (place / "options.json").write_text(options)
        scores = {f"{name}_polygons_c28361d9": 100.0 / (step + task.number + i) for i, name in enumerate(_SCORES)}
        made = dict.fromkeys((*column_names.VERSIONS, *column_names.PROVENANCE), "of a benchmark")
        names = ("density_coverage", "fid", "kid", "precision_recall", "polygon_manifold")
        protocol = Protocol.parse(f"data=polygons test; real=10000; generated=10000; metrics={'; '.join(names)}")
        rows.append(score_table.new_row(step, "ok", scores, protocol, task.options, names, made))
    (folder / "status.json").write_text(json.dumps({"state": "done", "step": _STEPS}) + "\n")
    for row in rows:
        score_table.add_row(folder, row)


def measure(folder: pathlib.Path, *flags: str, verb: str = "status") -> str:
    """One line about one look."""
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", _CODE, verb, str(folder), *flags], capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - start
    if done.returncode:
        raise UserError(f"the command failed: {done.stderr.strip()}")
    first = done.stdout.partition("\n")[0][:60]
    peak, busy = map(float, done.stderr.split()[-2:])
    look = f"{verb} {' '.join(flags) or 'as text'}"
    return f"{look}: {seconds:.1f} s, {busy:.1f} s of processor time, peak {peak / 1e6:.0f} MB ({first})"


def main(arguments: list[str] | None = None) -> int:
    """Prints the seconds and the peaks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--folder", type=pathlib.Path, help="of the study; a temporary one by default")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="study_status.") as place:
        folder = given.folder or pathlib.Path(place) / "study"
        fill(folder, given.tasks)
        print(measure(folder))
        print(measure(folder, "--json"))
    return 0


if __name__ == "__main__":
    run_command(main)
