"""Evaluates checkpoints: samples, features, metrics, one row of scores.csv each."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import pathlib
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from compare_gan_tf2 import __version__
from compare_gan_tf2.claims import claim, is_claimed
from compare_gan_tf2.compat import custom_gradients
from compare_gan_tf2.datasets import catalog, pipeline
from compare_gan_tf2.datasets.catalog import Places
from compare_gan_tf2.datasets.places import places as given_places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation import scorer
from compare_gan_tf2.gans import standing_statistics
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.metrics import Samples
from compare_gan_tf2.model_metrics import TrainedModel
from compare_gan_tf2.options import EVALUATION, Options
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.task_folder import checkpoints, score_table
from compare_gan_tf2.task_folder.status import read_status

_BATCH = 500
# As floats; all of a large data set would not fit into memory.
_MOST_REAL_IMAGES = 50_000
_SECONDS_BETWEEN_LOOKS = 5.0

# Extractors whose weights lie in a file of the user's.
_WITH_FILES = ("inception", "keras_inception", "model_file")

_log = logging.getLogger(__name__)


def evaluate(
    workdir: str | os.PathLike,
    *,
    dataset_root: str | os.PathLike | None = None,
    cache_dir: str | os.PathLike | None = None,
    changes: Mapping[str, Any] | None = None,
    every: int = 1,
    since: int = 0,
    watch: bool = False,
) -> list[dict[str, str]]:
    """Scores every checkpoint of a task that has no row yet with these metrics under this protocol.

    Args:
        workdir: the task's own folder.
        dataset_root: folder of the prepared data sets; TFDS's default if None.
        cache_dir: where reference features, and classifiers that had to be trained, are kept; ~/.cache/compare_gan_tf2
            if None.
        changes: options of the evaluation in place of the task's, by name. Metrics that a row lacks are added to it
            where the rest of the protocol is the same; another protocol gives rows of its own.
        every: only every so-manieth checkpoint that the options ask for, and the last; counted from the first.
        since: only checkpoints of this step and later.
        watch: go on until the training is over, or nobody is at it any more, scoring checkpoints as they come.

    Returns:
        All rows of the task's scores.csv, as text by column.

    Raises:
        UserError: if the data set is not prepared, an option is none of the evaluation, or another process evaluates
            the task.
    """
    folder = pathlib.Path(workdir)
    places = given_places(dataset_root, cache_dir)
    evaluating = _Evaluating(folder, places, changed(changes), every, since)
    while True:
        over = not watch or _is_over(folder)
        try:
            evaluating.new_checkpoints()
        finally:
            custom_gradients.release()
        if over:
            break
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    if evaluating.damaged:
        raise UserError("; ".join(evaluating.damaged.values()))
    return score_table.read_rows(folder)


def is_asked_for(step: int, options: Options, every: int, since: int) -> bool:
    """Whether `every` and `since` of `evaluate` mean a checkpoint of this step."""
    return step >= since and (step == options.training_steps or step // options.save_every_steps % every == 0)


def unscored(
    folder: pathlib.Path, changes: Mapping[str, Any], every: int, since: int, protocol: str | None = None
) -> list[int]:
    """Steps whose checkpoint an evaluation would score, by the rows' options, and their protocol if it is known."""
    rows, status = score_table.read_rows(folder), read_status(folder)
    there = [s for s in checkpoints.steps(folder) if s >= since and not checkpoints.is_interim(folder, s)]
    found = []
    for step in there:
        try:
            options = options_for(folder, step, changes)
        except checkpoints.DamagedError:
            if step in checkpoints.steps(folder):  # not deleted by the training in the meantime
                found.append(step)  # to be reported
            continue
        diverged = step == there[-1] and status.get("state") == "diverged"
        asked = diverged or is_asked_for(step, options, every, since)
        if asked and not _has_scores(rows, step, options, protocol):
            found.append(step)
    return found


def options_for(folder: pathlib.Path, step: int, changes: Mapping[str, Any]) -> Options:
    """The options of a checkpoint, with changes to its evaluation."""
    options = checkpoints.options_of(folder, step)
    return options.replace(**changes) if changes else options


def changed(changes: Mapping[str, Any] | None) -> dict[str, Any]:
    """The same changes; UserError unless all are options of the evaluation."""
    for name in changes or {}:
        if name not in EVALUATION:
            raise UserError(
                f"option {name} is not one of the evaluation, and fixed by the training; those of the evaluation: "
                f"{', '.join(EVALUATION)}"
            )
    return dict(changes or {})


def check_scores(options: Options, places: Places) -> None:
    """Raises UserError if the extractor or a metric that the options name cannot be used on the data set."""
    scorer.check(options, catalog.of(options), places, labelled=options.conditional)


