"""IcGAN: encoders learn to invert a trained conditional generator, to edit images (Perarnau et al. 2016)."""

from __future__ import annotations

import dataclasses
import functools
import zlib
from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.architectures import joint
from compare_gan_tf2.gans import Ability, Outcome, Player, Stream, Term, Turn
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.runtime.draws import Seed

# Facts, read without importing this file.
MODEL = "invertible conditional generative adversarial network"
HAS_LOGITS = False
COMPARES_RECONSTRUCTIONS = False
FROZEN = ("generator",)
IMPLIES = {
    "beta1": 0.1, "conditional": True, "g_learning_rate": 1e-4, "g_normalization": "conditional_batch", "loss": "none",
}  # fmt: skip
REQUIRES = {
    "conditional": (True, "its generator takes labels, and it learns to read them off images"),
    "disc_iters": (1, "it has no discriminator"),
    "label_file": ("", "its encoder of labels learns from all images"),
    "label_fraction": (1.0, "its encoder of labels learns from all images"),
    "labels_per_class": (0, "its encoder of labels learns from all images"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {
    "classify": (("images",), ""), "edit": (("images",), ""), "encode": (("images",), ""),
    "generate": (("z",), "images"), "reconstruct": (("images",), "images"),
}  # fmt: skip


class Gan(BaseGan):
    """One encoder finds the latents of an image, another its label; an edit combines the latents with another label.

    The encoder of latents learns from generated images, whose latents are known, the encoder of labels from real
    images, both by squared errors; labels are 1 for the image's class and -1 for the others. The generator is that of
    the task networks_from, with its evaluated weights, and does not change; any conditional generator works.
    gan=matching_aware trains one as the authors did.
    """

    def setup(self) -> None:
        """A frozen generator and two encoders; real images with labels, latents with others."""
        self.players["generator"] = Player(self.build_generator, frozen=True)
        for name, units in (("encoder_z", self.prior.length), ("encoder_y", self.num_classes)):
            build = functools.partial(self.build_encoder, name, units)
            self.players[name] = Player(build, "g", self.generators_average())
        labels = tf.TensorSpec([None], tf.int32)
        self.streams["images"] = Stream(tf.TensorSpec([None, *self.dataset.image_shape]))
        self.streams["labels"] = Stream(labels)
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)
        self.streams["drawn_labels"] = Stream(labels, self._labels)

    def build_encoder(self, name: str, units: int) -> keras.Model:
        """The architecture's own, or one of its discriminator's layers, with so many outputs."""
        seed = zlib.crc32(f"{self.options.seed}/{name}".encode()) & 0x3FFFFFFF
        own = dataclasses.replace(self.options, seed=seed)
        return joint.code_encoder(self.architecture, self.dataset.image_shape, own, units)

    def turns(self) -> list[Turn]:
        """One update of both encoders."""
        return [Turn(("encoder_z", "encoder_y"), self.errors, "encoders")]

    def errors(self, images: tf.Tensor, labels: tf.Tensor, z: tf.Tensor, drawn_labels: tf.Tensor) -> Outcome:
        """Mean squared errors of latents of generated images, and of labels of real ones."""
        found = self.players["encoder_z"](self.players["generator"](z, drawn_labels))
        scores = self.players["encoder_y"](images)
        return {
            "loss/z": Term(tf.reduce_mean(tf.square(found - z)), only=("encoder_z",)),
            "loss/y": Term(tf.reduce_mean(tf.square(scores - self.coded(labels))), only=("encoder_y",)),
        }

    def coded(self, labels: tf.Tensor) -> tf.Tensor:
        """Labels int32 [B] as the encoder is to give them, float32 [B, K]: 1 for the class, else -1."""
        return 2.0 * tf.one_hot(labels, self.num_classes) - 1.0

    def labels_of(self, scores: tf.Tensor) -> tf.Tensor:
        """What the encoder gives, [B, K], as labels that the generator takes, int32 [B]."""
        return tf.argmax(scores, 1, tf.int32)

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to classify, encode, reconstruct and edit images."""

        def encode(images: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"z": nets["encoder_z"](images, training=False), "y": nets["encoder_y"](images, training=False)}

        def edit(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
            edited: tf.Tensor = nets["generator"](nets["encoder_z"](images, training=False), labels, training=False)
            return edited

        return super().abilities(nets) | {
            "classify": Ability(lambda images: nets["encoder_y"](images, training=False), ("images",)),
            "edit": Ability(edit, ("images", "labels")),
            "encode": Ability(encode, ("images",)),
            "reconstruct": Ability(
                lambda images: edit(images, self.labels_of(encode(images)["y"])), ("images",), "images"
            ),
        }

    def _labels(self, count: int, purpose: str, seed: Seed) -> tf.Tensor:
        return seed.labels(f"{purpose}/labels", count, self.num_classes)
