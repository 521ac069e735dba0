"""Writes the tasks of an experiment, one folder and one JSON file each.

compare_gan_generate_tasks --workdir DIR --experiment NAME [--set option=value ...] [--seed N]
"""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from compare_gan_tf2.commands import _run
from compare_gan_tf2.errors import UserError

FLAGS = flags.FlagValues()
flags.DEFINE_string("workdir", None, "folder of the study; made if it is not there", flag_values=FLAGS)
flags.DEFINE_string(
    "experiment", None, "a known experiment, or a Python file that defines tasks(seed)", flag_values=FLAGS
)
flags.DEFINE_multi_string("set", [], "option=value, for every task; may be repeated", flag_values=FLAGS)
flags.DEFINE_integer(
    "seed",
    0,
    "given to the experiment: seeds its draws, or the option seed of its tasks",
    lower_bound=0,
    flag_values=FLAGS,
)


def _main(positional: list[str]) -> int:
    from compare_gan_tf2 import tasks

    _run.no_arguments(positional)
    _run.required(FLAGS, "workdir", "experiment")
    planned = tasks.plan(FLAGS.experiment, FLAGS.seed, _overrides(FLAGS.set))
    workdir = _run.folder(FLAGS.workdir)
    tasks.write(workdir, planned)
    print(f"{len(planned)} task{'s' if len(planned) > 1 else ''} of experiment {FLAGS.experiment} in {workdir}")
    return 0


def _overrides(words: list[str]) -> dict[str, str]:
    for word in words:
        if "=" not in word:
            raise UserError(f"--set {word!r} is not of the form option=value")
    pairs = [word.split("=", 1) for word in words]
    for name, _ in pairs:
        if sum(name == other for other, _ in pairs) > 1:
            raise UserError(f"--set {name}=... is given twice")
    return dict((name, value) for name, value in pairs)


def main(argv: Sequence[str] | None = None) -> int:
    """The console script compare_gan_generate_tasks."""
    return _run.run(__doc__ or "", FLAGS, _main, argv)
