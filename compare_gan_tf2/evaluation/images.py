"""Scores any generated images against any real ones: folders, .npz files, data sets by name, exported modules."""

from __future__ import annotations

import dataclasses
import functools
import logging
import math
import os
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.datasets import catalog, pipeline
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.datasets.image_files import ImageFiles, open_images
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.datasets.places import places as given_places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation.generated_images import BATCH_SIZE, Batches, generated_images
from compare_gan_tf2.evaluation.scorer import Scorer, check, chosen_metrics, name_of
from compare_gan_tf2.files import expanded
from compare_gan_tf2.hub_export import apply, sample, styles
from compare_gan_tf2.hub_export.load import is_module, load
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import score_table
from compare_gan_tf2.task_folder.column_names import PROTOCOL, STATUS, STEP

_log = logging.getLogger(__name__)

# Column of a row: which of two sets an ability's inputs and outputs are like, "translate_ab: outlines -> filled".
DIRECTION = "direction"
# Column of a row, and fact of its protocol: the truncation of the latents, where there is one.
TRUNCATION = "truncation"
# Column of a row: psi, where w is truncated; the fact of its protocol is that of a task's truncated scores.
PSI = "psi"
# Options of the evaluation that have a meaning without a checkpoint; the number of images is an argument.
OPTIONS = ("extractor", "extractor_precision", "extractor_weights", "metrics", "quantisation", "resize")


def evaluate_images(
    real: str | os.PathLike,
    generated: str | os.PathLike,
    *,
    training: str | os.PathLike | None = None,
    ability: str = "",
    inputs: str | os.PathLike | None = None,
    samples: int = 0,
    seed: int = 42,
    truncation: float = 0.0,
    of_w: styles.Truncation | None = None,
    options: Mapping[str, Any] | None = None,
    dataset_root: str | os.PathLike | None = None,
    cache_dir: str | os.PathLike | None = None,
) -> dict[str, str]:
    """Scores generated images against real ones.

    Args:
        real: a folder of images (searched with its sub-folders; `datasets.image_files.open_images` says how several
            sizes become one), an .npz file (images uint8, or float in [0, 1], [N, H, W, C] under "images", "x",
            "samples" or "arr_0", labels under "labels", "y" or "arr_1"), or the name of a data set, of which the
            evaluation split is taken.
        generated: the same, or an exported module: its folder, its .tar.gz, or the web address of that.
        training: the images that the generator was trained on, as real, for metrics that compare with them; of a data
            set's name the training split. By default that of `real`, if it is a data set.
        ability: of a module, whose outputs for the inputs are scored, and not images that it generates; not needed
            where it has one only.
        inputs: a folder of images, or an .npz file, that the ability is given.
        samples: how many real and how many generated images; all, and of a module as many as there are real ones, if 0.
        seed: of a module's latents, and of what metrics choose at random. The choice among files is always the same.
        truncation: of a module's latents, which are drawn within [-truncation, truncation]; 0 for all of them.
        of_w: how near to their mean w are brought, of a module with w; None leaves them as the module has them.
        options: of the evaluation, by name: extractor, metrics and so on.
        dataset_root: folder of the prepared data sets; TFDS's default if None.
        cache_dir: where features of real images and trained classifiers are kept; ~/.cache/compare_gan_tf2 if None.

    Returns:
        A row as in scores.csv: scores, the protocol and what was asked for, as text by column.

    Raises:
        UserError: for places that cannot be read, or options that do not fit them.
    """
    places = given_places(dataset_root, cache_dir)
    asked = _options(dict(options or {}), seed)
    real_set = _data_set(real, places)
    if ability and not inputs:
        raise UserError("an ability and its inputs belong together: what a module does, and with which images")
    if of_w and (truncation or inputs or not is_module(generated)):
        raise UserError("psi is of the w of a module's generated images, in place of another truncation")
    if truncation and (inputs or not is_module(generated)):
        raise UserError("a truncation is of the latents of a module's generated images, and these have none")
    if not (truncation >= 0 and math.isfinite(truncation)):
        raise UserError(f"truncation is {truncation}; it has to be 0 (none) or more")
    if inputs:
        source = _of_ability(generated, ability, expanded(inputs), places)
    else:
        source = _source(generated, places, seed, real_set, truncation, of_w)
    real_set = real_set.framed_as(source.image_shape, places)
    training_set = _training_set(training, real_set, places)
    if source.num_classes and real_set.num_classes and source.num_classes != real_set.num_classes:
        raise UserError(
            f"{generated} makes images of {source.num_classes} classes, and {real} has {real_set.num_classes}"
        )
    check(asked, real_set, places, labeled=bool(source.num_classes), training=training_set is not None)
    real_number = real_set.count(real_set.evaluation_split, places)
    count = samples or real_number
    number = samples or source.number or count
    for name, wanted, there in ((real, count, real_number), (generated, number, source.number)):
        if there is not None and wanted > there:
            raise UserError(f"{name} has {there} images, and {wanted} are asked for")
    _require_enough(asked, min(count, number))
    if count != number:
        _log.warning(
            "%d real images are compared with %d generated ones; FID and others depend on both numbers, so "
            "compare only scores with the same, or take as many of each: samples=%d (--samples on the command line)",
            count, number, min(count, number),
        )  # fmt: skip
    scorer = Scorer(asked, real_set, places, count=count, training=training_set, model=False)
    if source.image_shape != real_set.image_shape and not _sizes_may_differ(scorer):
        raise UserError(
            f"real images are {real_set.image_shape} and generated ones {source.image_shape}; extractor "
            f"{asked.extractor}, or a metric that looks at images, needs one size"
        )
    if training_set is not None and training_set.image_shape != real_set.image_shape:
        raise UserError(f"real images are {real_set.image_shape} and training ones {training_set.image_shape}")
    found = scorer.collect(source.batches(number), f"evaluating {generated}", number)
    if found is None:
        raise UserError(f"{generated} gives pixels that are not finite")
    scores = scorer.scores(found, seed)
    files = {"generated_files": source.files} if source.files else {}
    if source.ability:
        files |= {"ability": source.ability} | ({"random_layers": "off"} if source.takes_seed else {})
    files |= {TRUNCATION: repr(truncation)} if truncation else {}
    files |= {TRUNCATION: source.of_w.said()} if source.of_w and source.of_w.psi != 1.0 else {}
    protocol = scorer.protocol(generated=number, weights="as given", statistics="as given", **files)
    row = {STEP: 0, STATUS: "ok", **scores, PROTOCOL: protocol, "real": str(real), "generated": str(generated)}
    row |= {DIRECTION: f"{source.ability}: {source.direction}"} if source.direction else {}
    row |= {TRUNCATION: repr(truncation)} if truncation else {}
    row |= {PSI: repr(source.of_w.psi)} if source.of_w else {}
    return {name: score_table.text(value) for name, value in row.items()}


