"""Small classifier trained on the data set itself, on rotations if it has no classes; the default."""

from __future__ import annotations

import hashlib
import json
import logging
import pathlib
import re
import sys
from typing import Any

import keras
import numpy as np

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.extractors import (
    BATCH_SIZE,
    Extractor,
    Forward,
    Request,
    _network,
    _rotation,
    _weights,
    classifier_training,
)
from compare_gan_tf2.files import require_writable

# Weights that come with the package, <data set>.npz; see the README there.
SHIPPED = pathlib.Path(__file__).parent / "weights"
# What is trained here uses the seed of the shipped ones.
_SEED = 0
# Below it a warning says that features mean little; guessing one of four turns has .25.
_USEFUL_ROTATION_ACCURACY = 0.3

_log = logging.getLogger(__name__)

# Options of the evaluation that have an effect.
OPTIONS: tuple[str, ...] = ("extractor_weights",)


def check(request: Request) -> None:
    """UserError if weights are named that are not there; nothing is read, for anything else can be trained."""
    _source(request.dataset)
    if request.weights and not pathlib.Path(request.weights).expanduser().is_file():
        raise UserError(
            f"no classifier weights {request.weights}; make them by compare_gan_train_extractor, "
            "or leave the option away for the data set's own"
        )


def has_logits(request: Request) -> bool:
    """Whether the data set, or the one whose classifier judges it, has classes."""
    return bool(_source(request.dataset).num_classes)


def is_at_hand(request: Request) -> bool:
    """Whether there are weights already, shipped or kept, so that nothing has to be trained.

    Raises:
        UserError: if weights of the user's own data set would be kept by what it is, and it is not there.
    """
    source = _source(request.dataset)
    if request.weights or (SHIPPED / f"{source.classifier}.npz").is_file():
        return True
    return _kept(request, source).is_file()


def load(request: Request) -> Extractor:
    """The classifier of a data set: as shipped, or trained once on its images and kept under cache_dir/classifiers.

    Without classes the network is trained to tell by how many quarter turns an image was turned (Gidaris et al. 2018).
    Training takes minutes and says so on stderr. Which weights are used is in the extractor's id, so scores made with
    others are never taken for these.

    Args:
        request: with the data set whose images are to be judged; its `classifier` names the data set whose classifier
            does it. dataset_root is read only where there are no weights yet, cache_dir keeps those trained here;
            `weights` names a file of compare_gan_train_extractor to be used in their place. Sizes and precision are
            the network's own.

    Returns:
        An extractor of 128 features and one logit per class of the classifier's data set; without classes there are
        no logits, for those of rotations are no scores of classes.

    Raises:
        UserError: if it has to be trained and the data set is not prepared, if the cache cannot be written, or if the
            weights' file is damaged.
    """
    model, weights = trained(request)
    source = _source(request.dataset)
    forward = _network.forward(model, BATCH_SIZE)

    def differentiable(images: Any) -> Any:
        return model(images, training=False)[0]

    accuracy, digits = weights.metadata["test_accuracy"], weights.short_hash
    title = source.own_kind or source.title
    # A user's own folder has one split.
    tested = "test" if source.train_split != source.evaluation_split else "training"
    if source.num_classes:
        return Extractor(
            id=f"classifier_{source.classifier}_{digits}",
            description=f"classifier of {title}, {tested} accuracy {accuracy:.4f}, weights {digits}",
            accuracy=accuracy,
            num_logits=source.num_classes,
            image_shape=source.image_shape,
            forward=forward,
            differentiable=differentiable,
        )
    if accuracy < _USEFUL_ROTATION_ACCURACY:
        _log.warning(
            "the classifier of rotations of %s recognizes %.0f %% of the quarter turns; guessing recognizes 25 %%. "
            "FID, KID and all other scores of its features mean little: choose another extractor (--set extractor=...)",
            title,
            100.0 * accuracy,
        )
    return Extractor(
        id=f"classifier_{source.classifier}_rotation_{digits}",
        description=f"classifier of rotations of {title}, {tested} rotation accuracy {accuracy:.4f}, weights {digits}",
        num_logits=0,
        image_shape=source.image_shape,
        forward=_without_logits(forward),
        differentiable=differentiable,
    )


def trained(request: Request) -> tuple[keras.Model, _weights.Weights]:
    """The classifier's network, with its weights, and these; arguments and errors as of `load`."""
    check(request)
    source = _source(request.dataset)
    path, remedy = _file(request, source)
    model = classifier_training.network_for(source)
    weights = _weights.read(path, model, remedy)
    trained_on = str(weights.metadata.get("dataset"))
    if request.weights and trained_on != source.classifier and not _is_former_name(trained_on, source):
        raise UserError(f"classifier weights {path} were trained on {trained_on!r}; {remedy}")
    weights.assign(model)
    return model, weights


def _source(dataset: Dataset) -> Dataset:
    """The data set whose classifier judges this one's images."""
    # A family's member, or a folder, has a classifier of its own under a name that is fit for files.
    return catalog.find(dataset.classifier) if dataset.classifier in catalog.names() else dataset


def _is_former_name(name: str, source: Dataset) -> bool:
    """Whether earlier versions may have called the images of a user's own folder or file so: with digits of theirs."""
    stem = source.classifier.rpartition("_")[0]
    return bool(source.own_kind) and re.fullmatch(f"{re.escape(stem)}_[0-9a-f]{{8}}", name) is not None


def _file(request: Request, source: Dataset) -> tuple[pathlib.Path, str]:
    """The file of weights, trained if there is none, and what to do if it is damaged."""
    if request.weights:
        return pathlib.Path(request.weights).expanduser(), "make it by compare_gan_train_extractor for this data set"
    path = SHIPPED / f"{source.classifier}.npz"
    if path.is_file():
        return path, "install compare_gan_tf2 again"
    path = _kept(request, source)
    if not path.is_file():
        _train(source, Places(request.dataset_root, request.cache_dir), path)
    return path, "delete the file to have them trained again"


def _kept(request: Request, source: Dataset) -> pathlib.Path:
    """The place of weights that are trained here."""
    version = _version(source, Places(request.dataset_root, request.cache_dir))
    return request.cache_dir / "classifiers" / f"{source.classifier}-{version}.npz"


def _without_logits(forward: Forward) -> Forward:
    def features_alone(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        features, logits = forward(images)
        return features, logits[:, :0]

    return features_alone


def _train(source: Dataset, places: Places, path: pathlib.Path) -> None:
    if not source.is_prepared(places.dataset_root):
        raise UserError(source.how_to_prepare(places.dataset_root))
    require_writable(path)
    epochs = classifier_training.default_epochs(source.image_shape)
    print(
        f"training the classifier of data set {source.name!r} once ({epochs} epochs on "
        f"{'its labels' if source.num_classes else 'rotations'}), to be kept as {path}",
        file=sys.stderr,
        flush=True,
    )
    weights = classifier_training.train(source, places, _SEED)
    # Another process may have been faster, and may already have scored with what it wrote.
    if not path.is_file():
        weights.write(path)


def _version(source: Dataset, places: Places) -> str:
    """Eight digits that change with everything that changes the weights: the recipe, and the data."""
    recipe: tuple[object, ...] = (
        classifier_training.VERSION,
        classifier_training.default_epochs(source.image_shape),
        _SEED,
        source.image_shape,
        source.class_names,
        source.largest_value,
        source.train_split,
        source.evaluation_split,
        source.identity(places),
    )
    if not source.num_classes:
        recipe += ("rotation", _rotation.VERSION)
    return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:8]
