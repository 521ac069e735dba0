"""Exports a checkpoint of a task as a TF Hub module: a folder, or one file for a web server.

compare_gan_export --workdir DIR --task_num=N [--step=best:SCORE|last|STEP] [--output=DIR|FILE.tar.gz]

If --output already holds this model, it is kept, or written again if there are new scores. If it holds another model or
files of your own, the command stops.
"""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from compare_gan_tf2.commands import _run

FLAGS = flags.FlagValues()
flags.DEFINE_string("workdir", None, "folder of the study", flag_values=FLAGS)
flags.DEFINE_integer("task_num", None, "number of the task", lower_bound=0, flag_values=FLAGS)
flags.DEFINE_string(
    "step",
    "best:fid",
    "checkpoint to export: best:fid (the last one if none has scores), best:SCORE for another score, last, or a "
    "generator step",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "output",
    None,
    "folder or .tar.gz file to write; <workdir>/<task_num>/export/<step> by default",
    flag_values=FLAGS,
)
_run.define_json(FLAGS)


def _main(positional: list[str]) -> None:
    from compare_gan_tf2.task_folder import tasks

    _run.no_arguments(positional)
    _run.required(FLAGS, "workdir", "task_num")
    workdir = _run.folder(FLAGS.workdir)
    task = tasks.read(workdir, FLAGS.task_num)
    output = _run.folder(FLAGS.output) if FLAGS.output else None
    _run.start_tensorflow()
    from compare_gan_tf2.hub_export.save import export

    exported = export(workdir / str(task.number), step=FLAGS.step, output=output)
    print(_run.as_json({"exported": exported}) if FLAGS.json else f"exported: {exported}")


def main(argv: Sequence[str] | None = None) -> int:
    """The console script compare_gan_export."""
    return _run.run(__doc__ or "", FLAGS, _main, argv)
