"""A judge of captions: images and captions as vectors, near each other where they belong together.

Trained once on a data set's own training images and captions, by the contrast of a batch (Radford et al. 2021);
captions are bags of words and of pairs of words. What is generated is judged by retrieval: R-precision (Xu et al.
2018).
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import re
import sys
import zlib
from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets import sources
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.extractors import BATCH_SIZE, _weights
from compare_gan_tf2.files import require_writable

# To be raised with every change that gives other weights.
VERSION = 1
# Captions that a picture's own is found among: itself and others drawn from the evaluation split.
CANDIDATES = 100
_WORDS, _LENGTH = 4096, 128
_STEPS, _BATCH, _RATE = 1500, 128, 1e-3
_TEMPERATURE = 0.1
_SEED = 0
_WORD = re.compile(rb"[a-z0-9]+")


@dataclasses.dataclass(frozen=True)
class Matcher:
    """Vectors of images and captions of one data set.

    Attributes:
        id: goes into the names of scores.
        description: one line for people, with how often it finds the caption of a real image.
        captions: different ones of the evaluation split, bytes [M], sorted.
        of_images: uint8 [N, H, W, C] -> float32 [N, D], each of length 1.
        of_captions: captions -> float32 [N, D], each of length 1.
    """

    id: str
    description: str
    captions: np.ndarray
    of_images: Callable[[np.ndarray], np.ndarray] = dataclasses.field(repr=False)
    of_captions: Callable[[Sequence[bytes]], np.ndarray] = dataclasses.field(repr=False)

    def finds(self, images: np.ndarray, captions: Sequence[bytes]) -> np.ndarray:
        """Whether each image is nearer to its caption than to 99 others of the evaluation split, float64 [N], 0 or 1.

        Which others follows from the caption alone. Of a caption that is as near as another one half is counted.
        """
        vectors, own = self.of_images(images), self.of_captions(captions)
        return np.array([self._finds(*each) for each in zip(vectors, own, captions, strict=True)])

    def _finds(self, vector: np.ndarray, own: np.ndarray, caption: bytes) -> float:
        others = np.flatnonzero(self.captions != caption)
        chosen = np.random.default_rng(zlib.crc32(caption)).permutation(others)[: CANDIDATES - 1]
        # Summed alike, so that equal vectors are equally near.
        near, best = float((own * vector).sum()), float((self._known[chosen] * vector).sum(axis=1).max(initial=-np.inf))
        return 1.0 if near > best else 0.5 if near == best else 0.0

    @functools.cached_property
    def _known(self) -> np.ndarray:
        return self.of_captions(list(self.captions))


def load(dataset: Dataset, places: Places) -> Matcher:
    """The matcher of a data set, trained the first time, which takes about a minute, and kept under cache_dir/matchers.

    Raises:
        UserError: if the data set has no captions, is not prepared, or the cache cannot be written.
    """
    path = places.cache_dir / "matchers" / f"{dataset.classifier}-{_version(dataset, places)}.npz"
    model = network(dataset.image_shape)
    if not path.is_file():
        require_writable(path)
        print(f"training the caption matcher of data set {dataset.name!r} once, to be kept as {path}", file=sys.stderr)
        _trained(dataset, places).write(path)
    weights = _weights.read(path, model, "delete the file to have it trained again")
    weights.assign(model)
    return _of_model(model, dataset, places, weights)


def network(image_shape: tuple[int, int, int]) -> keras.Model:
    """From images float32 [N, H, W, C] in [0, 1] and bags of words float32 [N, 4096] to vectors float32 [N, 128] each.

    Images are halved by convolutions down to 4 or less pixels a side, and places are told apart.
    """
    draws = keras.random.SeedGenerator(_SEED)
    images, bags = keras.Input(image_shape, name="images"), keras.Input([_WORDS], name="bags")
    hidden, side, width = images, min(image_shape[:2]), 32
    while side > 4:
        initial = keras.initializers.HeNormal(draws)
        hidden = keras.layers.Conv2D(
            width, 3, 2, "same", activation="relu", kernel_initializer=initial, name=f"convolution_{side}"
        )(hidden)
        side, width = -(-side // 2), min(2 * width, 128)
    vectors = [
        keras.layers.Dense(_LENGTH, kernel_initializer=keras.initializers.GlorotUniform(draws), name=name)(each)
        for name, each in (("image_vector", keras.layers.Flatten()(hidden)), ("caption_vector", bags))
    ]
    return keras.Model([images, bags], [keras.layers.UnitNormalization()(vector) for vector in vectors])


def bags(captions: Sequence[bytes]) -> np.ndarray:
    """Words and pairs of neighboring words, counted by their hashes: float32 [N, 4096], each of length 1."""
    found = np.zeros((len(captions), _WORDS), np.float32)
    for row, caption in enumerate(captions):
        words = _WORD.findall(bytes(caption).lower())
        for text in (*words, *map(b" ".join, zip(words, words[1:], strict=False))):
            found[row, zlib.crc32(text) % _WORDS] += 1
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def _rows(dataset: Dataset, places: Places, *, training: bool) -> tuple[np.ndarray, np.ndarray]:
    """Images and captions of a split."""
    wanted = {"": {"images": "images", "captions": "captions"}}
    found = sources.stored_rows(dataset, wanted, places, training=training)[""]
    return found["images"], found["captions"]


def _trained(dataset: Dataset, places: Places) -> _weights.Weights:
    images, captions = _rows(dataset, places, training=True)
    texts, kinds = bags(list(captions)), np.unique(captions, return_inverse=True)[1]
    model, rng = network(dataset.image_shape), np.random.default_rng(_SEED)
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(_RATE, _STEPS))

    @tf.function(autograph=False)
    def step(batch: tf.Tensor, bag: tf.Tensor, same: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            of_images, of_texts = model([batch, bag], training=True)
            logits = tf.matmul(of_images, of_texts, transpose_b=True) / _TEMPERATURE
            losses = [tf.nn.softmax_cross_entropy_with_logits(same, each) for each in (logits, tf.transpose(logits))]
            loss = tf.reduce_mean(tf.add_n(losses))
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True)
        )

    for _ in range(_STEPS):
        chosen = rng.integers(0, len(images), _BATCH)
        # Pictures of one caption belong to it alike.
        same = (kinds[chosen][:, None] == kinds[chosen]).astype(np.float32)
        batch = images[chosen].astype(np.float32) / dataset.largest_value
        step(tf.constant(batch), tf.constant(texts[chosen]), tf.constant(same / same.sum(axis=1, keepdims=True)))
    weights = _weights.Weights(_weights.rounded(model), {})
    weights.assign(model)
    images, captions = _rows(dataset, places, training=False)
    found = _of_model(model, dataset, places, weights).finds(images, list(captions))
    weights.metadata.update(dataset=dataset.classifier, seed=_SEED, steps=_STEPS, test_accuracy=float(found.mean()))
    return weights


def _of_model(model: keras.Model, dataset: Dataset, places: Places, weights: _weights.Weights) -> Matcher:
    image_inputs, text_inputs = model.inputs
    halves = [keras.Model(each, model.outputs[number]) for number, each in enumerate((image_inputs, text_inputs))]
    accuracy, digits = weights.metadata.get("test_accuracy", 0.0), weights.short_hash

    def of_images(images: np.ndarray) -> np.ndarray:
        return _in_batches(halves[0], images.astype(np.float32) / dataset.largest_value)

    return Matcher(
        id=f"matcher_{dataset.classifier}_{digits}",
        description=f"caption matcher of {dataset.title}, finds the captions of real images among {CANDIDATES} in "
        f"{accuracy:.4f}, weights {digits}",
        captions=np.unique(_rows(dataset, places, training=False)[1]),
        of_images=of_images,
        of_captions=lambda captions: _in_batches(halves[1], bags(captions)),
    )


def _in_batches(model: keras.Model, rows: np.ndarray) -> np.ndarray:
    """Outputs of rows, always of as many at once, so that each depends on its own row alone."""
    made = []
    for start in range(0, len(rows), BATCH_SIZE):
        part = rows[start : start + BATCH_SIZE]
        full = np.concatenate([part, np.zeros((BATCH_SIZE - len(part), *part.shape[1:]), part.dtype)])
        made.append(model(full, training=False).numpy()[: len(part)])
    return np.concatenate(made)


def _version(dataset: Dataset, places: Places) -> str:
    """Eight digits that change with the recipe and the data."""
    recipe = (VERSION, _WORDS, _LENGTH, _STEPS, _BATCH, _RATE, _TEMPERATURE, _SEED, dataset.identity(places))
    return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:8]
