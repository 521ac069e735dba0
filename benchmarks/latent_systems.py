"""Demonstrates the systems with codes, labels and encoders: each one's numbers beside their controls.

python -m benchmarks.latent_systems [--system NAME,NAME] [--seed N,N] [--dataset_root DIR] [--workdir DIR]
                                    [--table FILE] [--list] [--report]

Every system is trained as its file in benchmarks/latent_demos says, and so are its controls. A finished training is a
row of the table (docs/results/latent_systems.csv), written when it has been scored, and what is in the table is not
done again: the command can be interrupted and repeated, and goes on inside a training. At the end it prints, for each
number of each system: the median over the seeds, the control, what was published, what is expected here, and whether
it is so; then, where a control is a training of the same seeds, the mean difference with its interval. A training ends
after the processor minutes on two cores that its file allows; the row says how many steps it took. --list only names
the systems; --report only prints what the table says.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import demonstrations, latent_demos
from benchmarks._command import run

TABLE = demonstrations.RESULTS / "latent_systems.csv"


def main(arguments: Sequence[str] | None = None) -> int:
    """Carries out what is missing and prints the numbers."""
    return demonstrations.main(arguments, __doc__ or "", latent_demos, TABLE.stem)


if __name__ == "__main__":
    run(main)
