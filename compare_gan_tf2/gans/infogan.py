"""InfoGAN: the discriminator predicts codes in the latents, so that codes gain a meaning (Chen et al. 2016)."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.architectures.code_head import CodedDiscriminator
from compare_gan_tf2.gans import Ability, Outcome, Term, Turn, modular
from compare_gan_tf2.gans.adversarial import Batch, Judgement
from compare_gan_tf2.options import latent_codes
from compare_gan_tf2.runtime.codes import Codes, Part

# Facts, read without importing this file.
HONORS = (
    "codes",
    "continuous_code_weight",
    "first_update",
    "information_update",
    "information_weight",
    "learned_deviation",
)
IMPLIES = {
    "codes": "cat10,unif1,unif1",
    "d_normalization": "batch",
    "g_learning_rate": 0.001,
    "judge": "apart",
    "z_dim": 62,
}
REQUIRES = {
    "conditional": (False, "it finds classes by itself"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {"classify": (("images",), ""), "encode": (("images",), ""), "generate": (("z",), "images")}

_LOG_TWO_PI = math.log(2.0 * math.pi)


class Gan(modular.Gan):
    """The modular GAN with a bound on the information that images contain about codes c, E[log Q(c | G(z, c))] + H(c).

    Latents are noise, z_dim numbers, and the codes that option codes declares. Q is a head of the discriminator,
    updated with it by the same optimizer; the generator maximizes the same bound. With information_update=apart, both
    do this in a separate update, by a third optimizer with the generator's learning rate. The bound of every code is
    measured in nats under the code's name; for a categorical code it is at most H(c) = log K.
    """

    def setup(self) -> None:
        """The modular GAN's, and the third optimizer."""
        super().setup()
        self._is_apart = self.options.information_update == "apart"
        if self._is_apart:
            self.optimizers["information"] = dataclasses.replace(self.optimizers["g"])

    @functools.cached_property
    def prior(self) -> Codes:
        """Noise and codes."""
        codes = [Part(*code) for code in latent_codes.parsed(self.options.codes)]
        return Codes.of_parts(Part("noise", self.options.z_distribution, self.options.z_dim), *codes)

    @property
    def codes(self) -> tuple[Part, ...]:
        """The parts of the latents that Q guesses."""
        return self.prior.parts[1:]

    def build_generator(self) -> keras.Model:
        """The architecture's, of latents with codes."""
        wider = dataclasses.replace(self.options, z_dim=self.prior.length)
        return self.architecture.generator(self.dataset.image_shape, wider, 0)

    def build_discriminator(self) -> keras.Model:
        """The architecture's, with Q as its head."""
        return CodedDiscriminator(super().build_discriminator(), self.options, sum(map(self._outputs, self.codes)))

    def turns(self) -> list[Turn]:
        """The modular GAN's, and with information_update=apart one more of both networks."""
        turns = super().turns()
        if self._is_apart:
            turns.append(Turn(("generator", "discriminator"), self.inform, "information", optimizer="information"))
        return turns

    def inform(self, z: tf.Tensor) -> Outcome:
        """The bound, of images that are made for it."""
        _, features = self.discriminator(self.generator(z, None, training=True), training=True)
        return self._terms("", z, features)

    def discriminator_terms(self, batch: Batch, of_real: Judgement, of_fake: Judgement) -> dict[str, Term]:
        """The bound, for Q and the layers below it."""
        del of_real
        return {} if self._is_apart else self._terms("d_", batch.z, of_fake[1])

    def generator_terms(self, batch: Batch, of_fake: Judgement) -> dict[str, Term]:
        """The bound, for the generator."""
        return {} if self._is_apart else self._terms("g_", batch.z, of_fake[1])

    def bounds(self, z: tf.Tensor, guesses: tf.Tensor) -> dict[str, tf.Tensor]:
        """The bound of the information about each code, float32 scalars in nats, means over the rows.

        Args:
            z: latents float32 [B, length].
            guesses: Q's outputs float32 [B, n] of the images made of them: for each code, in order, the logits of its
                classes, or means, and with learned_deviation the logarithms of variances behind these; else variances
                are 1.
        """
        there = self.prior.split(z)
        return {
            code.name: tf.reduce_mean(_log_density(code, there[code.name], *each)) + _entropy(code)
            for code, each in zip(self.codes, self._split(guesses), strict=True)
        }

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to guess images' codes by name, probabilities of classes or means, and to classify images.

        Classes are those of the first code that has some, as probabilities float32 [B, K]; what they mean in the data
        differs from training to training.
        """

        def encode(images: tf.Tensor) -> dict[str, tf.Tensor]:
            _, features = nets["discriminator"](images, training=False)
            guessed = zip(self.codes, self._split(nets["discriminator"].guesses(features)), strict=True)
            return {code.name: tf.nn.softmax(each[0]) if code.is_categorical else each[0] for code, each in guessed}

        first = next(code.name for code in self.codes if code.is_categorical)
        return super().abilities(nets) | {
            "classify": Ability(lambda images: encode(images)[first], ("images",)),
            "encode": Ability(encode, ("images",)),
        }

    def _terms(self, prefix: str, z: tf.Tensor, features: tf.Tensor) -> dict[str, Term]:
        bounds = self.bounds(z, self.discriminator.guesses(features, training=True))
        weights = {
            code.name: 1.0 if code.is_categorical else self.options.continuous_code_weight for code in self.codes
        }
        return {
            f"information/{prefix}{name}": Term(bound, -self.options.information_weight * weights[name])
            for name, bound in bounds.items()
        }

    def _outputs(self, code: Part) -> int:
        """How many numbers Q gives for a code."""
        return code.size * (2 if self.options.learned_deviation and not code.is_categorical else 1)

    def _split(self, guesses: tf.Tensor) -> list[tuple[tf.Tensor, tf.Tensor]]:
        """For each code logits or means [B, size], and the logarithms of variances, or 0."""
        found = []
        for code, each in zip(self.codes, tf.split(guesses, list(map(self._outputs, self.codes)), 1), strict=True):
            both = self._outputs(code) == 2 * code.size
            found.append((each[:, : code.size], each[:, code.size :] if both else tf.zeros([])))
        return found


def _log_density(code: Part, there: tf.Tensor, guess: tf.Tensor, log_variance: tf.Tensor) -> tf.Tensor:
    """log Q(c | x) of codes that are there [B, size], as classes or as numbers: [B]."""
    if code.is_categorical:
        return -tf.nn.softmax_cross_entropy_with_logits(there, guess)
    squares = tf.square(there - guess) * tf.exp(-log_variance)
    return -0.5 * tf.reduce_sum(squares + log_variance + _LOG_TWO_PI, axis=1)


def _entropy(code: Part) -> float:
    """H(c) of a code's distribution, in nats."""
    if code.is_categorical:
        return math.log(code.size)
    return code.size * (math.log(2.0) if code.kind == "uniform" else 0.5 * (_LOG_TWO_PI + 1.0))