def _is_over(folder: pathlib.Path) -> bool:
    """Whether no more checkpoints will come: the training ended, or began and nobody is at it any more."""
    state = read_status(folder).get("state")
    # Asked again afterwards: it may just have ended.
    if state == "training" and not is_claimed(folder, "train") and read_status(folder).get("state") == state:
        _log.warning("nobody is training the task in %s any more; scoring what is there", folder)
        return True
    return state in ("done", "diverged")


class _Evaluating:
    """Adds the rows that a task's scores.csv lacks; what is loaded for one checkpoint serves the others.

    Attributes:
        damaged: what was wrong with checkpoints that could not be read, by step.
    """

    def __init__(self, folder: pathlib.Path, places: Places, changes: dict[str, Any], every: int, since: int):
        self.damaged: dict[int, str] = {}
        self._folder, self._places, self._changes = folder, places, changes
        self._every, self._since = every, since
        self._evaluation: _Evaluation | None = None

    def new_checkpoints(self) -> None:
        """Scores what has no row yet."""
        if not (self._missing() or _diverged_step(self._folder)):
            return
        with claim(self._folder, "evaluate") as still_held:
            for step in self._missing():
                self._score(step, still_held)
            _add_diverged_row(self._folder)

    def _missing(self) -> list[int]:
        known = unscored(self._folder, self._changes, self._every, self._since, self._protocol())
        return [step for step in known if step not in self.damaged]

    def _protocol(self) -> str | None:
        """What scores' protocol would be, where options do not say it: the contents of a file of weights may change."""
        for step in checkpoints.steps(self._folder):
            if self._evaluation is None and step not in self.damaged:
                with contextlib.suppress(checkpoints.DamagedError):
                    options = options_for(self._folder, step, self._changes)
                    if options.extractor_weights or options.extractor in _WITH_FILES:
                        self._evaluation = _Evaluation(options, self._places)
        return score_table.comparable(self._evaluation.protocol()) if self._evaluation else None

    def _score(self, step: int, still_held: Callable[[], None]) -> None:
        try:
            options = options_for(self._folder, step, self._changes)
            self._evaluation = self._evaluation or _Evaluation(options, self._places)
            self._evaluation.restore(self._folder, step)
        except checkpoints.DamagedError as error:
            _log.warning("%s", error)
            self.damaged[step] = str(error)
            return
        row = self._evaluation.row(step)
        still_held()
        score_table.add_row(self._folder, row)
        checkpoints.prune(self._folder, options.keep_checkpoints)


def _has_scores(rows: list[dict[str, str]], step: int, options: Options, protocol: str | None) -> bool:
    """Whether a row of the step has these options of the evaluation, and at least these metrics."""
    by_name = {field.name: field for field in dataclasses.fields(Options)}
    # Which weights is in the protocol, and two ways of asking for the same.
    wanted = [by_name[name] for name in EVALUATION if name not in ("metrics", "evaluated_weights")]
    wanted_metrics = set(_metric_names(options))
    return any(
        int(row["step"]) == step
        and protocol in (None, score_table.comparable(row["protocol"]))
        and score_table.weights_of(row) in ("", options.generator_weights)
        # A row of a version before an option has nothing there, and was made by what is the default now.
        and all(
            (row.get(o.name) or score_table.text(o.default)) == score_table.text(getattr(options, o.name))
            for o in wanted
        )
        and wanted_metrics <= set(row.get("metrics", "").split(","))
        for row in rows
    )


def _metric_names(options: Options) -> list[str]:
    """Names of the metrics that the options ask for, the standard panel spelled out."""
    both = scorer.chosen_metrics(options, catalog.of(options))
    return sorted(scorer.name_of(module) for kind in both for module in kind)


def _diverged_step(folder: pathlib.Path) -> int | None:
    """Step at which the training diverged, unless its row is there."""
    status = read_status(folder)
    scored = {int(row["step"]) for row in score_table.read_rows(folder)}
    return status["step"] if status.get("state") == "diverged" and status["step"] not in scored else None


def _add_diverged_row(folder: pathlib.Path) -> None:
    """A training that ended in losses that are not finite says so in a row of its own, without scores."""
    step = _diverged_step(folder)
    if step is not None:
        options = Options.from_dict(read_status(folder)["options"])
        score_table.add_row(folder, _row(step, "diverged", {}, "not scored", options))


