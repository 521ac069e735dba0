"""BigBiGAN: BiGAN that also scores images and codes separately, to learn features (Donahue and Simonyan 2019)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from compare_gan_tf2.architectures import scored_pairs
from compare_gan_tf2.gans import Ability, Outcome, Term, Turn, bigan
from compare_gan_tf2.runtime import draws

# Facts, read without importing this file.
MODEL = "bidirectional generative adversarial network with unary scores"
HAS_LOGITS = False
COMPARES_RECONSTRUCTIONS = False
HONORS = ("encoder_rate",)
IMPLIES = {
    "beta1": 0.0, "d_weight_normalization": "spectral", "disc_iters": 2, "g_learning_rate": 5e-5,
    "g_weight_normalization": "spectral", "initializer": "orthogonal", "judge": "apart", "loss": "none",
    "z_distribution": "normal",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it has networks without labels"),
    "judge": ("apart", "both kinds of pairs are judged with batch statistics of their own"),
    "latents": ("fresh", "generator and encoder have images and latents of their own"),
    "reference": ("none", "compare_gan did not have it"),
    "z_distribution": ("normal", "its codes are drawn from Gaussians"),
}
ABILITIES = {"encode": (("images",), ""), "generate": (("z",), "images"), "reconstruct": (("images",), "images")}


class Gan(bigan.Gan):
    """Three scores, of the image, of the code and of the pair, each with its own hinge (equations 1 to 5).

    The discriminator is updated disc_iters times, each time on its own batch. Then generator and encoder are updated
    together, each on the sum of scores of its own kind of pairs; the encoder's learning rate is encoder_rate times the
    generator's. In training a code is mean + softplus(spread) noise, afterwards the mean.
    """

    code_parts = 2
    encoder_side = "e"

    def setup(self) -> None:
        """BiGAN's, and an optimizer for the encoder."""
        said = self.optimizers["g"]
        assert isinstance(said.rate, float), "rates of options are numbers"
        self.optimizers["e"] = dataclasses.replace(said, rate=self.options.encoder_rate * said.rate)
        super().setup()

    def build_encoder(self) -> keras.Model:
        """The architecture's discriminator as an encoder with pooled features."""
        units = self.code_parts * self.prior.length
        return scored_pairs.pooled_encoder(self.architecture, self.dataset.image_shape, self.options, units)

    def build_discriminator(self) -> keras.Model:
        """What gives pairs their scores."""
        shape, length = self.dataset.image_shape, self.prior.length
        return scored_pairs.scored_pairs(self.architecture, shape, self.options, length)

    def turns(self) -> list[Turn]:
        """disc_iters updates of the discriminator, then one of the others."""
        d = [Turn(("discriminator",), self.d, f"discriminator/{i}") for i in range(self.options.disc_iters)]
        return [*d, Turn(("generator", "encoder"), self.pairs, "generator")]

    def d(self, images: tf.Tensor, z: tf.Tensor) -> Outcome:
        """A hinge for each score of each kind: max(0, 1 - s) of real images, max(0, 1 + s) of generated ones."""
        real, fake = self.judged(images, self.drawn_codes(images), self.players["generator"](z), z)
        of_real, of_fake = (tf.reduce_mean(tf.nn.relu(1.0 - each), axis=0) for each in (real, -fake))
        terms: dict[str, Term] = {}
        for place, name in enumerate(scored_pairs.SCORES):
            terms |= {f"loss/d_real_{name}": Term(of_real[place]), f"loss/d_fake_{name}": Term(of_fake[place])}
        return terms

    def pairs(self, images: tf.Tensor, z: tf.Tensor) -> Outcome:
        """The sums of scores: the encoder's to be low of real pairs, the generator's to be high of generated ones.

        The score of real images is in the encoder's sum, although it does not depend on the encoder.
        """
        real, fake = self.judged(images, self.drawn_codes(images), self.players["generator"](z), z)
        of_real, of_fake = (tf.reduce_mean(tf.reduce_sum(each, axis=1)) for each in (real, fake))
        return {"loss/e": Term(of_real, only=("encoder",)), "loss/g": Term(-of_fake, only=("generator",))}

    def drawn_codes(self, images: tf.Tensor) -> tf.Tensor:
        """Codes [B, Z] of images, drawn from the Gaussians that the encoder gives."""
        mean, deviation = _moments(self.players["encoder"](images))
        return mean + deviation * draws.rows_of("normal", "noise", list(mean.shape))

    def code(self, encoded: tf.Tensor) -> tf.Tensor:
        """The means [B, Z] that the encoder gives."""
        return _moments(encoded)[0]

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """As BiGAN's; `encode` gives mean and deviation [B, Z] of codes and the encoder's pooled features [B, F]."""
        return super().abilities(nets) | {
            "encode": Ability(lambda images: encoded(images, nets["encoder"]), ("images",))
        }


def encoded(images: tf.Tensor, encoder: Any) -> dict[str, tf.Tensor]:
    """What a trained encoder knows of images float32 [B, H, W, C] in [0, 1].

    Returns:
        mean and deviation float32 [B, Z] of the codes, and features float32 [B, F], those for linear probes.
    """
    features = encoder.pooled(images, training=False)
    mean, deviation = _moments(encoder.head(features, training=False))
    return {"mean": mean, "deviation": deviation, "features": features}


def _moments(outputs: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    mean, spread = tf.split(outputs, 2, axis=1)
    return mean, tf.nn.softplus(spread)