def _options(given: dict[str, Any], seed: int) -> Options:
    for name in given:
        if name not in OPTIONS:
            raise UserError(components.unknown("option", name, OPTIONS))
    # Of a data set that has no say here, since the options of an evaluation come with those of a training.
    options = Options.from_dict({"dataset": "fake", **given, "evaluation_seed": seed})
    on_model = set(options.metrics.split(",")) & set(components.names("model_metrics"))
    if on_model:
        raise UserError(f"metrics {', '.join(sorted(on_model))} need the model, not only its images; evaluate its task")
    paired = set(options.metrics.split(",")) & set(components.names("paired_metrics"))
    if paired:
        raise UserError(
            f"metrics {', '.join(sorted(paired))} look at each image beside its truth or label; evaluate the task"
        )
    return options


def _require_enough(options: Options, count: int) -> None:
    for module in chosen_metrics(options, catalog.find("fake"))[0]:
        if count < module.LEAST_SAMPLES:
            raise UserError(f"metric {name_of(module)} needs {module.LEAST_SAMPLES} images or more, not {count}")


def _sizes_may_differ(scorer: Scorer) -> bool:
    return scorer.extractor.image_shape is None and not any("images" in module.NEEDS for module in scorer.metrics)


def _training_set(place: str | os.PathLike | None, real: Dataset, places: Places) -> Dataset | None:
    """What the generator was trained on, in the size of the real images; None if nobody says."""
    if place:
        return _data_set(place, places).framed_as(real.image_shape, places)
    return None if real.own_kind else real


def _data_set(place: str | os.PathLike, places: Places) -> Dataset:
    """The data set of the catalog, or the images at a place."""
    path = pathlib.Path(place).expanduser()
    if isinstance(place, str) and catalog.is_known(place):
        if path.exists():
            raise UserError(
                f"{place} is the name of a data set, and also {path.absolute()}; write ./{place} for the latter, or "
                "call this in another folder for the data set"
            )
        return catalog.find(place)
    if not path.exists():
        raise UserError(f"{place} does not exist, and is no data set; known: {', '.join(catalog.names())}")
    return open_images(path, places)


