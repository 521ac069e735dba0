"""Demonstrates the systems from image to image: each one's exact scores beside baselines that learn nothing.

python -m benchmarks.translation [--system NAME,NAME] [--seed N,N] [--dataset_root DIR] [--workdir DIR]
                                 [--table FILE] [--list] [--report]

Every system is trained as its file in benchmarks/translation_demos says, and beside it the baseline: for polygons the
nearest of the training inputs with what belongs to that. A finished training is a row of the table
(docs/results/translation.csv), and what is in the table is not done again; the command can be interrupted and repeated.
At the end it prints each number, the baseline, and what is expected here. --list only names the systems; --report only
prints what the table says. Polygons are generated: nothing is downloaded. Demonstrations on emoji and on CIFAR-10 are
left out where these are not prepared, unless --system names them.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import demonstrations, translation_demos
from benchmarks._command import run

TABLE = demonstrations.RESULTS / "translation.csv"
OF_REAL_IMAGES = ("cifar10_hole", "cifar10_zoom", "emoji", "emoji_styles")


def main(arguments: Sequence[str] | None = None) -> int:
    """Carries out what is missing and prints the numbers."""
    return demonstrations.main(arguments, __doc__ or "", translation_demos, TABLE.stem, optional=OF_REAL_IMAGES)


if __name__ == "__main__":
    run(main)
