"""Evaluates checkpoints: samples, features, metrics, one row of scores.csv each."""

from __future__ import annotations

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

from compare_gan_tf2 import __version__, checkpoints, latents, results, scoring, standing_statistics
from compare_gan_tf2.claims import claim
from compare_gan_tf2.datasets import catalog, pipeline
from compare_gan_tf2.datasets.prepare import default_root
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans._gan import build
from compare_gan_tf2.options import EVALUATION, Options
from compare_gan_tf2.references import default_cache_dir
from compare_gan_tf2.samples import Samples, TrainedModel
from compare_gan_tf2.train import read_status

_BATCH = 500
# As floats; all of a large data set would not fit into memory.
_MOST_REAL_IMAGES = 50_000
_SECONDS_BETWEEN_LOOKS = 5.0

_log = logging.getLogger(__name__)


def evaluate(
    workdir: str | os.PathLike,
    *,
    dataset_root: str | os.PathLike | None = None,
    cache_dir: str | os.PathLike | None = None,
    changes: Mapping[str, Any] | None = None,
    every: int = 1,
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
        watch: go on until the training is over, scoring checkpoints as they come.

    Returns:
        All rows of the task's scores.csv, as text by column.

    Raises:
        UserError: if the data set is not prepared, an option is none of the evaluation, or another process evaluates
            the task.
    """
    folder = pathlib.Path(workdir)
    places = scoring.Places(
        pathlib.Path(dataset_root).expanduser() if dataset_root else default_root(),
        pathlib.Path(cache_dir).expanduser() if cache_dir else default_cache_dir(),
    )
    evaluating = _Evaluating(folder, places, changed(changes), every)
    while True:
        over = not watch or _is_over(folder)
        evaluating.new_checkpoints()
        if over:
            return results.read_rows(folder)
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def changed(changes: Mapping[str, Any] | None) -> dict[str, Any]:
    """The same changes; UserError unless all are options of the evaluation."""
    for name in changes or {}:
        if name not in EVALUATION:
            raise UserError(
                f"option {name} is not one of the evaluation, and fixed by the training; those of the evaluation: "
                f"{', '.join(EVALUATION)}"
            )
    return dict(changes or {})


def check_scores(options: Options, places: scoring.Places) -> None:
    """Raises UserError if the extractor or a metric that the options name cannot be used on the data set."""
    scoring.check(options, catalog.find(options.dataset), places, labelled=options.conditional)


def _is_over(folder: pathlib.Path) -> bool:
    return read_status(folder).get("state") in ("done", "diverged")


class _Evaluating:
    """Adds the rows that a task's scores.csv lacks; what is loaded for one checkpoint serves the others."""

    def __init__(self, folder: pathlib.Path, places: scoring.Places, changes: dict[str, Any], every: int):
        self._folder, self._places, self._changes, self._every = folder, places, changes, every
        self._evaluation: _Evaluation | None = None

    def new_checkpoints(self) -> None:
        """Scores what has no row yet.

        Raises:
            UserError: after all that can be scored is, if a checkpoint could not be read.
        """
        if not (self._unscored() or _diverged_step(self._folder)):
            return
        with claim(self._folder, "evaluate") as still_held:
            damaged = self._score(still_held)
            _add_diverged_row(self._folder)
        if damaged:
            raise UserError("; ".join(damaged))

    def _options(self, step: int) -> Options:
        options = checkpoints.options_of(self._folder, step)
        return options.replace(**self._changes) if self._changes else options

    def _unscored(self) -> list[int]:
        rows = results.read_rows(self._folder)
        steps = []
        for step in checkpoints.steps(self._folder):
            try:
                options = self._options(step)
            except checkpoints.DamagedError:
                steps.append(step)  # to be reported
                continue
            if self._is_due(step, options) and not _has_scores(rows, step, options):
                steps.append(step)
        return steps

    def _is_due(self, step: int, options: Options) -> bool:
        return step // options.save_every_steps % self._every == 0 or step == options.training_steps

    def _score(self, still_held: Callable[[], None]) -> list[str]:
        """Adds the missing rows; returns what was wrong with checkpoints that could not be read."""
        damaged = []
        for step in self._unscored():
            try:
                self._evaluation = self._evaluation or _Evaluation(self._options(step), self._places)
                self._evaluation.restore(self._folder, step)
            except checkpoints.DamagedError as error:
                damaged.append(str(error))
                continue
            row = self._evaluation.row(step)
            still_held()
            results.add_row(self._folder, row)
            checkpoints.prune(self._folder, self._evaluation.options.keep_checkpoints)
        return damaged


def _has_scores(rows: list[dict[str, str]], step: int, options: Options) -> bool:
    """Whether a row of the step has these options of the evaluation, and at least these metrics."""
    wanted = {name: results.text(getattr(options, name)) for name in EVALUATION if name != "metrics"}
    wanted_metrics = set(_metric_names(options))
    return any(
        int(row["step"]) == step
        and all(row.get(name, value) == value for name, value in wanted.items())
        and wanted_metrics <= set(row.get("metrics", "").split(","))
        for row in rows
    )


def _metric_names(options: Options) -> list[str]:
    """Names of the metrics that the options ask for, the standard panel spelled out."""
    both = scoring.chosen_metrics(options, catalog.find(options.dataset))
    return sorted(scoring.name_of(module) for kind in both for module in kind)


def _diverged_step(folder: pathlib.Path) -> int | None:
    """Step at which the training diverged, unless its row is there."""
    status = read_status(folder)
    scored = {int(row["step"]) for row in results.read_rows(folder)}
    return status["step"] if status.get("state") == "diverged" and status["step"] not in scored else None


def _add_diverged_row(folder: pathlib.Path) -> None:
    """A training that ended in losses that are not finite says so in a row of its own, without scores."""
    step = _diverged_step(folder)
    if step is not None:
        options = Options.from_dict(read_status(folder)["options"])
        results.add_row(folder, _row(step, "diverged", {}, "not scored", options))


class _Evaluation:
    """One task's networks and reference, used for all its checkpoints."""

    def __init__(self, options: Options, places: scoring.Places):
        self.options = options
        self._dataset = catalog.find(options.dataset)
        self._root = places.dataset_root
        self._stored: dict[str, tuple[np.ndarray, np.ndarray]] = {}  # by split, as read
        check_scores(options, places)
        self._scorer = scoring.Scorer(options, self._dataset, places, training=self._dataset)
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
                return _row(step, "diverged", {}, self._protocol(), self.options)
            first = first or generated
            repeats.append(self._scorer.scores(generated, self.options.evaluation_seed + repeat))
        assert first is not None
        scores = scoring.summary(repeats, self._scorer.extractor.id)
        if self._scorer.model_metrics:
            model = self._model(first)
            for module in self._scorer.model_metrics:
                try:
                    scores |= module.metric(model)
                except (ValueError, FloatingPointError) as error:  # of a network that is about to diverge
                    _log.warning("step %d: no %s: %s", step, scoring.name_of(module), error)
        return _row(step, "ok", scores, self._protocol(), self.options)

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
        z = latents.draw(options.z_distribution, f"{purpose}/z", [count, self._gan.generator.z_dim], **seed)
        if not self._gan.num_classes:
            return z, None
        return z, latents.draw_labels(f"{purpose}/labels", count, self._gan.num_classes, **seed)

    def _model(self, generated: Samples) -> TrainedModel:
        return TrainedModel(
            generator=self._gan.evaluated_generator,
            discriminator=self._gan.discriminator,
            draw_latents=self._draw,
            latent_bounds=latents.BOUNDS[self.options.z_distribution],
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
            self._stored[split] = self._dataset.read(splits[split], self._root)
        images, labels = self._stored[split]
        return pipeline.to_float(images[:_MOST_REAL_IMAGES], self._dataset), labels[:_MOST_REAL_IMAGES]

    def _protocol(self) -> str:
        standing = self.options.standing_batches if standing_statistics.applies(self._gan) else 0
        return self._scorer.protocol(
            weights="average" if self._gan.average else "latest",
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
