"""Small classifier trained on the data set itself; its weights are part of the score's name."""

from __future__ import annotations

import hashlib
import json
import pathlib
import sys

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.extractors import _network, _training, _weights
from compare_gan_tf2.extractors._extractor import BATCH_SIZE, Extractor

# Weights that come with the package, <data set>.npz; see the README there.
SHIPPED = pathlib.Path(__file__).parent / "weights"
# What is trained here uses the seed of the shipped ones.
_SEED = 0


def check(dataset: Dataset) -> None:
    """UserError if there can be no classifier for a data set; nothing is read."""
    _training.require_classes(_source(dataset))


def load(dataset: Dataset, *, dataset_root: pathlib.Path, cache_dir: pathlib.Path) -> Extractor:
    """The classifier of a data set: as shipped, or trained once on its labels and kept under cache_dir/classifiers.

    Training takes minutes and says so on stderr. Which weights are used is in the extractor's id, so scores made with
    others are never taken for these.

    Args:
        dataset: whose images are to be judged; its `classifier` names the data set whose classifier does it.
        dataset_root: where data sets are prepared; read only where there are no weights yet.
        cache_dir: where trained weights are kept.

    Returns:
        An extractor of 128 features and one logit per class of the classifier's data set.

    Raises:
        UserError: if it has to be trained and the data set is not prepared or has no classes, if the cache cannot be
            written, or if the weights' file is damaged.
    """
    source = _source(dataset)
    _training.require_classes(source)
    model = _network.network(source.image_shape, source.num_classes)
    path = SHIPPED / f"{source.name}.npz"
    remedy = "install compare_gan_tf2 again"
    if not path.is_file():
        path = cache_dir / "classifiers" / f"{source.name}-{_version(source)}.npz"
        remedy = "delete the file to have them trained again"
        if not path.is_file():
            _train(source, dataset_root, path)
    weights = _weights.read(path, model, remedy)
    weights.assign(model)
    accuracy = weights.metadata["test_accuracy"]
    return Extractor(
        id=f"classifier_{source.name}_{weights.short_hash}",
        description=f"classifier of {source.title}, test accuracy {accuracy:.4f}, weights {weights.short_hash}",
        accuracy=accuracy,
        class_names=source.class_names,
        image_shape=source.image_shape,
        forward=_network.forward(model, BATCH_SIZE),
    )


def _source(dataset: Dataset) -> Dataset:
    """The data set whose classifier judges this one's images."""
    return dataset if dataset.classifier == dataset.name else catalog.find(dataset.classifier)


def _train(source: Dataset, dataset_root: pathlib.Path, path: pathlib.Path) -> None:
    if not source.is_prepared(dataset_root):
        raise UserError(source.how_to_prepare(dataset_root))
    _weights.require_writable(path)
    epochs = _training.default_epochs(source.image_shape)
    print(
        f"training the classifier of data set {source.name!r} once ({epochs} epochs), to be kept as {path}",
        file=sys.stderr,
        flush=True,
    )
    weights = _training.train(source, dataset_root, _SEED)
    # Another process may have been faster, and may already have scored with what it wrote.
    if not path.is_file():
        weights.write(path)


def _version(source: Dataset) -> str:
    """Eight digits that change with everything in the recipe that changes the weights."""
    recipe = (
        _training.VERSION,
        _training.default_epochs(source.image_shape),
        _SEED,
        source.image_shape,
        source.class_names,
        source.largest_value,
        source.train_split,
        source.evaluation_split,
    )
    return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:8]
