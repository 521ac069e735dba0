"""Adversarial autoencoder: a discriminator makes codes of images like the prior (Makhzani et al. 2015)."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.architectures import joint
from compare_gan_tf2.architectures.codes import code_discriminator
from compare_gan_tf2.gans import Ability, Outcome, Player, Rows, Stream, Term, Turn
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws

# Facts, read without importing this file.
MODEL = "adversarial autoencoder"
HAS_LOGITS = False
HONORS = ("code_noise", "posterior", "reconstruction_loss", "regularization_weight")
IMPLIES = {
    "architecture": "aae", "beta1": 0.1, "d_learning_rate": 1e-4, "g_learning_rate": 1e-4, "gradient_clipping": 5.0,
    "loss": "none", "metrics": "default,prior_match", "z_dim": 8, "z_distribution": "normal",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it has networks without labels; gan=aae_semi_supervised has some with"),
    "disc_iters": (1, "its networks move in phases, each once a step"),
    "latents": ("fresh", "its generator's update takes no latents"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {"encode": (("images",), ""), "generate": (("z",), "images"), "reconstruct": (("images",), "images")}


class Gan(BaseGan):
    """Encoder and decoder copy images, while the encoder's codes are to pass for draws from the prior.

    No network judges images. Every step has three phases, each with codes of its own: encoder and generator on the
    reconstruction error, the discriminator of codes on latents and codes, the encoder against that. With
    regularization_weight w encoder and generator have one update on w times the game and 1 - w times the error, and
    then the discriminator sees the codes from before it, both terms halved (PyTorch-GAN). The game never reaches the
    generator, because codes do not depend on it.
    """

    def setup(self) -> None:
        """Three players, images, latents that codes are to be like."""
        average = self.generators_average()
        self.players["generator"] = Player(self.build_generator, "g", average)
        self.players["encoder"] = Player(self.build_encoder, "g", average)
        self.players["code_discriminator"] = Player(self.build_code_discriminator, "d")
        self.streams["images"] = Stream(tf.TensorSpec([None, *self.dataset.image_shape]))
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)
        self._draws_codes = self.options.posterior == "gaussian"

    def build_encoder(self) -> keras.Model:
        """What gives codes, or the means and logarithms of variances of Gaussians of them."""
        parts = 2 if self.options.posterior == "gaussian" else 1
        return joint.code_encoder(self.architecture, self.dataset.image_shape, self.options, parts * self.prior.length)

    def build_code_discriminator(self) -> keras.Model:
        """What tells draws from the prior from codes of images."""
        return code_discriminator(self.options, self.prior.length, "code_discriminator")

    @property
    def has_codes_like_prior(self) -> bool:
        """They are: the discriminator of codes sees to it."""
        return True

    @property
    def discriminator(self) -> keras.Model:
        """The one of codes."""
        return self.players["code_discriminator"].network

    def turns(self) -> list[Turn]:
        """Three phases, or two updates if there is a regularization_weight."""
        autoencoder = ("encoder", "generator")
        if self.options.regularization_weight:
            return [
                Turn(autoencoder, self.both, "autoencoder", hands=("codes",)),
                Turn(("code_discriminator",), self.tell_given, "discriminator"),
            ]
        return [
            Turn(autoencoder, self.copy, "reconstruction"),
            Turn(("code_discriminator",), self.tell, "discriminator", reads="reconstruction"),
            Turn(("encoder",), self.pass_for_prior, "encoder", reads="reconstruction"),
        ]

    def copy(self, images: tf.Tensor) -> Outcome:
        """The reconstruction error."""
        return {"loss/reconstruction": self.error(images, self.players["generator"](self.drawn_codes(images)))}

    def tell(self, images: tf.Tensor, z: tf.Tensor) -> Outcome:
        """The discriminator's terms on the codes that images have now."""
        return self.told_apart(z, self.drawn_codes(images), 1.0)

    def tell_given(self, codes: tf.Tensor, z: tf.Tensor) -> Outcome:
        """The same on codes that an earlier update has handed on, each halved."""
        return self.told_apart(z, codes, 0.5)

    def pass_for_prior(self, images: tf.Tensor) -> Outcome:
        """The encoder's term against the discriminator."""
        return {"loss/e": passing(self.players["code_discriminator"], self.drawn_codes(images), self.options)}

    def both(self, images: tf.Tensor) -> Outcome:
        """Both objectives of encoder and generator, weighted."""
        codes, weight = self.drawn_codes(images), self.options.regularization_weight
        game = passing(self.players["code_discriminator"], codes, self.options)
        error = self.error(images, self.players["generator"](codes))
        return {
            "loss/e": Term(game, weight, only=("encoder",)),
            "loss/reconstruction": Term(error, 1.0 - weight),
            "codes": Rows(codes),
        }

    def told_apart(self, z: tf.Tensor, codes: tf.Tensor, weight: float) -> Outcome:
        """The discriminator's terms on latents and codes, both [B, Z]."""
        return telling(self.players["code_discriminator"], z, codes, self.options, "loss/d", weight)

    def error(self, images: tf.Tensor, copies: tf.Tensor) -> tf.Tensor:
        """The reconstruction error that the options ask for."""
        return reconstruction_error(images, copies, self.options.reconstruction_loss)

    def drawn_codes(self, images: tf.Tensor) -> tf.Tensor:
        """Codes [B, Z] of images, in a training step."""
        encoded = self.players["encoder"](images)
        if not self._draws_codes:
            return encoded
        mean, log_variance = tf.split(encoded, 2, axis=1)
        return mean + tf.exp(0.5 * log_variance) * draws.rows_of("normal", "noise", list(mean.shape))

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to give codes [B, z_dim] of images, of Gaussians their means, and images' copies by these."""

        def encode(images: tf.Tensor) -> tf.Tensor:
            encoded: tf.Tensor = nets["encoder"](images, training=False)
            return tf.split(encoded, 2, axis=1)[0] if self._draws_codes else encoded

        def reconstruct(images: tf.Tensor) -> tf.Tensor:
            copies: tf.Tensor = nets["generator"](encode(images), training=False)
            return copies

        own = {"encode": Ability(encode, ("images",)), "reconstruct": Ability(reconstruct, ("images",), "images")}
        return super().abilities(nets) | own


