"""From images to scores under one protocol: extractor, reference, metrics; for checkpoints and for image folders."""

from __future__ import annotations

import functools
import hashlib
import logging
import math
import pathlib
import time
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from compare_gan_tf2 import components
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation import abilities
from compare_gan_tf2.evaluation.real_statistics import KEPT_IMAGES, reference
from compare_gan_tf2.extractors import Extractor, Request
from compare_gan_tf2.metrics import Pair, Samples
from compare_gan_tf2.options import Options
from compare_gan_tf2.progress import Progress, announce
from compare_gan_tf2.task_folder import column_names
from compare_gan_tf2.task_folder.curves import Curve
from compare_gan_tf2.task_folder.protocol import Protocol

_log = logging.getLogger(__name__)

# Training images that generated ones are compared with; more would take hours of extraction for ImageNet.
_MOST_TRAINING_IMAGES = 100_000
_OF_FEATURES = {"features", "logits"}
# Of the repeats of an evaluation, by the metric's name with the extractor's id behind it.
Curves = dict[str, list[Curve]]


def check(options: Options, dataset: Dataset, places: Places, *, labeled: bool, training: bool = True) -> None:
    """Refuses an extractor, or a metric, that cannot be used on a data set; nothing is read.

    Args:
        options: those of the evaluation are looked at.
        dataset: the real images.
        places: where they are, and weights.
        labeled: whether generated images have labels of the same classes.
        training: whether there are training images to compare with.

    Raises:
        UserError: with the reason.
    """
    extractor, request = _extractor(options, dataset, places)
    for name, without in (("extractor_precision", "float32"), ("extractor_weights", ""), ("resize", "tf1")):
        if name not in extractor.OPTIONS and getattr(options, name) != without:
            raise UserError(f"option {name} has no effect with extractor {options.extractor}; leave it at {without!r}")
    extractor.check(request)
    on_samples, _ = chosen_metrics(options, dataset)
    for module in on_samples:
        if "logits" in module.NEEDS and not extractor.has_logits(request):
            raise UserError(
                f"metric {name_of(module)} needs class scores, and extractor {options.extractor} has none for data "
                f"set {dataset.name}"
            )
        if "labels" in module.NEEDS and not (labeled and dataset.num_classes):
            raise UserError(f"metric {name_of(module)} needs real and generated images with labels")
        if "training" in module.NEEDS and not training:
            raise UserError(f"metric {name_of(module)} needs the images that the generator was trained on")
    logits = {"logits"} if extractor.has_logits(request) else set()
    abilities.check_paired(options, dataset, {"features"} | logits)