@dataclasses.dataclass(frozen=True)
class _Source:
    """Generated images.

    Attributes:
        batches: gives as many images as asked for, or more, float32 [B, H, W, C] in [0, 1], and labels int32 [B] or
            None, batch by batch.
        image_shape: (H, W, C).
        number: how many there are; None if there is no end.
        num_classes: of their labels; 0 if they have none.
        files: their formats, and how many were left out, for the protocol; empty of a module and of a named data set.
        ability: of a module, that gives them; "" of images that it generates.
        direction: of that ability, "outlines -> filled"; "" where the module does not say.
        takes_seed: whether what makes them has random layers, which are off without a seed.
        of_w: how their w are truncated; None of images without.
    """

    batches: Callable[[int], Batches]
    image_shape: tuple[int, ...]
    number: int | None
    num_classes: int
    files: str = ""
    ability: str = ""
    direction: str = ""
    takes_seed: bool = False
    of_w: styles.Truncation | None = None


def _source(
    place: str | os.PathLike,
    places: Places,
    seed: int,
    real: Dataset,
    truncation: float,
    of_w: styles.Truncation | None,
) -> _Source:
    if is_module(place):
        return _of_module(place, seed, places.cache_dir, truncation, of_w)
    dataset = _data_set(place, places).framed_as(real.image_shape, places)
    split = dataset.evaluation_split

    def batches(number: int) -> Batches:
        if isinstance(dataset, ImageFiles):  # whose floats are not rounded
            parts = dataset.floats(number, BATCH_SIZE)
        else:
            stored = pipeline.chunks(dataset, split, places, number, BATCH_SIZE)
            parts = ((pipeline.to_float(images, dataset), labels) for images, labels in stored)
        for images, labels in parts:
            yield images, labels if dataset.num_classes else None

    return _Source(
        batches,
        dataset.image_shape,
        dataset.count(split, places),
        dataset.num_classes,
        dataset.files_said(split, places),
    )


def _of_ability(path: str | os.PathLike, name: str, inputs: pathlib.Path, places: Places) -> _Source:
    """What an ability of a module makes of images."""
    if not is_module(path):
        raise UserError(f"{path} is no exported module, whose abilities could be used")
    ability = apply.ability_of(load(path, cache_dir=places.cache_dir), name)
    if not ability.pictures:
        raise UserError(f"ability {ability.name} of {path} gives no images that could be scored")
    output = ability.pictures[0]

    def batches(number: int) -> Batches:
        parts = apply.applied(ability, inputs, number, places.cache_dir)
        return ((part.outputs[output], None) for part in parts)

    number = apply.count(ability, inputs, places.cache_dir)
    said = {"ability": ability.name, "direction": ability.direction, "takes_seed": ability.takes_seed}
    return _Source(batches, ability.output_shape, number, 0, **said)


def _of_module(
    path: str | os.PathLike, seed: int, cache_dir: pathlib.Path, truncation: float, of_w: styles.Truncation | None
) -> _Source:
    """The images of a module that `compare_gan_export` wrote."""
    module = load(path, cache_dir=cache_dir)
    try:
        about = sample.facts(module)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    generate = _truncated(module, of_w) if of_w else functools.partial(_generated, module)

    def batches(number: int) -> Batches:
        del number  # without end
        shape = about.image_shape
        return generated_images(generate, about.prior, about.num_classes, shape, seed=seed, truncation=truncation)

    own = styles.of_module(module)
    truncated = of_w or (own if own.psi != 1.0 else None)
    return _Source(batches, about.image_shape, None, about.num_classes, of_w=truncated)


def _generated(module: Any, z: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
    return module(z) if labels is None else module(z, labels)


def _truncated(module: Any, of_w: styles.Truncation) -> Callable[[tf.Tensor, tf.Tensor | None], tf.Tensor]:
    """Latents and labels to images of truncated w."""
    styled = styles.Styled(module, "--psi")

    def generate(z: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        given = None if labels is None else labels.numpy()
        return tf.constant(styled.images(styled.truncated(styled.mapped(z.numpy(), given), of_w, given)))

    return generate