def reconstruction_error(images: tf.Tensor, copies: tf.Tensor, kind: str) -> tf.Tensor:
    """Mean "absolute" or "squared" difference over pixels and images, both [B, H, W, C] in [0, 1], as if in [-1, 1]."""
    difference = 2.0 * (copies - images)
    return tf.reduce_mean(tf.abs(difference) if kind == "absolute" else tf.square(difference))


def telling(
    discriminator: Player, drawn: tf.Tensor, codes: tf.Tensor, options: Options, name: str, weight: float = 1.0
) -> dict[str, Term]:
    """The terms of a discriminator of codes.

    Args:
        discriminator: gives logits that a code is drawn from the prior.
        drawn: from the prior, [B, n].
        codes: of images, [B, n].
        options: the task's.
        name: of the terms, before "_prior" and "_code".
        weight: of both.
    """
    of_drawn, of_codes = (discriminator(noisy(each, options, name)) for each in (drawn, tf.stop_gradient(codes)))
    return {
        f"{name}_prior": Term(tf.reduce_mean(tf.nn.softplus(-of_drawn)), weight),
        f"{name}_code": Term(tf.reduce_mean(tf.nn.softplus(of_codes)), weight),
    }


def passing(discriminator: Player, codes: tf.Tensor, options: Options, name: str = "noise_of_codes") -> tf.Tensor:
    """The encoder's term: the cross-entropy of codes [B, n] being drawn from the prior."""
    return tf.reduce_mean(tf.nn.softplus(-discriminator(noisy(codes, options, name))))


def noisy(codes: tf.Tensor, options: Options, name: str) -> tf.Tensor:
    """Codes [B, n] with the noise that steadies a discriminator of codes; each call of a name has its own."""
    if not options.code_noise:
        return codes
    return codes + options.code_noise * draws.rows_of("normal", draws.counted(name), list(codes.shape))