class _Evaluation:
    """One task's networks and reference, used for all its checkpoints."""

    def __init__(self, options: Options, places: Places):
        self.options = options
        self._dataset = catalog.of(options)
        self._places = places
        self._stored: dict[str, tuple[np.ndarray, np.ndarray]] = {}  # by split, as read
        check_scores(options, places)
        self._scorer = scorer.Scorer(options, self._dataset, places, training=self._dataset)
        self._gan = build(options)
        self._generate = tf.function(self._gan.evaluated_generator)

    def restore(self, folder: pathlib.Path, step: int) -> None:
        """Takes a checkpoint's weights, and the statistics that go with them."""
        checkpoints.restore(folder, step, self._gan.networks(), partly=True)
        standing_statistics.fill(self._gan)

    def row(self, step: int) -> dict[str, Any]:
        """Scores of the restored checkpoint, with everything that they depend on."""
        repeats, first = [], None
        for repeat in range(self.options.evaluation_repeats):
            generated = self._scorer.collect(self._images(repeat), self._title(step, repeat))
            if generated is None:
                return _row(step, "diverged", {}, self.protocol(), self.options)
            first = first or generated
            seed = self.options.evaluation_seed + repeat
            repeats.append(
                self._scorer.scores(generated, seed, failed=lambda line: _log.warning("step %d: no %s", step, line))
            )
        assert first is not None
        scores = scorer.summary(repeats, self._scorer.extractor.id)
        if self._scorer.model_metrics:
            model = self._model(first)
            for module in self._scorer.model_metrics:
                try:
                    scores |= module.metric(model)
                except (ValueError, FloatingPointError) as error:  # of a network that is about to diverge
                    _log.warning("step %d: no %s: %s", step, scorer.name_of(module), error)
        return _row(step, "ok", scores, self.protocol(), self.options)

    def _title(self, step: int, repeat: int) -> str:
        repeats = self.options.evaluation_repeats
        return f"evaluating step {step}" + (f", {repeat + 1} of {repeats}" if repeats > 1 else "")

    def _images(self, repeat: int) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
        """Endless generated images float32 [B, H, W, C] with their labels; other ones in every repeat."""
        purpose = f"evaluation/{repeat}" if repeat else "evaluation"
        number = 0
        while True:
            z, labels = self._draw(_BATCH, purpose, number)
            images = self._generate(z, labels, training=False).numpy()
            yield images, None if labels is None else labels.numpy()
            number += 1

    def _draw(self, count: int, purpose: str, batch: int = 0) -> tuple[tf.Tensor, tf.Tensor | None]:
        options = self.options
        seed = {"seed": options.evaluation_seed, "step": batch}
        z = draws.draw(options.z_distribution, f"{purpose}/z", [count, self._gan.generator.z_dim], **seed)
        if not self._gan.num_classes:
            return z, None
        return z, draws.draw_labels(f"{purpose}/labels", count, self._gan.num_classes, **seed)

    def _model(self, generated: Samples) -> TrainedModel:
        return TrainedModel(
            generator=self._gan.evaluated_generator,
            discriminator=self._gan.discriminator,
            draw_latents=self._draw,
            latent_bounds=draws.BOUNDS[self.options.z_distribution],
            dataset=self._dataset,
            options=self.options,
            num_classes=self._gan.num_classes,
            real_images=self._real_images,
            real=self._scorer.real,
            generated=generated,
            seed=self.options.evaluation_seed,
        )

    def _real_images(self, split: str) -> tuple[np.ndarray, np.ndarray]:
        splits = {"train": self._dataset.train_split, "evaluation": self._dataset.evaluation_split}
        if split not in self._stored:
            there = self._dataset.count(splits[split], self._places)
            number = min(there, _MOST_REAL_IMAGES)
            self._stored[split] = pipeline.read(self._dataset, splits[split], self._places, number)
        images, labels = self._stored[split]
        return pipeline.to_float(images, self._dataset), labels

    def protocol(self) -> str:
        """All that a score depends on beside the checkpoint."""
        standing = self.options.standing_batches if standing_statistics.applies(self._gan) else 0
        return self._scorer.protocol(
            weights=self.options.generator_weights,
            statistics=f"standing over {standing} batches" if standing else "moving",
        )


def _row(step: int, status: str, scores: dict[str, float], protocol: str, options: Options) -> dict[str, Any]:
    """A row: place in the training, scores, protocol, all options, versions."""
    return {
        "step": step,
        "discriminator_steps": step * options.disc_iters,
        "images_seen": step * options.disc_iters * options.batch_size,
        "status": status,
        **scores,
        "protocol": protocol,
        **options.to_dict(),
        "metrics": ",".join(_metric_names(options)),
        "compare_gan_tf2_version": __version__,
        "tensorflow_version": tf.__version__,
        "keras_version": keras.__version__,
        "numpy_version": np.__version__,
        "python_version": platform.python_version(),
    }
