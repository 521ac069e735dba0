"""O-GAN: the discriminator is an encoder; the mean of its outputs is the score, the rest the code (Su 2019)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.architectures import joint
from compare_gan_tf2.gans import Ability, Optimizer, Outcome, Player, Stream, Term, Turn
from compare_gan_tf2.gans.base import BaseGan

# Facts, read without importing this file.
MODEL = "generative adversarial network whose discriminator encodes"
HAS_LOGITS = False
COMPARES_RECONSTRUCTIONS = False
HONORS = ("correlation_weight",)
IMPLIES = {
    "d_learning_rate": 1e-4, "d_normalization": "batch", "d_optimizer": "rmsprop", "g_learning_rate": 1e-4,
    "g_optimizer": "rmsprop", "judge": "apart", "loss": "none", "z_distribution": "normal",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it has networks without labels"),
    "disc_iters": (1, "its networks are all updated at once"),
    "judge": ("apart", "real and generated images are encoded with batch statistics of their own"),
    "latents": ("fresh", "its networks are all updated at once, on the same latents"),
    "reference": ("none", "compare_gan did not have it"),
    "z_distribution": ("normal", "its codes lie on the sphere that normal latents are near"),
}
ABILITIES = {"encode": (("images",), ""), "generate": (("z",), "images"), "reconstruct": (("images",), "images")}

# Of GAN-QP (Su 2018), which bounds the scores without a penalty on slopes.
_QUADRATIC_WEIGHT = 0.25
# The published weights are for images in [-1, 1], whose squared distances are this many times those of [0, 1].
_SQUARED_RANGE = 4.0
# Codes of images are made shorter by this factor before they are decoded, as in the original's pictures.
_SHORTENED = 0.9


class Gan(BaseGan):
    """Scores are low for real images and high for generated ones, and codes correlate with the latents.

    e = E(x) is an encoder's output of z_dim numbers: their mean is the score, the rest is the code. Generator and
    encoder are updated together, from the same weights. The encoder takes the place of the discriminator.
    """

    def setup(self) -> None:
        """Two players, images and latents."""
        self.players["generator"] = Player(self.build_generator, "g", self.generators_average())
        self.players["discriminator"] = Player(self.build_discriminator, "d", self.generators_average())
        self.streams["images"] = Stream(tf.TensorSpec([None, *self.dataset.image_shape]))
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)
        self.optimizers = {side: published(said) for side, said in self.optimizers.items()}

    def build_discriminator(self) -> keras.Model:
        """The encoder: the architecture's own, or one of its discriminator's layers."""
        return joint.code_encoder(self.architecture, self.dataset.image_shape, self.options, self.prior.length)

    def turns(self) -> list[Turn]:
        """One update of both."""
        return [Turn(("generator", "discriminator"), self.both, "both")]

    def both(self, images: tf.Tensor, z: tf.Tensor) -> Outcome:
        """The encoder's difference of scores with GAN-QP's bound, the generator's score, and what both have in common.

        The published loss has the generator's score beside the same score of images without a gradient, so that the
        encoder's gradients cancel; here that term is the generator's alone.
        """
        encode = self.players["discriminator"]
        fakes = self.players["generator"](z)
        of_real, of_fake = encode(images), encode(fakes)
        scores = score(of_real) - score(of_fake)
        distances = _SQUARED_RANGE * tf.reduce_mean(
            tf.math.squared_difference(images, tf.stop_gradient(fakes)), axis=[1, 2, 3]
        )
        d, g = ("discriminator",), ("generator",)
        return {
            "loss/d": Term(tf.reduce_mean(scores), only=d),
            "loss/d_quadratic": Term(tf.reduce_mean(tf.square(scores) / distances), _QUADRATIC_WEIGHT, only=d),
            "loss/g": Term(tf.reduce_mean(score(of_fake)), only=g),
            "correlation": Term(tf.reduce_mean(correlation(z, of_fake)), -self.options.correlation_weight),
        }

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to give codes [B, z_dim] of images, and what the generator makes of these, made a tenth shorter."""

        def encode(images: tf.Tensor) -> tf.Tensor:
            return code(nets["discriminator"](images, training=False))

        def reconstruct(images: tf.Tensor) -> tf.Tensor:
            copies: tf.Tensor = nets["generator"](_SHORTENED * encode(images), training=False)
            return copies

        own = {"encode": Ability(encode, ("images",)), "reconstruct": Ability(reconstruct, ("images",), "images")}
        return super().abilities(nets) | own


def score(encoded: tf.Tensor) -> tf.Tensor:
    """The mean [B] over the numbers of an encoder's output [B, Z]; low of real images."""
    return tf.reduce_mean(encoded, axis=1)


def code(encoded: tf.Tensor) -> tf.Tensor:
    """What an output [B, Z] is without its mean, with a variance of 1 over the Z numbers; zeros where it has none."""
    centered = encoded - tf.reduce_mean(encoded, axis=1, keepdims=True)
    return float(encoded.shape[1]) ** 0.5 * tf.math.l2_normalize(centered, axis=1)


def correlation(z: tf.Tensor, encoded: tf.Tensor) -> tf.Tensor:
    """Pearson's, in [-1, 1], float32 [B], of latents [B, Z] and of what an encoder gives for their images [B, Z]."""
    return tf.reduce_mean(code(z) * code(encoded), axis=1)


def published(said: Optimizer) -> Optimizer:
    """RMSProp with the constants of the original, which is Keras 2's; another optimizer as it is."""
    if said.kind != "rmsprop":
        return said
    return dataclasses.replace(said, square_decay=0.99, square_start=0.0, epsilon=1e-7, epsilon_outside=True)
