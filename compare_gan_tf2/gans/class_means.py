"""Edits with a trained VAE-GAN: codes move by the difference between two classes' mean codes (Larsen et al. 2016)."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import keras
import numpy as np
import tensorflow as tf

from compare_gan_tf2.architectures import joint
from compare_gan_tf2.datasets.streams import Epoch
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Ability, Player, Stream
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.gans.tlgan import labeled_batches

# Facts, read without importing this file.
MODEL = "autoencoder with mean codes of classes"
HAS_LOGITS = False
HAS_STEPS = False
FROZEN = ("generator", "encoder")
IMPLIES = {"architecture": "vae_gan", "loss": "none", "training_steps": 0, "z_distribution": "normal"}
REQUIRES = {
    "conditional": (False, "its networks were trained without labels"),
    "training_steps": (0, "nothing of it is trained by steps"),
    "z_distribution": ("normal", "its codes are the means of Gaussians"),
}
ABILITIES = {
    "classify": (("images",), ""), "edit": (("images",), ""), "encode": (("images",), ""),
    "generate": (("z",), "images"), "reconstruct": (("images",), "images"),
}  # fmt: skip

_log = logging.getLogger(__name__)

# Images of a class below which its mean code is mostly chance.
_FEW = 50


class Gan(BaseGan):
    """The VAE-GAN of the task networks_from, with its evaluated weights, and the mean code of every class.

    An edit moves the code of an image by the difference of two means: the mean of the requested class, and the nearest
    mean, which is assumed to be the image's own class. So the class of the image need not be known.

    Its state: `means` float32 [K, Z], mean codes of labeled training images; `counts` float32 [K], their numbers.
    """

    def setup(self) -> None:
        """Frozen encoder and generator; images with labels, latents."""
        if not self.dataset.num_classes:
            raise UserError(f"gan=class_means takes means over classes, and data set {self.dataset.name!r} has none")
        classes = self.dataset.num_classes
        self.players["generator"] = Player(self.build_generator, frozen=True)
        self.players["encoder"] = Player(self.build_encoder, frozen=True)
        self.streams["images"] = Stream(tf.TensorSpec([None, *self.dataset.image_shape]))
        self.streams["labels"] = Stream(tf.TensorSpec([None], tf.int32))
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)
        self.add_state("means", tf.zeros([classes, self.prior.length]))
        self.add_state("counts", tf.zeros([classes]))

    def build_encoder(self) -> keras.Model:
        """What gives means and logarithms of variances of codes, as VAE-GAN's does."""
        return joint.code_encoder(self.architecture, self.dataset.image_shape, self.options, 2 * self.prior.length)

    def fit(self, nets: Mapping[str, keras.Model], streams: Mapping[str, Epoch]) -> dict[str, np.ndarray]:
        """Takes the means over all training images that have a label."""
        sums = np.zeros(self.state["means"].shape)
        counts = np.zeros(len(sums))
        for images, labels in labeled_batches(streams[""]):
            np.add.at(sums, labels, self.codes(nets, self.to_float(tf.constant(images))).numpy())
            np.add.at(counts, labels, 1.0)
        for name, count in zip(self.dataset.class_names, counts, strict=True):
            if count < _FEW:
                _log.warning("only %d training images are of class %s: its mean code says little", int(count), name)
        means = sums / np.maximum(counts, 1.0)[:, None]
        return {"means": means.astype(np.float32), "counts": counts.astype(np.float32)}

    def codes(self, nets: Mapping[str, keras.Model], images: tf.Tensor) -> tf.Tensor:
        """Codes [B, Z] of images: the means of their Gaussians."""
        return tf.split(nets["encoder"](images, training=False), 2, axis=1)[0]

    def distances(self, codes: tf.Tensor) -> tf.Tensor:
        """Squared distances [B, K] of codes [B, Z] to the mean of every class."""
        means = tf.convert_to_tensor(self.state["means"])
        return tf.reduce_sum(tf.square(codes[:, None] - means[None]), axis=2)

    def moved(self, codes: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """Codes [B, Z] moved from the nearest mean to those of classes int32 [B]."""
        means = tf.convert_to_tensor(self.state["means"])
        own = tf.argmin(self.distances(codes), 1)
        return codes + tf.gather(means, labels) - tf.gather(means, own)

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to encode, reconstruct, classify by the nearest mean (minus squared distances), and edit."""

        def generated(codes: tf.Tensor) -> tf.Tensor:
            images: tf.Tensor = nets["generator"](codes, training=False)
            return images

        def encode(images: tf.Tensor) -> tf.Tensor:
            return self.codes(nets, images)

        return super().abilities(nets) | {
            "classify": Ability(lambda images: -self.distances(encode(images)), ("images",)),
            "edit": Ability(lambda images, labels: generated(self.moved(encode(images), labels)), ("images", "labels")),
            "encode": Ability(encode, ("images",)),
            "reconstruct": Ability(lambda images: generated(encode(images)), ("images",), "images"),
        }
