"""Training of the classifier on a data set's own labels, or on turns of its images where it has none."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets import pipeline
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.datasets.images import Images
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.extractors import BATCH_SIZE, _network, _rotation, _weights, in_batches
from compare_gan_tf2.progress import announce
from compare_gan_tf2.runtime import device

# To be raised with every change that gives other weights; classifiers cached by another version are trained anew.
VERSION = 2
_BATCH_SIZE = 128
# After so many, how long all will take is known well enough.
_TIMED_BATCHES = 10
# Images without labels come in millions (LSUN), and turns are learnt from a part of them: batches per epoch at most.
_ROTATION_BATCHES = 400
# Augmented images move at random by up to this share of a side.
_SHIFT = 1 / 16


@dataclasses.dataclass(frozen=True)
class _Recipe:
    """How a kind of data is trained on."""

    epochs: int
    learning_rate: float
    augmented: bool


# Photographs need more passes than drawings, larger steps, and something new in every pass.
_GREY = _Recipe(epochs=3, learning_rate=1e-3, augmented=False)
_COLOUR = _Recipe(epochs=8, learning_rate=3e-3, augmented=True)


def _recipe(image_shape: tuple[int, int, int]) -> _Recipe:
    return _GREY if image_shape[-1] == 1 else _COLOUR


def default_epochs(image_shape: tuple[int, int, int]) -> int:
    """Passes over the training split for images of this shape."""
    return _recipe(image_shape).epochs


def train(
    dataset: Dataset,
    places: Places,
    seed: int,
    epochs: int | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> _weights.Weights:
    """Trains a classifier: Adam with cosine decay; color images are randomly flipped and shifted.

    Where a data set has no classes, the network learns by how many quarter turns an image's central square was turned
    (Gidaris et al. 2018), each image of a batch by its own; an epoch is then at most 400 batches of 128.

    The weights are a function of the arguments, bit by bit, on one machine's CPU; on GPUs where the process has
    enabled TensorFlow's deterministic ops.

    Args:
        dataset: whose training split is learnt from.
        places: where it is prepared.
        seed: decides initial weights, order and augmentation; 0 to 2**31 - 1.
        epochs: passes over the training split; the recipe's number by default.
        report: called with one line per epoch.

    Returns:
        Rounded weights; their metadata has the accuracy on the evaluation split, measured after rounding; for turns
        that of all four turns of every image.

    Raises:
        UserError: if the data set is not prepared.
        FloatingPointError: if training diverged.
    """
    images, _ = pipeline.held(dataset, places)
    recipe = _recipe(dataset.image_shape)
    epochs = epochs or recipe.epochs
    # Images without a label teach nothing where there are classes.
    chosen = np.flatnonzero(images.labels() >= 0) if dataset.num_classes else np.arange(images.number)
    if not len(chosen):
        raise UserError(f"data set {dataset.name!r} has no image with a label to train a classifier on")
    steps = -(-len(chosen) // _BATCH_SIZE)
    shape = images.image_shape
    if not dataset.num_classes:
        shape = (min(shape[:2]), min(shape[:2]), shape[2])
        steps = min(steps, _ROTATION_BATCHES)
    precision = _fastest_precision()
    model = _network_for(dataset, shape, seed=seed, dtype=precision)
    _, logits = model.outputs
    trained = keras.Model(model.inputs, logits)
    trained.compile(
        optimizer=keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(recipe.learning_rate, decay_steps=epochs * steps)
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,  # XLA's convolutions on CPU take several times as long
    )

    def tell(epoch: int, logs: dict[str, float]) -> None:
        report(f"epoch {epoch + 1} of {epochs}: loss {logs['loss']:.4f}, training accuracy {logs['accuracy']:.4f}")

    begin = time.monotonic()

    def estimate(batch: int, logs: dict[str, float]) -> None:
        nonlocal begin
        if trained.optimizer.iterations == 1:  # which compiled
            begin = time.monotonic()
        elif trained.optimizer.iterations == _TIMED_BATCHES:
            announce(
                f"training the classifier of {dataset.name}",
                (time.monotonic() - begin) / (_TIMED_BATCHES - 1) * epochs * steps,
            )

    trained.fit(
        _batches(images, chosen, dataset, seed),
        steps_per_epoch=steps,
        epochs=epochs,
        verbose=0,
        shuffle=False,  # the data comes in its order
        callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=estimate, on_epoch_end=tell)],
    )
    weights = _weights.Weights(_weights.rounded(model), {})
    weights.metadata.update(
        dataset=dataset.classifier,
        seed=seed,
        epochs=epochs,
        precision=precision,
        tensorflow=tf.__version__,
        keras=keras.__version__,
        **_tested(weights, dataset, places),
    )
    return weights


def network_for(dataset: Dataset) -> keras.Model:
    """A fresh classifier of whole images of a data set, for weights that `train` made."""
    return _network_for(dataset, dataset.image_shape)


def _network_for(dataset: Dataset, image_shape: tuple[int, int, int], **changes: Any) -> keras.Model:
    """The classifier for images of this shape, with weights for those of any shape of the data set's."""
    stride = _network.first_stride(dataset.image_shape)
    return _network.network(image_shape, dataset.num_classes or _rotation.TURNS, stride=stride, **changes)


