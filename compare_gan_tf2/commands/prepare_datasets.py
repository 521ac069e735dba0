"""Prepares data sets: generates, downloads, or says exactly what is missing.

compare_gan_prepare_datasets NAME... [--dataset_root DIR] [--archives DIR] [--any_archive]
compare_gan_prepare_datasets --list [NAME...]
"""

from __future__ import annotations

import dataclasses
import pathlib
import sys
from collections.abc import Sequence

from absl import flags

from compare_gan_tf2 import display
from compare_gan_tf2.commands import _run
from compare_gan_tf2.errors import UserError

FLAGS = flags.FlagValues()
flags.DEFINE_string(
    "dataset_root",
    None,
    "folder of the prepared data sets; $TFDS_DATA_DIR or ~/tensorflow_datasets by default",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "archives",
    None,
    "folder of files that you downloaded yourself, under their published names; by default downloads/manual in "
    "--dataset_root",
    flag_values=FLAGS,
)
flags.DEFINE_bool(
    "any_archive",
    False,
    "accept files in --archives whose sizes or checksums are not the published ones",
    flag_values=FLAGS,
)
flags.DEFINE_bool(
    "list",
    False,
    "list all data sets (or those named): whether they are ready, their sizes and sources",
    flag_values=FLAGS,
)
_run.define_json(FLAGS)


def _main(names: list[str]) -> int:
    from compare_gan_tf2.datasets import catalog
    from compare_gan_tf2.datasets.places import default_root
    from compare_gan_tf2.datasets.prepare import prepare

    root = _run.folder(FLAGS.dataset_root) if FLAGS.dataset_root else default_root()
    archives = _run.folder(FLAGS.archives) if FLAGS.archives else None
    if FLAGS.list:
        _print_table(names or list(catalog.names()), root, archives)
        return 0
    if not names:
        raise UserError(f"which data sets? Known: {', '.join(catalog.names())}")

    def tell(name: str, problem: str) -> None:
        line = f"{name}: not ready: {problem}" if problem else f"{name}: ready under {root}"
        print(display.line(line), file=sys.stderr if problem or FLAGS.json else sys.stdout, flush=True)

    if _uses_tensorflow(names, root):
        _run.start_tensorflow()
    outcome = prepare(names, root, archives=archives, any_archive=FLAGS.any_archive, tell=tell)
    if FLAGS.json:
        print(_run.as_json({"root": root, "problems": outcome}))
    return _run.USER_ERROR if any(outcome.values()) else 0


def _uses_tensorflow(names: list[str], root: pathlib.Path) -> bool:
    """Whether TensorFlow is needed to prepare one of the data sets; False for names that there are not."""
    from compare_gan_tf2.datasets import catalog

    try:
        entries = [catalog.find(name) for name in names]
    except UserError:  # said when they are prepared
        return False
    return any(each.is_prepared_by_tensorflow and not each.is_prepared(root) for each in entries)


def _print_table(names, root, archives):
    from compare_gan_tf2.datasets import catalog
    from compare_gan_tf2.datasets.prepare import table
    from compare_gan_tf2.studies import terminal

    found = table(names, root, archives)
    if FLAGS.json:
        print(_run.as_json({"root": root, "data_sets": [dataclasses.asdict(row) for row in found]}))
        return
    rows = [(row.name, row.state, row.size, row.source) for row in found]
    rows.insert(0, ("name", "state", "size on disk", "source"))
    # A line each for grep and the like.
    print(terminal.described(rows, terminal.width(without=sys.maxsize)))
    print()
    said = f"data sets are kept in {root}; further names: {'; '.join(catalog.PATTERNS)}"
    print(terminal.wrapped(said, terminal.width(sys.maxsize)))


def main(argv: Sequence[str] | None = None) -> int:
    """The console script compare_gan_prepare_datasets."""
    return _run.run(__doc__ or "", FLAGS, _main, argv)
