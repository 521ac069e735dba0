"""Evaluates checkpoints: samples, features, metrics, one row of scores.csv each."""

from __future__ import annotations

import functools
import hashlib
import os
import pathlib
import platform
from collections.abc import Callable
from types import ModuleType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from compare_gan_tf2 import __version__, checkpoints, components, latents, results, standing_statistics
from compare_gan_tf2.claims import claim
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.prepare import default_root
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.extractors._extractor import Extractor
from compare_gan_tf2.gans._gan import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.progress import Progress
from compare_gan_tf2.references import KEPT_IMAGES, default_cache_dir, reference
from compare_gan_tf2.samples import Samples, TrainedModel
from compare_gan_tf2.train import read_status

_BATCH = 500


def evaluate(
    workdir: str | os.PathLike,
    *,
    dataset_root: str | os.PathLike | None = None,
    cache_dir: str | os.PathLike | None = None,
) -> list[dict[str, str]]:
    """Scores every checkpoint of a task that has no row yet.

    Args:
        workdir: the task's own folder.
        dataset_root: folder of the prepared data sets; TFDS's default if None.
        cache_dir: where reference features, and classifiers that had to be trained, are kept; ~/.cache/compare_gan_tf2
            if None.

    Returns:
        All rows of the task's scores.csv, as text by column.

    Raises:
        UserError: if the data set is not prepared or another process evaluates the task.
    """
    folder = pathlib.Path(workdir)
    if _unscored(folder) or _diverged_step(folder):
        with claim(folder, "evaluate") as still_held:
            root = pathlib.Path(dataset_root).expanduser() if dataset_root else default_root()
            cache = pathlib.Path(cache_dir).expanduser() if cache_dir else default_cache_dir()
            damaged = _score(folder, root, cache, still_held)
            _add_diverged_row(folder)
            if damaged:
                raise UserError("; ".join(damaged))
    return results.read_rows(folder)


def check_scores(options: Options) -> None:
    """Raises UserError if the extractor or a metric that the options name cannot be used on the data set."""
    dataset = catalog.find(options.dataset)
    _chosen_metrics(options, dataset)
    components.load("extractors", options.extractor).check(dataset)


def _score(folder: pathlib.Path, root: pathlib.Path, cache: pathlib.Path, still_held: Callable[[], None]) -> list[str]:
    """Adds the missing rows; returns what was wrong with checkpoints that could not be read."""
    evaluation, damaged = None, []
    for step in _unscored(folder):
        try:
            evaluation = evaluation or _Evaluation(checkpoints.options_of(folder, step), root, cache)
            evaluation.restore(folder, step)
        except checkpoints.DamagedError as error:
            damaged.append(str(error))
            continue
        row = evaluation.row(step)
        still_held()
        results.add_row(folder, row)
        checkpoints.prune(folder, evaluation.options.keep_checkpoints)
    return damaged


