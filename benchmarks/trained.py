"""A finished training as demonstrations measure it."""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets import catalog, pipeline
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.extractors import Request
from compare_gan_tf2.extractors import classifier as shipped
from compare_gan_tf2.gans import Ability
from compare_gan_tf2.gans.base import BaseGan, build
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints, networks_from

_ROWS = 500


class Trained:
    """A finished training; what it holds is read when it is first asked for.

    Attributes:
        name: of the training: "system", or that of a control.
        folder: of the task; empty of a demonstration that trains nothing.
        seed: of the training.
        step: of the checkpoint that is measured.
        places: where data sets are.
        others: folders of trainings of the same seed that were finished before, by name.
    """

    def __init__(
        self,
        name: str,
        folder: pathlib.Path,
        seed: int,
        step: int,
        places: Places,
        others: Mapping[str, pathlib.Path],
    ):
        self.name, self.folder, self.seed, self.step = name, folder, seed, step
        self.places, self.others = places, others
        self._calls: dict[Callable[..., Any], Callable[..., Any]] = {}

    @functools.cached_property
    def options(self) -> Options:
        """Of the training."""
        return checkpoints.options_of(self.folder, self.step)

    @functools.cached_property
    def dataset(self) -> catalog.Dataset:
        """That it was trained on."""
        return catalog.of(self.options)

    @functools.cached_property
    def gan(self) -> BaseGan:
        """With the checkpoint's weights."""
        made = build(self.options)
        networks_from.restore_evaluated(self.folder, self.step, made)
        return made

    @functools.cached_property
    def untrained(self) -> BaseGan:
        """The same networks with their initial weights, the usual control of an encoder."""
        return build(self.options)

    @functools.cached_property
    def abilities(self) -> dict[str, Ability]:
        """What the model can do, by name."""
        return self.gan.abilities(self.gan.evaluated())

    def real(self, split: str = "evaluation", count: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The first images of split "evaluation" or "train", float32 [N, H, W, C] in [0, 1], and labels int32 [N]."""
        stored = self.dataset.train_split if split == "train" else self.dataset.evaluation_split
        there = self.dataset.count(stored, self.places)
        images, labels = pipeline.read(self.dataset, stored, self.places, min(there, count or there))
        return pipeline.to_float(images, self.dataset), labels

    def call(self, function: Callable[..., Any], *inputs: Any) -> Any:
        """Calls a function of rows, such as an ability's `call`, on all rows of its inputs, 500 at a time.

        Returns:
            float arrays [N, ...]: one, or a dict of them, as the function gives tensors.
        """
        traced = self._calls.get(function) or tf.function(function, autograph=False, reduce_retracing=True)
        self._calls[function] = traced
        count = len(inputs[0])
        parts = [traced(*(tf.constant(each[at : at + _ROWS]) for each in inputs)) for at in range(0, count, _ROWS)]
        if isinstance(parts[0], dict):
            return {name: np.concatenate([part[name].numpy() for part in parts]) for name in parts[0]}
        return np.concatenate([part.numpy() for part in parts])

    @functools.cached_property
    def _classifier(self) -> Any:
        return shipped.load(Request(self.dataset, self.places.dataset_root, self.places.cache_dir))

    def classes(self, images: np.ndarray) -> np.ndarray:
        """Classes int [N] that the data set's own classifier, which no training sees, sees in images [N, H, W, C]."""
        found: np.ndarray = self._classifier.extract(np.clip(images, 0.0, 1.0))[1].argmax(axis=1)
        return found
