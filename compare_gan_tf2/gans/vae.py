"""VAE: encoder and decoder trained on the evidence lower bound, for comparison (Kingma and Welling 2014)."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.gans import Ability, Outcome, Player, Stream, Turn
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.runtime.draws import Seed

# Facts, read without importing this file.
MODEL = "variational autoencoder"
HAS_LOGITS = False
NETWORKS = ("decoder", "encoder")
IMPLIES = {"loss": "none", "z_distribution": "normal"}
REQUIRES = {
    "z_distribution": ("normal", "its objective is a divergence from N(0, 1)"),
    "conditional": (False, "it has networks without labels"),
}
ABILITIES = {"encode": (("images",), ""), "generate": (("z",), "images"), "reconstruct": (("images",), "images")}

# Keeps logarithms finite, as in compare_gan.
_EPSILON = 1e-8
# compare_gan had 1 - 1e-8, which is 1 in float32.
_LARGEST = 1.0 - 1e-7


class Gan(BaseGan):
    """One objective for both networks: L = -E[log p(x | z)] + KL(q(z | x) || N(0, 1)), Bernoulli pixels.

    The generator is the decoder; the encoder takes the place of the discriminator. The likelihood is summed over height
    and width and averaged over images and colors, as in compare_gan (so color images get a third of the correct
    weight). disc_iters updates of both networks make a step; the decoder draws from the prior only in evaluation, which
    needs z_distribution=normal.
    """

    def setup(self) -> None:
        """Both networks, images, and noise for the encoder's latents."""
        self.players["generator"] = Player(self.build_generator, "g", self.generators_average())
        self.players["discriminator"] = Player(self.build_discriminator, "d")
        self.streams["images"] = Stream(tf.TensorSpec([None, *self.dataset.image_shape]))
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)
        self.streams["noise"] = Stream(tf.TensorSpec([None, self.options.z_dim]), self._noise)

    def build_generator(self) -> keras.Model:
        """The architecture's decoder."""
        return self.architecture.decoder(self.dataset.image_shape, self.options)

    def build_discriminator(self) -> keras.Model:
        """The architecture's encoder."""
        return self.architecture.encoder(self.dataset.image_shape, self.options)

    def turns(self) -> list[Turn]:
        """disc_iters updates of both."""
        # One optimizer for all in compare_gan; Adam treats every variable by itself, so two of one rate are the same.
        both = ("discriminator", "generator")
        return [Turn(both, self.evidence, f"vae/{i}") for i in range(self.options.disc_iters)]

    def evidence(self, images: tf.Tensor, noise: tf.Tensor) -> Outcome:
        """Both terms of the lower bound, negated."""
        mean, deviation = self.discriminator(images, training=True)
        copies = self.generator(mean + deviation * noise, training=True)
        return {"loss/nll": negative_log_likelihood(images, copies), "loss/kl": divergence(mean, deviation)}

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to give the latents' mean and deviation [B, z_dim] of images, and images' copies by these means."""

        def encode(images: tf.Tensor) -> dict[str, tf.Tensor]:
            mean, deviation = nets["discriminator"](images, training=False)
            return {"mean": mean, "deviation": deviation}

        def reconstruct(images: tf.Tensor) -> tf.Tensor:
            copies: tf.Tensor = nets["generator"](encode(images)["mean"], training=False)
            return copies

        own = {"encode": Ability(encode, ("images",)), "reconstruct": Ability(reconstruct, ("images",), "images")}
        return super().abilities(nets) | own

    def _noise(self, count: int, purpose: str, seed: Seed) -> tf.Tensor:
        return seed.draw("normal", f"{purpose}/noise", [count, self.options.z_dim])


def negative_log_likelihood(images: tf.Tensor, copies: tf.Tensor) -> tf.Tensor:
    """-sum over H, W of log Bernoulli(images | copies), mean over B and C; both [B, H, W, C] in [0, 1] -> scalar."""
    copies = tf.clip_by_value(copies, _EPSILON, _LARGEST)
    log_likelihood = images * tf.math.log(copies) + (1.0 - images) * tf.math.log(1.0 - copies)
    return -tf.reduce_mean(tf.reduce_sum(log_likelihood, axis=[1, 2]))


def divergence(mean: tf.Tensor, deviation: tf.Tensor) -> tf.Tensor:
    """KL(N(mean, deviation^2) || N(0, 1)), summed over the latents, mean over B; both [B, z_dim] -> scalar."""
    variance = tf.square(deviation)
    terms = tf.square(mean) + variance - tf.math.log(_EPSILON + variance) - 1.0
    return tf.reduce_mean(0.5 * tf.reduce_sum(terms, axis=1))