def _unscored(folder: pathlib.Path) -> list[int]:
    scored = {int(row["step"]) for row in results.read_rows(folder)}
    return [step for step in checkpoints.steps(folder) if step not in scored]


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

    def __init__(self, options: Options, dataset_root: pathlib.Path, cache_dir: pathlib.Path):
        self.options = options
        self._dataset = catalog.find(options.dataset)
        self._count = options.evaluation_samples or self._dataset.evaluation_samples
        self._metrics, self._model_metrics = _chosen_metrics(options, self._dataset)
        extractor = components.load("extractors", options.extractor)
        places = {"dataset_root": dataset_root, "cache_dir": cache_dir}
        self._extractor: Extractor = extractor.load(self._dataset, **places)
        self._reference = functools.partial(reference, self._dataset, self._count, self._extractor, **places)
        self._fingerprint = hashlib.sha256(self._dataset.fingerprint(dataset_root).encode()).hexdigest()[:8]
        self._real: Samples | None = None
        self._gan = build(options)
        self._generate = tf.function(self._gan.evaluated_generator)

    def restore(self, folder: pathlib.Path, step: int) -> None:
        """Takes a checkpoint's weights, and the statistics that go with them."""
        checkpoints.restore(folder, step, self._gan.networks(), partly=True)
        standing_statistics.fill(self._gan)

    def row(self, step: int) -> dict[str, Any]:
        """Scores of the restored checkpoint, with everything that they depend on."""
        if self._real is None:
            self._real = self._reference()
        generated = self._generated(step)
        if generated is None:
            return _row(step, "diverged", {}, self._protocol(), self.options)
        scores: dict[str, float] = {}
        for module in self._metrics:
            found = module.metric(self._real, generated)
            scores |= {f"{name}_{self._extractor.id}": value for name, value in found.items()}
        model = TrainedModel(
            generator=self._gan.evaluated_generator,
            discriminator=self._gan.discriminator,
            draw_latents=self._draw,
            latent_bounds=latents.BOUNDS[self.options.z_distribution],
            dataset=self._dataset,
            real=self._real,
            generated=generated,
            seed=self.options.evaluation_seed,
        )
        for module in self._model_metrics:
            scores |= module.metric(model)
        return _row(step, "ok", scores, self._protocol(), self.options)

    def _draw(self, count: int, purpose: str, batch: int = 0) -> tuple[tf.Tensor, tf.Tensor | None]:
        options = self.options
        seed = {"seed": options.evaluation_seed, "step": batch}
        z = latents.draw(options.z_distribution, f"{purpose}/z", [count, self._gan.generator.z_dim], **seed)
        if not self._gan.num_classes:
            return z, None
        return z, latents.draw_labels(f"{purpose}/labels", count, self._gan.num_classes, **seed)

    def _generated(self, step: int) -> Samples | None:
        """Samples of the restored generator; None if one of its pixels is not finite."""
        kept, features, logits, labels = [], [], [], []
        with Progress(f"evaluating step {step}", self._count, unit="image") as progress:
            for number, start in enumerate(range(0, self._count, _BATCH)):
                size = min(_BATCH, self._count - start)
                z, chosen = self._draw(_BATCH, "evaluation", number)
                images = self._generate(z, chosen, training=False).numpy()[:size]
                if not np.isfinite(images).all():
                    return None
                # Rounding in the last layer may leave the range by one float.
                images = np.clip(images, 0.0, 1.0)
                batch_features, batch_logits = self._extractor.extract(images)
                features.append(batch_features)
                logits.append(batch_logits)
                labels.append(np.full(size, -1, np.int32) if chosen is None else chosen.numpy()[:size])
                if start < KEPT_IMAGES:
                    kept.append(images)
                progress.advance(start + size)
        images = np.concatenate(kept)[:KEPT_IMAGES]
        return Samples(images, np.concatenate(features), np.concatenate(logits), np.concatenate(labels))

    def _protocol(self) -> str:
        """All that a score's value depends on beside the model; scores of different protocols must not be compared."""
        dataset = self._dataset
        standing = self.options.standing_batches if standing_statistics.applies(self._gan) else 0
        facts = {
            "data": f"{dataset.name} {dataset.evaluation_split} {self._fingerprint}",
            "extractor": self._extractor.description,
            "resize": "none",
            "quantisation": "none",
            "real": self._count,
            "generated": self._count,
            "repeats": 1,
            "seed": self.options.evaluation_seed,
            "weights": "average" if self._gan.average else "latest",
            "statistics": f"standing over {standing} batches" if standing else "moving",
            "metrics": ", ".join(map(_described, (*self._metrics, *self._model_metrics))),
        }
        return "; ".join(f"{name}={value}" for name, value in facts.items())


def _chosen_metrics(options: Options, dataset: catalog.Dataset) -> tuple[list[ModuleType], list[ModuleType]]:
    """Metrics on samples and metrics on the model that the options ask for, or the data set's standard panel."""
    kinds = ("metrics", "model_metrics")
    on_samples, on_model = ([components.load(kind, name) for name in components.names(kind)] for kind in kinds)
    if options.metrics == "default":
        return (
            [module for module in on_samples if module.DEFAULT],
            [module for module in on_model if module.applies(dataset)],
        )
    wanted = options.metrics.split(",")
    for module in on_model:
        if _name(module) in wanted and not module.applies(dataset):
            raise UserError(f"metric {_name(module)} does not apply to data set {dataset.name}")
    return tuple([each for each in known if _name(each) in wanted] for known in (on_samples, on_model))  # type: ignore[return-value]


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def _described(module: ModuleType) -> str:
    return f"{_name(module)} ({module.PROTOCOL})" if module.PROTOCOL else _name(module)


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
        "compare_gan_tf2_version": __version__,
        "tensorflow_version": tf.__version__,
        "keras_version": keras.__version__,
        "numpy_version": np.__version__,
        "python_version": platform.python_version(),
    }
