"""Imports weights that compare_gan v3 trained, or writes a task's weights under the names of version 3.

compare_gan_import_weights --workdir DIR --task_num=N --source=PATH [--step=N] [--weights=auto|average|latest]
compare_gan_import_weights --workdir DIR --task_num=N --target=FILE.npz [--step=N]
"""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Sequence
from typing import Any

from absl import flags

from compare_gan_tf2.commands import _run
from compare_gan_tf2.errors import UserError

FLAGS = flags.FlagValues()
flags.DEFINE_string("workdir", None, "folder of the study", flag_values=FLAGS)
flags.DEFINE_integer(
    "task_num", None, "number of the task; its options define the networks", lower_bound=0, flag_values=FLAGS
)
flags.DEFINE_string(
    "source",
    None,
    "weights to import into a task without checkpoints: a TF1 checkpoint (model.ckpt-40000, or its folder), the "
    "folder of a TF1 Hub module, or an .npz file with version 3's names",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "target", None, ".npz file to write a checkpoint's weights to, with version 3's names", flag_values=FLAGS
)
flags.DEFINE_integer(
    "step",
    None,
    "generator step of the checkpoint; by default the one in the source, otherwise the task's last",
    lower_bound=0,
    flag_values=FLAGS,
)
flags.DEFINE_enum(
    "weights",
    "auto",
    ("auto", "average", "latest"),
    "weights for the evaluated generator; auto is the running average if the source has one",
    flag_values=FLAGS,
)
flags.DEFINE_list(
    "networks",
    ["generator", "discriminator"],
    "networks to import; the other one keeps its initial weights",
    flag_values=FLAGS,
)
_run.define_json(FLAGS)


def _main(positional: list[str]) -> None:
    from compare_gan_tf2.task_folder import tasks

    _run.no_arguments(positional)
    _run.required(FLAGS, "workdir", "task_num")
    if bool(FLAGS.source) == bool(FLAGS.target):
        raise UserError("give one of --source (weights to import) and --target (a file to write weights to)")
    if FLAGS.target and (FLAGS["weights"].present or FLAGS["networks"].present):
        raise UserError("--weights and --networks are for --source; --target writes all there is")
    workdir = _run.folder(FLAGS.workdir)
    task = tasks.read(workdir, FLAGS.task_num)
    folder = workdir / str(task.number)
    _run.start_tensorflow()
    if FLAGS.source:
        _import(task.options, folder)
    else:
        _export(folder)


def _import(options: Any, folder: pathlib.Path) -> None:
    from compare_gan_tf2.compare_gan_v3.tasks import import_weights

    done = import_weights(options, folder, FLAGS.source, step=FLAGS.step, weights=FLAGS.weights, parts=FLAGS.networks)
    if FLAGS.json:
        print(_run.as_json(dataclasses.asdict(done)))
        return
    for network, count in done.filled.items():
        which = f" ({done.generator} weights)" if network == "generator" else ""
        print(f"{network}: {count} variables{which}")
    if done.skipped:
        more = ", ..." if len(done.skipped) > 3 else ""
        print(f"skipped, not part of a network: {len(done.skipped)} ({', '.join(done.skipped[:3])}{more})")
    if options.reference == "none" and options.g_normalization == "conditional_batch":
        print("note: reference is none, so the gain of conditional batch norm is 1 more than it was in compare_gan")
    print(f"checkpoint of step {done.step}: {done.checkpoint}")


def _export(folder: pathlib.Path) -> None:
    from compare_gan_tf2.compare_gan_v3 import files
    from compare_gan_tf2.compare_gan_v3.tasks import export_weights
    from compare_gan_tf2.task_folder import checkpoints

    # The step first: a training may go on meanwhile.
    step = FLAGS.step if FLAGS.step is not None else max(checkpoints.steps(folder), default=0)
    weights = export_weights(folder, step if FLAGS.step is not None or step else None)
    written = files.write(FLAGS.target, weights, step)
    if FLAGS.json:
        print(_run.as_json({"variables": len(weights), "step": step, "written": written}))
        return
    print(f"{len(weights)} variables of step {step}: {written}")


def main(argv: Sequence[str] | None = None) -> int:
    """The console script compare_gan_import_weights."""
    return _run.run(__doc__ or "", FLAGS, _main, argv)
