"""Writes the tasks of an experiment, one folder and one JSON file each.

compare_gan_generate_tasks --workdir DIR --experiment NAME [--set option=value ...] [--seed N]
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from absl import flags

from compare_gan_tf2.commands import _run

FLAGS = flags.FlagValues()
flags.DEFINE_string("workdir", None, "folder of the study; created if needed", flag_values=FLAGS)
flags.DEFINE_string(
    "experiment", None, "name of an experiment, or a Python file that defines tasks(seed)", flag_values=FLAGS
)
_run.define_set(FLAGS, "option=value for all tasks")
flags.DEFINE_integer(
    "seed",
    0,
    "seed of the experiment's random choices; if it makes none, the seed of its tasks",
    lower_bound=0,
    flag_values=FLAGS,
)
_run.define_json(FLAGS)


def _main(positional: list[str]) -> int:
    from compare_gan_tf2.task_folder import tasks

    _run.no_arguments(positional)
    _run.required(FLAGS, "workdir", "experiment")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    planned = tasks.plan(FLAGS.experiment, FLAGS.seed, _run.assignments(FLAGS.set))
    workdir = _run.folder(FLAGS.workdir)
    tasks.write(workdir, planned)
    _run.warn_of_unprepared((each.options for each in planned), None)
    if FLAGS.json:
        print(_run.as_json({"tasks": len(planned), "experiment": FLAGS.experiment, "workdir": workdir}))
        return 0
    print(f"{len(planned)} task{'s' if len(planned) > 1 else ''} of experiment {FLAGS.experiment} in {workdir}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """The console script compare_gan_generate_tasks."""
    return _run.run(__doc__ or "", FLAGS, _main, argv)
