"""Trains, evaluates and exports one task of a study.

compare_gan_run_one_task --workdir DIR --task_num=N [--command=all|train|eval|export|show] [--dry_run]
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from absl import flags

from compare_gan_tf2 import display
from compare_gan_tf2.commands import _run
from compare_gan_tf2.errors import UserError

COMMANDS = ("all", "train", "eval", "export", "show")

FLAGS = flags.FlagValues()
flags.DEFINE_string("workdir", None, "folder of the study", flag_values=FLAGS)
flags.DEFINE_integer("task_num", None, "number of the task", lower_bound=0, flag_values=FLAGS)
flags.DEFINE_enum(
    "command", "all", COMMANDS, "what to do; all is train, eval and export; show prints the scores", flag_values=FLAGS
)
flags.DEFINE_string(
    "dataset_root",
    None,
    "folder of the prepared data sets, read only; $TFDS_DATA_DIR or ~/tensorflow_datasets by default",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "cache_dir", None, "folder for cached results; ~/.cache/compare_gan_tf2 by default", flag_values=FLAGS
)
flags.DEFINE_enum(
    "data_cache",
    "auto",
    ("auto", "disk", "memory", "none"),
    "where decoded training images are kept: auto (where there is room), disk (under --cache_dir), memory or none",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "metrics",
    None,
    "metrics to score, comma-separated, in place of the task's own; the word default stands for the standard list, as "
    "in default,prd",
    flag_values=FLAGS,
)
_run.define_set(FLAGS, "option=value for the evaluation, in place of the task's own: --set extractor=inception")
flags.DEFINE_integer(
    "eval_every",
    1,
    "score every N-th checkpoint and the last one; the checkpoints in between stay without scores, so option "
    "keep_checkpoints never deletes them",
    lower_bound=1,
    flag_values=FLAGS,
)
flags.DEFINE_integer(
    "eval_since",
    0,
    "score checkpoints from this step on; earlier ones stay without scores, so option keep_checkpoints never deletes "
    "them",
    lower_bound=0,
    flag_values=FLAGS,
)
flags.DEFINE_bool(
    "watch", False, "with --command=eval: score new checkpoints until the training is finished", flag_values=FLAGS
)
flags.DEFINE_enum(
    "strategy",
    "one_device",
    ("mirrored", "multi_worker", "one_device", "tpu"),
    "where to train: one_device (the first GPU, or the CPU), mirrored (all GPUs of this machine), multi_worker "
    "(several machines) or tpu",
    flag_values=FLAGS,
)
flags.DEFINE_integer(
    "replicas",
    0,
    "number of devices for --strategy=mirrored; 0 is all GPUs",
    lower_bound=0,
    upper_bound=1024,
    flag_values=FLAGS,
)
flags.DEFINE_enum(
    "cluster",
    "auto",
    ("auto", "kubernetes", "slurm", "tf_config"),
    "how the workers of --strategy=multi_worker find each other",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "tpu", "local", "name or address of the TPU; local if this is the TPU's own machine", flag_values=FLAGS
)
flags.DEFINE_integer(
    "steps_per_call",
    None,
    "generator steps in one call of compiled code; 1 by default, and 100 on a TPU",
    lower_bound=1,
    upper_bound=100_000,
    flag_values=FLAGS,
)
flags.DEFINE_integer(
    "until",
    None,
    "train to this step and pause: score the checkpoints so far, and export nothing; the same command without --until "
    "continues, bit for bit as without the pause",
    lower_bound=1,
    flag_values=FLAGS,
)
flags.DEFINE_bool("jit_compile", False, "compile the step with XLA, on one replica", flag_values=FLAGS)
flags.DEFINE_bool(
    "profile", False, "profile some steps: writes profile.txt and TensorBoard's Profile tab", flag_values=FLAGS
)
flags.DEFINE_string(
    "watch_with",
    "",
    "experiment trackers to report to: tensorboard, wandb, mlflow; none by default",
    flag_values=FLAGS,
)
flags.DEFINE_string("watch_dir", None, "folder for the trackers' files; <workdir>/watch by default", flag_values=FLAGS)
flags.DEFINE_bool("gradient_norms", False, "also measure the norms of gradients", flag_values=FLAGS)
flags.DEFINE_string(
    "export_step",
    "best",
    "checkpoint to export: best (by FID), best:SCORE (such as best:kid), last, or a generator step",
    flag_values=FLAGS,
)
flags.DEFINE_bool(
    "dry_run",
    False,
    "print what would run, with an estimate of time and disk space, and write three examples of the training data to "
    "<workdir>/<number>_streams.png",
    flag_values=FLAGS,
)
_run.define_json(FLAGS)


class _Answers:
    """What is printed: a text at once, or with --json all together as one line at the end."""

    def __init__(self) -> None:
        self._found: dict[str, Any] = {}

    def add(self, text: str, **found: Any) -> None:
        """A text for people, and the same for programs."""
        self._found |= found
        if not FLAGS.json:
            print(text)

    def end(self) -> None:
        """What was kept until now."""
        if FLAGS.json:
            print(_run.as_json(self._found))


def _main(positional: list[str]) -> int:
    from compare_gan_tf2.task_folder import tasks

    _run.no_arguments(positional)
    _run.required(FLAGS, "workdir", "task_num")
    if FLAGS.strategy != "mirrored" and FLAGS.replicas:
        raise UserError(
            f"--replicas is for --strategy=mirrored; --strategy={FLAGS.strategy} chooses its devices itself"
        )
    for name, only in {"cluster": "multi_worker", "tpu": "tpu"}.items():
        if FLAGS[name].present and FLAGS.strategy != only:
            raise UserError(f"--{name} is for --strategy={only}; the strategy is {FLAGS.strategy}")
    if FLAGS.jit_compile and FLAGS.strategy != "one_device":
        raise UserError(f"--jit_compile is for --strategy=one_device; the strategy is {FLAGS.strategy}")
    workdir = _run.folder(FLAGS.workdir)
    task = tasks.read(workdir, FLAGS.task_num)
    folder = workdir / str(task.number)
    if FLAGS.command in ("all", "eval") and FLAGS.eval_since > task.options.training_steps:
        raise UserError(
            f"--eval_since is {FLAGS.eval_since}, but the task has only {task.options.training_steps} steps, so it has "
            "no checkpoint to score from there on"
        )
    _check_until(task.options.training_steps)
    from compare_gan_tf2.task_folder import checkpoints, column_names

    checkpoints.check_agreement(folder, task.options)
    step = FLAGS.export_step
    if column_names.asked_score(step) is None and step != "last" and not step.isdecimal():
        raise UserError(f"--export_step is {step!r}; it must be best, best:SCORE, last, or the step of a checkpoint")
    if FLAGS.watch and FLAGS.command != "eval":
        raise UserError(f"--watch is for --command=eval; the command is {FLAGS.command}")
    from compare_gan_tf2.task_folder import writers

    trackers = writers.asked(FLAGS.watch_with)
    given = _given()
    if FLAGS.command == "show" and not FLAGS.dry_run:
        answers = _Answers()
        _show(folder, answers)
        answers.end()
        return 0
    _run.start_tensorflow()
    changes = _changes(given)
    strategy = None
    if FLAGS.command in ("all", "train"):
        from compare_gan_tf2.runtime import distribution

        distribution.check_batch(task.options, FLAGS.replicas or 1)
    if FLAGS.command in ("all", "train", "eval") and not FLAGS.dry_run:
        _take_threads(folder)
    if FLAGS.command in ("all", "train") and not FLAGS.dry_run:
        strategy = distribution.create(FLAGS.strategy, FLAGS.replicas, cluster=FLAGS.cluster, tpu=FLAGS.tpu)
    if FLAGS.command in ("all", "eval"):
        _refuse_what_cannot_be_scored(task.options.replace(**changes) if changes else task.options)
    if FLAGS.dry_run:
        from compare_gan_tf2.commands._estimate import estimate

        chosen = {"every": FLAGS.eval_every, "since": FLAGS.eval_since}
        lines = estimate(task.options, folder, FLAGS.command, FLAGS.dataset_root, changes, **chosen).splitlines()
        if FLAGS.command in ("all", "train"):
            lines += _show_streams(task.options, workdir / f"{task.number}_streams.png")
        print(_run.as_json({"estimate": lines}) if FLAGS.json else "\n".join(lines))
        return 0
    import tensorflow as tf

    from compare_gan_tf2.studies.watched import watched

    try:
        with watched(folder, trackers, None if FLAGS.watch_dir is None else _run.folder(FLAGS.watch_dir)):
            _carry_out(task.options, folder, changes, strategy)
    except tf.errors.ResourceExhaustedError as error:
        # A full disk under one of TensorFlow's own writers, or too little memory on the device.
        raise UserError(f"TensorFlow ran out of a resource: {error.message.partition(chr(10))[0]}") from error
    return 0


def _take_threads(folder: pathlib.Path) -> None:
    """Has TensorFlow compute with the threads of a training that goes on; a task that was given some is scored, too.

    Before anything else is done with TensorFlow: threads are taken, devices split, and workers met, at its start.
    """
    from compare_gan_tf2.task_folder import machine, threads
    from compare_gan_tf2.task_folder.status import read_status

    goes_on = FLAGS.command != "eval" and read_status(folder).get("state") in ("training", "paused")
    if goes_on or threads.are_assigned(folder):
        machine.take_threads(folder)


def _check_until(training_steps: int) -> None:
    """Refuses a step at which the training cannot pause."""
    if FLAGS.until is None:
        return
    if FLAGS.command not in ("all", "train"):
        raise UserError(f"--until is for training; the command is {FLAGS.command}")
    if FLAGS.until > training_steps:
        raise UserError(f"--until is {FLAGS.until}; the task has {training_steps} steps")
    if FLAGS.dry_run:
        raise UserError("--dry_run estimates the whole training; leave out --until")


def _show_streams(options: Any, path: pathlib.Path) -> list[str]:
    """Writes a picture of what the task is trained on, where that is there; gives lines that describe it."""
    from compare_gan_tf2.commands._as_trained import write_examples
    from compare_gan_tf2.datasets import catalog
    from compare_gan_tf2.datasets.places import places

    if not catalog.of(options).is_prepared(places(FLAGS.dataset_root).dataset_root):
        return []
    return list(write_examples(options, path, FLAGS.dataset_root, FLAGS.cache_dir))


def _refuse_what_cannot_be_scored(options: Any) -> None:
    from compare_gan_tf2.datasets import catalog
    from compare_gan_tf2.datasets.places import places
    from compare_gan_tf2.evaluation.task import check_scores

    where = places(FLAGS.dataset_root, FLAGS.cache_dir)
    root = where.dataset_root
    try:
        check_scores(options, where)
    except UserError as error:
        dataset = catalog.of(options)
        missing = "" if dataset.is_prepared(root) else f"{dataset.how_to_prepare(root)}; besides, "
        advice = "to do without scores: --command=train, then --command=export"
        raise UserError(f"{missing}{error}; {advice}") from error


def _given() -> dict[str, str]:
    """Options that the command line changes, as they are written there."""
    given = _run.assignments(FLAGS.set)
    if FLAGS.metrics is not None:
        if "metrics" in given:
            raise UserError("the metrics are given twice: by --metrics and by --set")
        given["metrics"] = FLAGS.metrics
    if given and FLAGS.command not in ("all", "eval"):
        raise UserError(f"--metrics and --set are for scoring; the command is {FLAGS.command}")
    return given


def _changes(given: Mapping[str, str]) -> dict[str, Any]:
    """These options with their values; UserError for one that is none of the evaluation."""
    from compare_gan_tf2.evaluation.task import changed
    from compare_gan_tf2.options import parse

    return changed(parse(given))


def _carry_out(options: Any, folder: pathlib.Path, changes: dict[str, Any], strategy: Any) -> None:
    from compare_gan_tf2.task_folder.status import read_status

    answers = _Answers()
    if FLAGS.command in ("all", "train") and not _train(options, folder, strategy, answers):
        return
    if FLAGS.command in ("all", "eval"):
        _evaluate(folder, changes)
    if FLAGS.command in ("all", "eval"):
        _show(folder, answers)
    pauses = FLAGS.until is not None and read_status(folder).get("state") == "paused"
    if FLAGS.command in ("all", "export") and not pauses:
        _export(folder, answers, may_be_missing=FLAGS.command == "all")
    answers.end()


def _show(folder: pathlib.Path, answers: _Answers) -> None:
    from compare_gan_tf2.studies import terminal
    from compare_gan_tf2.task_folder import score_table

    rows = score_table.read_rows(folder)
    # Protocols have names of folders in them, and the file may be another's.
    shown = [{name: display.line(cell) for name, cell in row.items()} for row in rows]
    place = folder / score_table.SCORES_FILE
    found = f"{terminal.scores(shown, terminal.width())}\nscores: {place}" if rows else f"no scores yet in {folder}"
    answers.add(found, scores=terminal.as_json(rows), scores_file=place)


def _train(options: Any, folder: pathlib.Path, strategy: Any, answers: _Answers) -> bool:
    """Whether this process goes on to scores and the export, which only one worker of several does."""
    from compare_gan_tf2 import components
    from compare_gan_tf2.runtime import distribution
    from compare_gan_tf2.training.loop import train

    print(f"training on {distribution.describe(strategy)}", file=sys.stderr)
    if options.conditional or components.facts("gans", options.gan)["READS_LABELS"]:
        from compare_gan_tf2.datasets import catalog

        print(f"labels: {_run.classes(catalog.of(options))}", file=sys.stderr)

    status = train(
        options,
        folder,
        dataset_root=FLAGS.dataset_root,
        cache_dir=FLAGS.cache_dir,
        data_cache=FLAGS.data_cache,
        strategy=strategy,
        steps_per_call=FLAGS.steps_per_call or (100 if FLAGS.strategy == "tpu" else 1),
        jit_compile=FLAGS.jit_compile,
        profile=FLAGS.profile,
        gradient_norms=FLAGS.gradient_norms,
        until=FLAGS.until,
    )
    if distribution.workers(strategy)[0]:
        return False
    if status["state"] == "diverged":
        said = f"training diverged at step {status['step']}: {', '.join(status['not_finite'])} not finite"
    elif status["state"] == "paused":
        said = f"training paused: step {status['step']} of {options.training_steps}; without --until it goes on"
    else:
        said = f"training done: step {status['step']}, checkpoints and samples in {folder}"
    answers.add(said, training={name: status[name] for name in ("state", "step")})
    return True


def _evaluate(folder: pathlib.Path, changes: dict[str, Any]) -> None:
    from compare_gan_tf2.evaluation.task import evaluate
    from compare_gan_tf2.task_folder import checkpoints
    from compare_gan_tf2.task_folder.status import read_status

    there = checkpoints.steps(folder)
    if FLAGS.command == "eval" and not FLAGS.watch and read_status(folder).get("state") != "diverged":
        if not there:
            raise UserError(
                f"the task in {folder} has no checkpoint; train it first: --command=train, or wait for one: --watch"
            )
        if there[-1] < FLAGS.eval_since:
            raise UserError(f"no checkpoint since step {FLAGS.eval_since} in {folder}; the last is of step {there[-1]}")
    evaluate(
        folder,
        dataset_root=FLAGS.dataset_root,
        cache_dir=FLAGS.cache_dir,
        changes=changes,
        every=FLAGS.eval_every,
        since=FLAGS.eval_since,
        watch=FLAGS.watch,
    )


def _export(folder: pathlib.Path, answers: _Answers, *, may_be_missing: bool) -> None:
    from compare_gan_tf2.hub_export.save import export
    from compare_gan_tf2.task_folder import checkpoints

    if may_be_missing and not checkpoints.steps(folder):
        answers.add("nothing to export: the training ended before its first checkpoint", exported=None)
        return
    exported = export(folder, step=FLAGS.export_step)
    answers.add(f"exported: {exported}", exported=exported)


def main(argv: Sequence[str] | None = None) -> int:
    """The console script compare_gan_run_one_task."""
    return _run.run(__doc__ or "", FLAGS, _main, argv)
