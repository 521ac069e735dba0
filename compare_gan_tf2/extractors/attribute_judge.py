"""A judge of attributes: the classifier's network with a yes or no for each attribute, trained on real images."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets import sources
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.extractors import BATCH_SIZE, _network, _weights, in_batches
from compare_gan_tf2.files import require_writable

# To be raised with every change that gives other weights.
VERSION = 1
_EPOCHS, _BATCH, _RATE = 8, 128, 2e-3
_SEED = 0


@dataclasses.dataclass(frozen=True)
class Judge:
    """What tells the attributes of one data set's images.

    Attributes:
        id: goes into the names of scores.
        description: one line for people, with how often it is right about real images that it was not trained on.
        names: of the attributes, in the order of the data set.
        tells: uint8 [N, H, W, C] -> bool [N, A].
    """

    id: str
    description: str
    names: tuple[str, ...]
    tells: Callable[[np.ndarray], np.ndarray] = dataclasses.field(repr=False)


def load(dataset: Dataset, places: Places) -> Judge:
    """The judge of a data set, trained the first time, which takes minutes, and kept under cache_dir/judges.

    Raises:
        UserError: if the data set has no attributes, is not prepared, or the cache cannot be written.
    """
    path = places.cache_dir / "judges" / f"{dataset.classifier}-{_version(dataset, places)}.npz"
    model = _network_for(dataset)
    if not path.is_file():
        require_writable(path)
        print(f"training the judge of attributes of {dataset.name!r} once, to be kept as {path}", file=sys.stderr)
        _trained(dataset, places).write(path)
    weights = _weights.read(path, model, "delete the file to have it trained again")
    weights.assign(model)
    right = [f"{name} {share:.3f}" for name, share in weights.metadata["test_accuracies"].items()]
    return Judge(
        id=f"judge_{dataset.classifier}_{weights.short_hash}",
        description=f"judge of attributes of {dataset.title}, right about real test images: {', '.join(right)}, "
        f"weights {weights.short_hash}",
        names=dataset.attribute_names,
        tells=_tells(model, dataset),
    )


def _network_for(dataset: Dataset) -> keras.Model:
    return _network.network(dataset.image_shape, len(dataset.attribute_names), seed=_SEED)


def _tells(model: keras.Model, dataset: Dataset) -> Callable[[np.ndarray], np.ndarray]:
    forward = _network.forward(model, BATCH_SIZE)

    def tells(images: np.ndarray) -> np.ndarray:
        logits: np.ndarray = in_batches(forward, images.astype(np.float32) / dataset.largest_value)[1]
        return logits > 0

    return tells


def _rows(dataset: Dataset, places: Places, *, training: bool) -> tuple[np.ndarray, np.ndarray]:
    """Images and attributes float32 [N, A] of a split."""
    wanted = {"": {"images": "images", "attributes": "attributes"}}
    found = sources.stored_rows(dataset, wanted, places, training=training)[""]
    return found["images"], found["attributes"]


def _trained(dataset: Dataset, places: Places) -> _weights.Weights:
    images, attributes = _rows(dataset, places, training=True)
    model, rng = _network_for(dataset), np.random.default_rng(_SEED)
    steps = -(-len(images) // _BATCH)
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(_RATE, _EPOCHS * steps))

    @tf.function(autograph=False)
    def step(batch: tf.Tensor, wanted: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            logits = model(batch, training=True)[1]
            loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(wanted, logits))
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True)
        )

    for _ in range(_EPOCHS):
        # Batches of one size: what is left over begins the order again.
        order = np.resize(rng.permutation(len(images)), steps * _BATCH)
        for chosen in order.reshape(steps, _BATCH):
            batch = images[chosen].astype(np.float32) / dataset.largest_value
            step(tf.constant(batch), tf.constant(attributes[chosen]))
    weights = _weights.Weights(_weights.rounded(model), {})
    weights.assign(model)
    images, attributes = _rows(dataset, places, training=False)
    right = (_tells(model, dataset)(images) == (attributes > 0.5)).mean(axis=0)
    accuracies = {name: float(share) for name, share in zip(dataset.attribute_names, right, strict=True)}
    weights.metadata.update(dataset=dataset.classifier, seed=_SEED, epochs=_EPOCHS, test_accuracies=accuracies)
    return weights


def _version(dataset: Dataset, places: Places) -> str:
    """Eight digits that change with the recipe and the data."""
    recipe = (VERSION, _EPOCHS, _BATCH, _RATE, _SEED, dataset.attribute_names, dataset.identity(places))
    return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:8]
