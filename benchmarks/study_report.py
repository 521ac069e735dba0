"""Measures how long the report of a large study takes, and how much memory.

python -m benchmarks.study_report [--tasks 10000] [--folder PLACE]

Makes a study of so many finished tasks, as `benchmarks.study_status` does, and its report as compare_gan_study does, in
a process of its own: the tables of all formats, figures, and the page; then without figures, to see what these take.
Prints seconds, processor time, and the peak of the process's resident memory, imports included. With --folder the study
is kept there, and used again.
"""

from __future__ import annotations

import argparse
import pathlib
import tempfile

from benchmarks import study_status
from benchmarks._command import run as run_command


def main(arguments: list[str] | None = None) -> int:
    """Prints the seconds and the peaks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--folder", type=pathlib.Path, help="of the study; a temporary one by default")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="study_report.") as place:
        folder = given.folder or pathlib.Path(place) / "study"
        study_status.fill(folder, given.tasks)
        print(study_status.measure(folder, verb="report"))
        print(study_status.measure(folder, "--figures", "none", verb="report"))
    return 0


if __name__ == "__main__":
    run_command(main)