class Scorer:
    """Scores sets of generated images against one data set; loads extractor and reference once.

    Args:
        options: of the evaluation; what they say of training is not looked at.
        dataset: the real images.
        places: where they are, and the cache.
        count: how many real images, and of generated ones if nothing else is said; what the options say if None.
        training: the data set whose training split the generator saw, if there is one.
        model: whether there is a model to score, and not only its images.
    """

    def __init__(
        self,
        options: Options,
        dataset: Dataset,
        places: Places,
        *,
        count: int | None = None,
        training: Dataset | None = None,
        model: bool = True,
    ):
        self._options, self._dataset, self._places, self._training = options, dataset, places, training
        self.count: int = count or _count(options, dataset, places)
        self.metrics, self.model_metrics = chosen_metrics(options, dataset)
        if not model:
            self.model_metrics = []
        module, request = _extractor(options, dataset, places)
        self.extractor: Extractor = module.load(request)
        for metric in self.metrics:
            if "logits" in metric.NEEDS and not self.extractor.num_logits:
                raise UserError(
                    f"metric {name_of(metric)} needs class scores, and {self.extractor.description} has none"
                )
        self._fingerprint = _digits(dataset, places)

    @property
    def dataset(self) -> Dataset:
        """The real images."""
        return self._dataset

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(H, W, C) of the real images."""
        return self._dataset.image_shape

    @property
    def lpips_folder(self) -> pathlib.Path:
        """Where a user's weights of LPIPS lie, unless an environment variable says where."""
        return self._places.cache_dir / "lpips"

    @property
    def _all_metrics(self) -> list[ModuleType]:
        return [*self.metrics, *self.model_metrics]

    @property
    def _kept_images(self) -> int:
        """How many images are kept beside their features: none if no metric looks at them."""
        looks = self.model_metrics or any("images" in metric.NEEDS for metric in self.metrics)
        return KEPT_IMAGES if looks else 0

    @functools.cached_property
    def real(self) -> Samples:
        """The first `count` images of the evaluation split."""
        return self._reference(self._dataset, self._dataset.evaluation_split, self.count)

    @functools.cached_property
    def _training_samples(self) -> Samples:
        """The training split, or the first 100,000 images of it."""
        assert self._training is not None  # `check` refuses metrics that need it where there is none
        return self._reference(self._training, self._training.train_split, None)

    def _reference(self, dataset: Dataset, split: str, count: int | None) -> Samples:
        return reference(
            dataset,
            split,
            count,
            self.extractor,
            self._places,
            most=_MOST_TRAINING_IMAGES,
            images=self._kept_images,
        )

    def collect(
        self, batches: Iterable[tuple[np.ndarray, np.ndarray | None]], title: str, count: int | None = None
    ) -> Samples | None:
        """Generated images as metrics see them, one batch in memory at a time.

        Args:
            batches: images float [B, H, W, C] in [0, 1] and labels int32 [B] or None; B may differ. What goes beyond
                count is not used.
            title: what a progress bar says.
            count: how many images; `self.count` if None.

        Returns:
            Samples, or None if a pixel is not finite.
        """
        count = count or self.count
        kept, parts, done, start = np.zeros(0), [], 0, time.monotonic()
        with Progress(title, count, unit="image") as progress:
            for images, labels in batches:
                images = images[: count - done]
                if not np.isfinite(images).all():
                    return None
                # Rounding in the last layer may leave the range by one float.
                images = self._quantised(np.clip(images, 0.0, 1.0))
                if labels is None:
                    labels = np.full(len(images), -1, np.int32)
                parts.append((*self.extractor.extract(images), labels[: len(images)]))
                if len(parts) == 1:  # which compiled
                    start = time.monotonic()
                elif len(parts) == 2:
                    announce(title, (time.monotonic() - start) * count / len(images))
                if not done:  # in one piece from the beginning: two of large images would be gigabytes
                    kept = np.empty((min(count, self._kept_images), *images.shape[1:]), images.dtype)
                kept[done : done + len(images)] = images[: max(len(kept) - done, 0)]
                done += len(images)
                progress.advance(done)
                if done == count:
                    break
        features, logits, all_labels = (np.concatenate(each) for each in zip(*parts, strict=True))
        return Samples(kept[:done], features, logits, all_labels)

    def _quantised(self, images: np.ndarray) -> np.ndarray:
        if self._options.quantisation == "none":
            return images
        # Halves go to the even neighbor, as in NumPy and TensorFlow.
        largest = np.float32(self._dataset.largest_value)
        levels = images * largest
        np.rint(levels, out=levels)
        levels /= largest
        return levels

    def scores(
        self,
        generated: Samples,
        seed: int,
        failed: Callable[[str], None] | None = None,
        curves: Curves | None = None,
    ) -> dict[str, float]:
        """All metrics on samples, by name; those of features or logits with the extractor's id in the name.

        Args:
            generated: as `collect` gives them.
            seed: of what metrics choose at random.
            failed: called with a line about a metric that these samples do not allow; UserError if None.
            curves: is given the curves of the metrics that have one, by names with the extractor's id.
        """
        if self.real.features.shape[1] != generated.features.shape[1]:
            raise UserError(
                f"extractor {self.extractor.id} gives {self.real.features.shape[1]} features of real images and "
                f"{generated.features.shape[1]} of generated ones: their sizes differ"
            )
        pair = Pair(self.real, generated, seed, load_training=lambda: self._training_samples)
        found: dict[str, float] = {}
        with Progress("scoring", len(self.metrics), unit="metric") as progress:
            for done, module in enumerate(self.metrics, 1):
                progress.doing(name_of(module))
                try:
                    scores = module.metric(pair)
                except ValueError as error:
                    line = f"metric {name_of(module)}: {error}"
                    if failed is None:
                        raise UserError(line) from error
                    failed(line)
                else:
                    found |= {self._column(module, name): value for name, value in scores.items()}
                    if curves is not None and hasattr(module, "curve"):
                        curve = Curve(*(axis.tolist() for axis in module.curve(pair)))
                        curves.setdefault(self._column(module, name_of(module)), []).append(curve)
                progress.advance(done)
        images, features = min(len(self.real.features), len(generated.features)), generated.features.shape[1]
        return kid_first(found) if images < features else found

    def spread(self, generated: Samples) -> float | None:
        """Root of the mean squared distance between generated images, in features, over that between real ones.

        About 1 of images as different as the real ones, 0 of images that are all alike. None if all real ones are.
        """
        # The mean squared distance of a set is twice its variance, all features added up.
        real, own = (float(np.var(each.features, axis=0, dtype=np.float64).sum()) for each in (self.real, generated))
        return math.sqrt(own / real) if real > 0 else None

    def _column(self, module: ModuleType, name: str) -> str:
        return column_names.column(name, self.extractor.id if _OF_FEATURES & set(module.NEEDS) else "")

    def protocol(self, *, generated: int | None = None, paired: Iterable[str] = (), **model: str) -> Protocol:
        """All that a score's value depends on beside the model; scores of different protocols must not be compared.

        Args:
            generated: how many generated images; as many as real ones if None.
            paired: what is said of paired metrics.
            model: what was evaluated of the model: weights and statistics, and of another ability than to generate
                images its name, without metrics on the model.
        """
        options, dataset = self._options, self._dataset
        return Protocol.of(
            data=f"{dataset.own_kind or dataset.name} {dataset.evaluation_split} {self._fingerprint}",
            **_files_said(dataset, self._places),
            extractor=self.extractor.description,
            resize=self.extractor.resize,
            quantisation=options.quantisation,
            real=self.count,
            generated=generated or self.count,
            repeats=options.evaluation_repeats,
            seed=options.evaluation_seed,
            **model,
            metrics=[*map(self._described, self.metrics if "ability" in model else self._all_metrics), *paired],
        )

    def _described(self, module: ModuleType) -> str:
        details = [module.PROTOCOL] if module.PROTOCOL else []
        if "training" in getattr(module, "NEEDS", ()) and self._training is not None:
            of_training = _digits(self._training, self._places)
            name = self._training.own_kind or self._training.name
            details.append(f"first {_MOST_TRAINING_IMAGES} of {name} {of_training}")
        return f"{name_of(module)} ({', '.join(details)})" if details else name_of(module)


