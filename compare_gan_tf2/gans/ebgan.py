"""EBGAN: the energy is an autoencoder's error, with a pull-away term (Zhao et al. 2017, equations 1 to 4)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.gans import Ability, Outcome, Term, Turn
from compare_gan_tf2.gans.adversarial import AdversarialGan, Batch, reconstructing
from compare_gan_tf2.runtime.replicas import gathered

# Facts, read without importing this file.
HAS_LOGITS = False
NETWORKS = ("generator", "autoencoder")
IMPLIES = {"loss": "none"}
REQUIRES = {"conditional": (False, "it has networks without labels")}
ABILITIES = {"generate": (("z",), "images"), "reconstruct": (("images",), "images")}
# The pull-away term compares different images.
LEAST_BATCH = 2

# Keeps the slope of the root finite where an image is copied exactly.
_EPSILON = 1e-12


class Gan(AdversarialGan):
    """L_D = E[e(x)] + E[max(0, m - e(G(z)))], L_G = E[e(G(z))] + w f_PT, with e = |autoencoder(x) - x|_2 per image.

    The discriminator raises the energy of generated images up to the margin m, which is in the units of e, the
    Euclidean distance of two images in [0, 1] (at most sqrt(H W C)). f_PT is the mean squared cosine between different
    images' codes.
    """

    def build_discriminator(self) -> keras.Model:
        """The architecture's autoencoder."""
        return self.architecture.autoencoder(self.dataset.image_shape, self.options)

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to give the autoencoder's copies of images."""
        return super().abilities(nets) | {"reconstruct": reconstructing(nets["discriminator"])}

    def turns(self) -> list[Turn]:
        """As of every adversarial type; the pull-away term compares all codes of the batch."""
        *d, g = super().turns()
        return [*d, dataclasses.replace(g, whole=True)]

    def discriminator_objective(self, batch: Batch, fake: tf.Tensor) -> Outcome:
        """The autoencoder's objective."""
        (real_copies, _), (fake_copies, _) = self.judge(batch, batch.real, fake)
        lifted = tf.nn.relu(self.options.margin - _energy(fake, fake_copies))
        return {"loss/d": tf.reduce_mean(_energy(batch.real, real_copies)) + tf.reduce_mean(lifted)}

    def generator_objective(self, batch: Batch) -> Outcome:
        """The generator's objective."""
        fake = self.generator(batch.z, batch.fake_labels, training=True)
        _, (copies, codes) = self.judge_for_generator(batch, batch.real, fake)
        return {
            "loss/g": tf.reduce_mean(_energy(fake, copies)),
            "ebgan/pull_away": Term(pull_away_term(gathered(codes)), self.options.pull_away_weight),
        }


def pull_away_term(codes: tf.Tensor) -> tf.Tensor:
    """Mean squared cosine over all pairs of different rows of codes [N, F], N >= 2 (equation 4); scalar in [0, 1]."""
    number = codes.shape[0]
    unit = tf.math.l2_normalize(codes, axis=1)
    cosines = tf.square(tf.matmul(unit, unit, transpose_b=True))
    return (tf.reduce_sum(cosines) - tf.reduce_sum(tf.linalg.diag_part(cosines))) / (number * (number - 1))


def _energy(images: tf.Tensor, copies: tf.Tensor) -> tf.Tensor:
    """Euclidean distance [B] of images [B, H, W, C] from their copies."""
    return tf.sqrt(_EPSILON + tf.reduce_sum(tf.math.squared_difference(images, copies), axis=[1, 2, 3]))
