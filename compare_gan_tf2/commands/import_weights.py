"""Imports weights of compare_gan v3 or of an official style-based network, or writes a task's weights to a file.

compare_gan_import_weights --workdir DIR --task_num=N --source=PATH [--step=N] [--weights=auto|average|latest]
compare_gan_import_weights --workdir DIR --task_num=N --target=FILE.npz [--step=N]
compare_gan_import_weights --describe=FILE.npz
compare_gan_import_weights --workdir DIR --source=FILE.npz --set dataset=NAME [--set option=value ...]

The last two are for official PGGAN, StyleGAN, StyleGAN2 and R3GAN networks: the first shows the options that the
weights need, the second makes a new task with the weights.
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
    "weights to import into a task without checkpoints: a TF1 checkpoint (model.ckpt-40000, or its folder), the folder "
    "of a TF1 Hub module, an .npz file with version 3's names, or an .npz file of an official PGGAN, StyleGAN, "
    "StyleGAN2 or R3GAN (which makes a new task if there is no --task_num)",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "describe", None, ".npz file of an official network: shows its type and the options that a task needs",
    flag_values=FLAGS,
)  # fmt: skip
_run.define_set(FLAGS, "option=value for the new task; dataset is required")
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
    from compare_gan_tf2.style_weights import files
    from compare_gan_tf2.task_folder import tasks

    _run.no_arguments(positional)
    if FLAGS.describe:
        _describe()
        return
    _run.required(FLAGS, "workdir")
    if FLAGS.source:
        files.refuse_pickle(FLAGS.source)
    is_new = FLAGS.task_num is None and FLAGS.source and files.is_official(FLAGS.source)
    if not is_new:
        _run.required(FLAGS, "task_num")
    if bool(FLAGS.source) == bool(FLAGS.target):
        raise UserError("give either --source (weights to import) or --target (a file to write weights to)")
    if FLAGS.target and (FLAGS["weights"].present or FLAGS["networks"].present):
        raise UserError("--weights and --networks are for --source; --target writes all there is")
    if FLAGS.set and not is_new:
        raise UserError("--set is only for a new task with an official network; this task already has options")
    workdir = _run.folder(FLAGS.workdir)
    if is_new:
        _import_as_new(workdir)
        return
    task = tasks.read(workdir, FLAGS.task_num)
    folder = workdir / str(task.number)
    _run.start_tensorflow()
    if FLAGS.source:
        _import(task.options, folder)
    else:
        _export(folder)


def _describe() -> None:
    from compare_gan_tf2.studies import terminal
    from compare_gan_tf2.style_weights import describing, files

    if any(FLAGS[name].present for name in ("workdir", "task_num", "source", "target", "set")):
        raise UserError("--describe stands alone: it shows a file and changes nothing")
    files.refuse_pickle(FLAGS.describe)
    found = describing.describe(files.read(FLAGS.describe, only_heads=True))
    height, width, colors = found.image_shape
    if FLAGS.json:
        said = {"system": found.system.title, "image_shape": found.image_shape, "num_classes": found.num_classes,
                "arrays": found.arrays, "options": found.options, "problem": found.problem}  # fmt: skip
        print(_run.as_json(said))
        return
    columns, options = terminal.width(), " ".join(f"{name}={_shown(value)}" for name, value in found.options.items())
    classes = f", {found.num_classes} classes" if found.num_classes else ""
    print(f"{found.system.title}: images {height}x{width}x{colors}{classes}")
    print("arrays: " + ", ".join(f"{count} of the {name}" for name, count in sorted(found.arrays.items())))
    if "discriminator" not in found.arrays:
        print("no discriminator: can be scored, sampled and exported, and not trained further")
    print(terminal.wrapped(f"options: {options}", columns))
    if found.problem:
        print(terminal.wrapped(f"no options of a task give these networks: {found.problem}", columns))


def _import_as_new(workdir: pathlib.Path) -> None:
    from compare_gan_tf2.style_weights import describing, files
    from compare_gan_tf2.style_weights import tasks as official
    from compare_gan_tf2.task_folder import tasks

    description = describing.describe(files.read(FLAGS.source, only_heads=True))
    options = official.new_options(description, _run.assignments(FLAGS.set), FLAGS.source)
    if there := tasks.numbers(workdir):
        raise UserError(f"{workdir} holds tasks already; give --task_num (there is {there[0]}), or another --workdir")
    _run.start_tensorflow()
    source = files.read(FLAGS.source)
    loaded = official.load(options, source, step=FLAGS.step, weights=FLAGS.weights, parts=_parts())
    tasks.write(workdir, [tasks.Task(0, "import_weights", options, {"weights": FLAGS.source})])
    _say(options, loaded.save(workdir / "0"))


def _import(options: Any, folder: pathlib.Path) -> None:
    from compare_gan_tf2.style_weights.tasks import import_weights

    done = import_weights(options, folder, FLAGS.source, step=FLAGS.step, weights=FLAGS.weights, parts=_parts())
    _say(options, done)


def _parts() -> list[str] | None:
    return FLAGS.networks if FLAGS["networks"].present else None


def _say(options: Any, done: Any) -> None:
    if FLAGS.json:
        print(_run.as_json(dataclasses.asdict(done)))
        return
    for network, count in done.filled.items():
        which = f" ({done.generator} weights)" if network == "generator" else ""
        print(f"{network}: {count} variables{which}")
    if "discriminator" not in done.filled and not FLAGS["networks"].present:
        print("discriminator: not in the source, so it has initial weights; do not train this task further")
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


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def main(argv: Sequence[str] | None = None) -> int:
    """The console script compare_gan_import_weights."""
    return _run.run(__doc__ or "", FLAGS, _main, argv)
