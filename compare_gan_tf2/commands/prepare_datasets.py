"""Prepares data sets: generates, downloads, or says exactly what is missing.

compare_gan_prepare_datasets NAME... [--dataset_root DIR]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from absl import flags

from compare_gan_tf2.commands import _run
from compare_gan_tf2.errors import UserError

FLAGS = flags.FlagValues()
flags.DEFINE_string(
    "dataset_root",
    None,
    "folder of the prepared data sets; $TFDS_DATA_DIR or ~/tensorflow_datasets by default",
    flag_values=FLAGS,
)


def _main(names: list[str]) -> int:
    from compare_gan_tf2.datasets import catalog
    from compare_gan_tf2.datasets.prepare import default_root, prepare

    if not names:
        raise UserError(f"which data sets? Known: {', '.join(catalog.names())}")
    root = FLAGS.dataset_root or default_root()
    outcome = prepare(names, root)
    for name, problem in outcome.items():
        print(f"{name}: not ready: {problem}" if problem else f"{name}: ready under {root}",
              file=sys.stderr if problem else sys.stdout)  # fmt: skip
    return _run.USER_ERROR if any(outcome.values()) else 0


def main(argv: Sequence[str] | None = None) -> int:
    """The console script compare_gan_prepare_datasets."""
    return _run.run(__doc__ or "", FLAGS, _main, argv)