def summary(repeats: list[dict[str, float]], extractor_id: str) -> dict[str, float]:
    """Means over repeats and, of more than one, sample standard deviations beside ("fid_deviation_...").

    A standard error is that of one repeat, on average.
    """
    if len(repeats) == 1:
        return repeats[0]
    found: dict[str, float] = {}
    for column in repeats[0]:
        if not all(column in scores for scores in repeats):
            continue  # a metric that failed once has no mean
        values = np.array([scores[column] for scores in repeats], np.float64)
        found[column] = float(values.mean())
        found[column_names.deviation_column(column, extractor_id)] = float(values.std(ddof=1))
    return found


def chosen_metrics(options: Options, dataset: Dataset) -> tuple[list[ModuleType], list[ModuleType]]:
    """Metrics on samples and metrics on the model that the options ask for, or the data set's standard panel.

    Raises:
        UserError: for a model metric that does not apply.
    """
    kinds = ("metrics", "model_metrics")
    on_samples, on_model = ([components.load(kind, name) for name in components.names(kind)] for kind in kinds)
    wanted = set(options.metrics.split(","))
    panel = "default" in wanted
    if lacking := _lacks_generator(options):
        for module in on_model:
            if name_of(module) in wanted:
                raise UserError(
                    f"metric {name_of(module)} needs a model that can generate images of latents, {lacking}"
                )
        on_model = []
    for module in on_model:
        if name_of(module) in wanted and not module.applies(dataset, options):
            raise UserError(
                f"metric {name_of(module)} applies to {module.APPLIES_TO}, and not to this model of data set "
                f"{dataset.name}"
            )
    return (
        [each for each in on_samples if name_of(each) in wanted or (panel and each.DEFAULT)],
        [
            each
            for each in on_model
            if name_of(each) in wanted or (panel and each.DEFAULT and each.applies(dataset, options))
        ],
    )


def _lacks_generator(options: Options) -> str:
    """Why metrics on the model cannot be had; empty if they may."""
    there = abilities.stated(options)
    if abilities.GENERATE not in there:
        return f"and gan={options.gan} has the abilities {', '.join(there)}"
    if not abilities.draws_images(options):
        return f"and gan={options.gan} generates them of {' and '.join(there[abilities.GENERATE][0])}"
    if not components.facts("gans", options.gan)["NETWORKS"]:
        return f"and gan={options.gan} draws training images without any network"
    return ""


def name_of(module: ModuleType) -> str:
    """The name of a metric's module, which is the metric's."""
    return module.__name__.rpartition(".")[2]


def _count(options: Options, dataset: Dataset, places: Places) -> int:
    """Images per score: as asked for, or the data set's own number; at most as many as there are of a user's own."""
    asked = options.evaluation_samples
    if asked and not catalog.is_path(dataset.name):
        return asked
    there = dataset.count(dataset.evaluation_split, places)
    if asked > there:
        _log.warning(
            "evaluation_samples is %d, and %s has %d images to compare with: scored with %d real and %d generated ones",
            asked, dataset.name, there, there, there,
        )  # fmt: skip
    return min(asked or dataset.evaluation_samples, there)


def _digits(dataset: Dataset, places: Places) -> str:
    return hashlib.sha256(dataset.identity(places).encode()).hexdigest()[:8]


def _files_said(dataset: Dataset, places: Places) -> dict[str, str]:
    said = dataset.files_said(dataset.evaluation_split, places)
    return {"real_files": said} if said else {}


def _extractor(options: Options, dataset: Dataset, places: Places) -> tuple[Any, Request]:
    request = Request(
        dataset,
        places.dataset_root,
        places.cache_dir,
        weights=options.extractor_weights,
        resize=options.resize,
        precision=options.extractor_precision,
    )
    return components.load("extractors", options.extractor), request


def kid_first(scores: Mapping[str, float]) -> dict[str, float]:
    """Scores of fewer images than features: KID and its standard error in front.

    The covariance of so few images is singular, and FID mostly bias; KID has none.
    """
    front = [name for name in scores if name.startswith("kid")]
    return {name: scores[name] for name in (*front, *(name for name in scores if name not in front))}
