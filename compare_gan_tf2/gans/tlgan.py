"""TL-GAN: finds latent directions of a trained generator that change a class, by regression (Guan 2018)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.architectures import joint
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.datasets.streams import Epoch
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Ability, Player, Stream, latent_axes
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.options import Options

# Facts, read without importing this file.
MODEL = "generator with axes of its latents"
HAS_LOGITS = False
HAS_STEPS = False
FROZEN = ("generator",)
HONORS = ("axis_base", "axis_distance", "axis_samples", "predictor_epochs")
IMPLIES = {"loss": "none", "training_steps": 0}
REQUIRES = {
    "conditional": (False, "labels would decide what its axes are to change"),
    "d_normalization": ("none", "its predictor is trained image by image"),
    "training_steps": (0, "nothing of it is trained by steps"),
}
ABILITIES = {
    "axis": ((), ""), "classify": (("images",), ""), "edit": (("z",), ""), "generate": (("z",), "images"),
}  # fmt: skip

_log = logging.getLogger(__name__)

_BATCH, _SAMPLES, _RATE = 128, 500, 1e-3
# Generated images that show a class, below which its axis is mostly chance.
_FEW = 50


class Gan(BaseGan):
    """One axis for each class; an edit moves latents along an axis.

    A predictor with the architecture's discriminator network learns the classes of training images. It labels generated
    images, and each label is regressed on their latents. The generator is that of the task networks_from, with its
    evaluated weights, and does not change; any unconditional generator works.

    Its state: `axes` float32 [Z, K] of length 1; `explained` float32 [K], the share of the labels' variance that the
    regression explains; `positives` float32 [K], the share of generated images that show the class.
    """

    def setup(self) -> None:
        """A frozen generator and a predictor; images with labels, latents."""
        if not self.dataset.num_classes:
            raise UserError(f"gan=tlgan finds axes for classes, and data set {self.dataset.name!r} has none")
        self.base = base_of(self.options, self.dataset)
        classes = self.dataset.num_classes
        self.players["generator"] = Player(self.build_generator, frozen=True)
        self.players["predictor"] = Player(self.build_predictor)
        self.streams["images"] = Stream(tf.TensorSpec([None, *self.dataset.image_shape]))
        self.streams["labels"] = Stream(tf.TensorSpec([None], tf.int32))
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)
        self.add_state("axes", tf.zeros([self.prior.length, classes]))
        self.add_state("explained", tf.zeros([classes]))
        self.add_state("positives", tf.zeros([classes]))

    def build_predictor(self) -> keras.Model:
        """What gives a score for each class of images: the architecture's encoder, or its discriminator's layers."""
        classes = self.dataset.num_classes
        return joint.code_encoder(self.architecture, self.dataset.image_shape, self.options, classes)

    def fit(self, nets: Mapping[str, keras.Model], streams: Mapping[str, Epoch]) -> dict[str, np.ndarray]:
        """Trains the predictor, then finds the axes."""
        self.train_predictor(nets["predictor"], streams[""])
        z, labels = self.labeled_latents(nets)
        for name, count in zip(self.dataset.class_names, (labels > 0).sum(axis=0), strict=True):
            if count < _FEW:
                _log.warning("only %d of %d generated images show class %s: its axis says little", count, len(z), name)
        for one, other, r in latent_axes.going_together(labels):
            names = self.dataset.class_names[one], self.dataset.class_names[other]
            _log.warning("labels %s and %s go together (r %.2f): an edit to one moves the other", *names, r)
        axes = latent_axes.apart_from(latent_axes.slopes(z, labels), self.base)
        found = {"axes": axes, "explained": latent_axes.explained(z, labels), "positives": (labels > 0).mean(axis=0)}
        return {name: value.astype(np.float32) for name, value in found.items()}

    def train_predictor(self, predictor: keras.Model, rows: Epoch) -> None:
        """Adam on cross-entropies of (1 + tanh) / 2 of each output, the probability that an image shows the class.

        The source descends on squared errors of tanh against 1 for an image's class and -1 for others. These have no
        gradient left once all outputs are near -1, where nine in ten belong, and networks of the wider architectures
        stay there: a slow test trains one.

        Args:
            predictor: gets the weights.
            rows: images as stored, and labels; those of images without a label are left out.
        """
        # One of this device alone, with the same initial weights: the player's may be on several devices.
        learning, adam, classes = self.build_predictor(), keras.optimizers.Adam(_RATE), self.dataset.num_classes
        adam.build(learning.trainable_variables)

        @tf.function(reduce_retracing=True)
        def update(images: tf.Tensor, labels: tf.Tensor) -> None:
            with tf.GradientTape() as tape:
                signs = 2.0 * tf.one_hot(labels, classes) - 1.0
                # -log((1 + tanh(s)) / 2) = softplus(-2 s).
                error = tf.reduce_mean(tf.nn.softplus(-2.0 * signs * learning(self.to_float(images), training=False)))
            gradients = tape.gradient(error, [each.value for each in learning.trainable_variables])
            adam.apply(gradients, learning.trainable_variables)

        for _ in range(self.options.predictor_epochs):
            for images, labels in labeled_batches(rows):
                update(tf.constant(images), tf.constant(labels))
        for variable, learned in zip(predictor.variables, learning.variables, strict=True):
            variable.assign(learned)

    def labeled_latents(self, nets: Mapping[str, keras.Model]) -> tuple[np.ndarray, np.ndarray]:
        """axis_samples latents [N, Z], and what the predictor says of their images, [N, K] in (-1, 1)."""

        @tf.function
        def labeled(z: tf.Tensor) -> tf.Tensor:
            return tf.tanh(nets["predictor"](nets["generator"](z, training=False), training=False))

        drawn, seen = [], []
        for number in range(-(-self.options.axis_samples // _SAMPLES)):
            z = self.prior.draw(_SAMPLES, "axes", seed=self.options.seed, step=number)
            drawn.append(z.numpy())
            seen.append(labeled(z).numpy())
        count = self.options.axis_samples
        return np.concatenate(drawn)[:count], np.concatenate(seen)[:count]

    def moved(self, z: tf.Tensor, labels: tf.Tensor, distance: float) -> tf.Tensor:
        """Latents [B, Z] so far along the axes of classes int32 [B]."""
        axes = tf.transpose(tf.convert_to_tensor(self.state["axes"]))
        return z + distance * tf.gather(axes, labels)

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to say what class images show, and to generate with latents moved axis_distance towards a class.

        `axis` gives what is added to latents for that.
        """

        def axis(labels: tf.Tensor) -> tf.Tensor:
            return self.moved(tf.zeros([]), labels, self.options.axis_distance)

        def classify(images: tf.Tensor) -> tf.Tensor:
            return tf.tanh(nets["predictor"](images, training=False))

        def edit(z: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
            edited: tf.Tensor = nets["generator"](z + axis(labels), training=False)
            return edited

        return super().abilities(nets) | {
            "axis": Ability(axis, ("labels",)),
            "classify": Ability(classify, ("images",)),
            "edit": Ability(edit, ("z", "labels")),
        }


def base_of(options: Options, dataset: Dataset) -> list[int]:
    """Numbers of the classes that option axis_base names.

    Raises:
        UserError: for a name that is no class.
    """
    if options.axis_base == "none":
        return []
    if options.axis_base == "all":
        return list(range(dataset.num_classes))
    names = [name.strip() for name in options.axis_base.split(",")]
    for name in names:
        if name not in dataset.class_names:
            line = components.unknown("class", name, dataset.class_names)
            raise UserError(f"option axis_base is {options.axis_base!r}: {line}; or all, or none")
    return [dataset.class_names.index(name) for name in names]


def labeled_batches(rows: Epoch) -> Iterator[Sequence[np.ndarray]]:
    """Images as stored and labels int32, as many at a time, of the rows that have a label."""
    for part in rows:
        images, labels = part["images"], part["labels"]
        if labels.ndim == 2:  # distributions, zeros where there is none
            labels = np.where(labels.sum(axis=1) > 0.5, labels.argmax(axis=1), -1)
        there = np.flatnonzero(labels >= 0)
        for start in range(0, len(there), _BATCH):
            chosen = there[start : start + _BATCH]
            yield images[chosen], labels[chosen].astype(np.int32)