def _tested(weights: _weights.Weights, dataset: Dataset, places: Places) -> dict[str, Any]:
    turns = 1 if dataset.num_classes else _rotation.TURNS
    forward = None
    right = number = 0
    for images, labels in pipeline.chunks(dataset, dataset.evaluation_split, places, size=BATCH_SIZE):
        if turns == 1:
            images, labels = images[labels >= 0], labels[labels >= 0]
        else:
            images = _rotation.central_square(images)
        if forward is None:
            model = _network_for(dataset, images.shape[1:])
            weights.assign(model)
            forward = _network.forward(model, BATCH_SIZE)
        batch = pipeline.to_float(images, dataset)
        number += len(batch)
        for turn in range(turns):
            _, logits = in_batches(forward, np.rot90(batch, turn, axes=(1, 2)))
            right += int((logits.argmax(axis=1) == (labels if turns == 1 else turn)).sum())
    return {"test_images": number, "test_accuracy": right / (turns * number)}


def _batches(images: Images, chosen: np.ndarray, dataset: Dataset, seed: int) -> tf.data.Dataset:
    """Endless (images float32 [B, H, W, C] in [0, 1], labels int32 [B]), turned and labeled so if there are none."""
    augmented = _recipe(dataset.image_shape).augmented
    stored = pipeline.training_batches(
        images,
        images.labels(),
        batch_size=_BATCH_SIZE,
        batches_per_step=1,
        seed=seed,
        first_step=0,
        selected=None if len(chosen) == images.number else chosen,
    )

    def ready(step: tf.Tensor, element: tuple[tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        batch, batch_labels = element[0][0], element[1][0]
        if not dataset.num_classes:
            batch = _rotation.central_square(batch)
        if augmented:
            batch = _augmented(batch, tf.stack([tf.constant(seed, tf.int64), step]))
        if not dataset.num_classes:
            # Augmentation's keys begin with the seed, which is never negative.
            batch, batch_labels = _rotation.turned(batch, tf.stack([tf.constant(-1 - seed, tf.int64), step]))
        return tf.cast(batch, tf.float32) / dataset.largest_value, batch_labels

    return stored.enumerate().map(ready, num_parallel_calls=2, deterministic=True).prefetch(4)


def _augmented(images: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Images [B, H, W, C], each mirrored or not and shifted, its border reflected; key: int64 [2]."""
    size, height, width, _ = images.shape
    images = tf.image.stateless_random_flip_left_right(images, key)
    down, right = round(height * _SHIFT), round(width * _SHIFT)
    padded = tf.pad(images, [[0, 0], [down, down], [right, right], [0, 0]], "REFLECT")
    keys = tf.random.experimental.stateless_split(key, 2)
    rows = tf.random.stateless_uniform([size, 1], keys[0], maxval=2 * down + 1, dtype=tf.int32) + tf.range(height)
    columns = tf.random.stateless_uniform([size, 1], keys[1], maxval=2 * right + 1, dtype=tf.int32) + tf.range(width)
    return tf.gather(tf.gather(padded, rows, axis=1, batch_dims=1), columns, axis=2, batch_dims=1)


def _fastest_precision() -> str:
    """bfloat16 takes half the time on processors that compute in it, and far longer on those that imitate it."""
    has_half = device.is_alone() and device.flags() & {"avx512_bf16", "amx_bf16"}
    return "mixed_bfloat16" if has_half else "float32"
