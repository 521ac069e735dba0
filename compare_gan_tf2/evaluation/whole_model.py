"""A checkpoint as metrics on the model see it: networks, abilities, controls, and the images that they ask for."""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets import pipeline, sources
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.datasets.images import ArrayImages, EncodedImages, Images
from compare_gan_tf2.extractors import Extractor, Request, classifier
from compare_gan_tf2.gans import Ability
from compare_gan_tf2.gans.base import BaseGan, build
from compare_gan_tf2.metrics import Samples
from compare_gan_tf2.model_metrics import TrainedModel
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime.codes import Codes
from compare_gan_tf2.runtime.shaped_prior import Shape
from compare_gan_tf2.task_folder import networks_from

# As floats; all of a large data set would not fit into memory.
_MOST_REAL_IMAGES = 50_000
_UNTRAINED = "untrained "


class WholeModel:
    """What metrics on the model take, kept from one checkpoint of a task to the next.

    Args:
        dataset: of the task.
        places: where it is, and the cache.
    """

    def __init__(self, dataset: Dataset, places: Places):
        self._dataset, self._places = dataset, places
        self._stored: dict[str, tuple[np.ndarray, np.ndarray]] = {}  # by split, as read
        self._kept_calls: dict[str, Any] = {}
        self._untrained: tuple[Options, Mapping[str, Ability]] | None = None
        self._classifier: Extractor | None = None

    def scored(
        self,
        folder: pathlib.Path,
        gan: BaseGan,
        options: Options,
        real: Samples,
        generated: Samples,
        extractor: Extractor | None = None,
    ) -> TrainedModel:
        """A checkpoint under evaluation.

        Args:
            folder: of the task.
            gan: with the checkpoint's weights; the same one for all checkpoints.
            options: of the task and of the evaluation.
            real: real images of the evaluation split.
            generated: generated ones.
            extractor: that they were judged with; the data set's classifier if None.
        """

        def draw(count: int, purpose: str, batch: int = 0) -> tuple[tf.Tensor, tf.Tensor | None]:
            seed = options.evaluation_seed
            return gan.prior.draw_with_labels(count, purpose, gan.num_classes, seed=seed, step=batch)

        prior = gan.prior
        return TrainedModel(
            generator=gan.evaluated_generator,
            # Asked for when it is called: types that build on others' networks have none.
            discriminator=lambda *given, **more: gan.discriminator(*given, **more),
            draw_latents=draw,
            latent_bounds=prior.bounds,
            dataset=self._dataset,
            options=options,
            num_classes=gan.num_classes,
            real_images=self._real_images,
            real=real,
            generated=generated,
            seed=options.evaluation_seed,
            has_parts=isinstance(prior, Codes | Shape),
            parts=prior.parts if isinstance(prior, Codes) else (),
            abilities=gan.abilities(gan.evaluated()),
            untrained=functools.partial(self._abilities_before, folder, options),
            extractor=self._judge if extractor is None else lambda: extractor,
            judge=self._judge,
            labeled_images=functools.partial(self._labeled_images, options),
            training_images=functools.partial(self._training_images, options),
            kept=self._kept_calls,
        )

    def _real_images(self, split: str) -> tuple[np.ndarray, np.ndarray]:
        splits = {"train": self._dataset.train_split, "evaluation": self._dataset.evaluation_split}
        if split not in self._stored:
            there = self._dataset.count(splits[split], self._places)
            number = min(there, _MOST_REAL_IMAGES)
            self._stored[split] = pipeline.read(self._dataset, splits[split], self._places, number)
        images, labels = self._stored[split]
        return pipeline.to_float(images, self._dataset), labels

    def _abilities_before(self, folder: pathlib.Path, options: Options) -> Mapping[str, Ability]:
        """Of the task's networks before the first step; another task's finished ones are as that one left them."""
        if self._untrained is None or self._untrained[0] != options:
            for name in [each for each in self._kept_calls if each.startswith(_UNTRAINED)]:
                del self._kept_calls[name]
            gan = build(options, trains=False)
            networks_from.load(folder, gan)
            nets = {name: player.network for name, player in gan.players.items()}
            self._untrained = options, gan.abilities(nets)
        return self._untrained[1]

    def _judge(self) -> Extractor:
        if self._classifier is None:
            places = self._places
            self._classifier = classifier.load(Request(self._dataset, places.dataset_root, places.cache_dir))
        return self._classifier

    def _training_images(self, options: Options) -> int:
        return len(self._training(options)[1])

    def _training(self, options: Options) -> tuple[Any, np.ndarray]:
        """Images and labels as training reads them, those without a label among them."""
        wanted = {"": {sources.IMAGES: sources.IMAGES, sources.LABELS: sources.LABELS}}
        columns = sources.open_sources(self._dataset, wanted, options, self._places)[""].columns
        return columns[sources.IMAGES].data, np.asarray(columns[sources.LABELS].data)

    def _labeled_images(self, options: Options) -> tuple[np.ndarray, np.ndarray]:
        images, labels = self._training(options)
        if labels.ndim != 1:
            raise ValueError("labels of training images are distributions over the classes")
        numbers = np.flatnonzero(labels >= 0)[:_MOST_REAL_IMAGES]
        assert isinstance(images, Images)
        return pipeline.to_float(_rows(images, numbers), self._dataset), labels[numbers]


def _rows(images: Images, numbers: np.ndarray) -> np.ndarray:
    """Images of these numbers as they are stored, [N, H, W, C]."""
    if isinstance(images, ArrayImages):
        return np.asarray(images.images[numbers])
    assert isinstance(images, EncodedImages)
    draw = tf.zeros([2], tf.int32)
    return np.stack([images.prepared(tf.constant(text), draw).numpy() for text in images.fetch(numbers)])
