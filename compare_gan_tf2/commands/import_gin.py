"""Turns a gin configuration of compare_gan v3 into a task, and names each line that it cannot translate.

compare_gan_import_gin FILE.gin [FILE.gin ...] [--binding 'z.stddev = 1.0' ...] [--set option=value] [--workdir DIR]

Without --workdir it shows the options and writes nothing. The task reproduces version 3 (reference=v3); with
--set reference=none it takes only the settings. Needs gin-config: pip install 'compare_gan_tf2[gin]'
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from absl import flags

from compare_gan_tf2.commands import _run
from compare_gan_tf2.errors import UserError

FLAGS = flags.FlagValues()
flags.DEFINE_multi_string("binding", [], "additional gin binding, which overrides the files", flag_values=FLAGS)
FLAGS["binding"].help = "additional gin binding, which overrides the files; once for each binding"
_run.define_set(FLAGS, "option=value, which overrides all bindings")
flags.DEFINE_string("workdir", None, "folder of the study to write; the task gets number 0", flag_values=FLAGS)
_run.define_json(FLAGS)


def _main(positional: list[str]) -> int:
    from compare_gan_tf2.compare_gan_v3 import gin_files, gin_options
    from compare_gan_tf2.options import Options
    from compare_gan_tf2.studies import terminal
    from compare_gan_tf2.task_folder import tasks

    if not all(positional) or not positional:
        raise UserError("which file? Give the gin files of a configuration")
    read = gin_files.read(positional, FLAGS.binding)
    made = gin_options.translate(read, _run.assignments(FLAGS.set))
    workdir = _run.folder(FLAGS.workdir) if FLAGS.workdir else None
    if workdir:
        notes = {"gin_files": ", ".join(positional)}
        tasks.write(workdir, [tasks.Task(0, "import_gin", made.options, notes)])
    if FLAGS.json:
        said = {"options": made.options.to_dict(), "not_honored": [dataclasses.asdict(each) for each in made.left]}
        print(_run.as_json(said | ({"workdir": workdir, "task_num": 0} if workdir else {})))
        return 0
    width = terminal.width()
    others = {name: value for name, value in made.options.to_dict().items() if value != getattr(Options, name)}
    print(terminal.wrapped("options: " + " ".join(f"{name}={_shown(value)}" for name, value in others.items()), width))
    if made.left:
        print(f"not honored: {len(made.left)}")
        for each in made.left:
            print(terminal.wrapped(f"  {each}", width))
    if workdir:
        print(f"task 0 in {workdir}")
    return 0


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def main(argv: Sequence[str] | None = None) -> int:
    """The console script compare_gan_import_gin."""
    return _run.run(__doc__ or "", FLAGS, _main, argv)
