"""Compares style-based and growing systems with SNDCGAN on CIFAR-10 after equal processor time.

python -m benchmarks.style_systems [--system NAME,NAME] [--seed N,N] [--dataset_root DIR] [--workdir DIR]
                                   [--table FILE] [--list] [--report]

Every system is trained as its file in benchmarks/style_demos says until 20 processor minutes of two cores are over, and
scored by FID on the features of CIFAR-10's classifier, precision and recall. A finished training is a row of the table
(docs/results/style_systems.csv) that says how many steps it took, and what is in the table is not done again; the
command can be interrupted and repeated. --list only names the systems; --report only prints what the table says.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import demonstrations, style_demos
from benchmarks._command import run

TABLE = demonstrations.RESULTS / "style_systems.csv"


def main(arguments: Sequence[str] | None = None) -> int:
    """Carries out what is missing and prints the numbers."""
    return demonstrations.main(arguments, __doc__ or "", style_demos, TABLE.stem)


if __name__ == "__main__":
    run(main)
