"""ClusterGAN: latents are noise and a cluster; an encoder recovers both from images (Mukherjee et al. 2019)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.architectures import joint
from compare_gan_tf2.gans import Ability, Outcome, Player, Stream, Term, Turn
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.runtime import layer_state
from compare_gan_tf2.runtime.codes import Codes, Part
from compare_gan_tf2.runtime.draws import Seed

# Facts, read without importing this file.
MODEL = "generative adversarial network that clusters"
HAS_LOGITS = False
COMPARES_RECONSTRUCTIONS = False
HONORS = ("cluster_weight", "clusters", "noise_scale", "noise_weight")
IMPLIES = {
    "beta2": 0.9, "clusters": 10, "d_learning_rate": 1e-4, "disc_iters": 5, "g_learning_rate": 1e-4, "judge": "apart",
    "loss": "none", "z_dim": 30, "z_distribution": "normal",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it finds clusters without labels"),
    "judge": ("apart", "its discriminator sees real and generated images one kind after the other"),
    "latents": ("fresh", "its generator has latents of its own"),
    "reference": ("none", "compare_gan did not have it"),
    "z_distribution": ("normal", "the noise beside its clusters is normal"),
}
ABILITIES = {
    "classify": (("images",), ""), "encode": (("images",), ""), "generate": (("z",), "images"),
    "reconstruct": (("images",), "images"),
}  # fmt: skip

_SLOPE_WEIGHT = 10.0
# Where a slope is 0, that of its square root would be infinite.
_SMALLEST_SQUARE = 1e-12


class Gan(BaseGan):
    """WGAN-GP on latents (noise, cluster), and an encoder that learns with the generator to find both in images.

    The discriminator's outputs are low for real images, as in the original code. The gradient penalty is at one point
    between each real and generated image, with the same weight for the whole batch. The encoder is not trained on real
    images. z_dim is the length of the noise; the cluster, one of `clusters`, follows as a one-hot vector.
    """

    def setup(self) -> None:
        """Three players, images, latents, and the share of the way from generated to real images."""
        average = self.generators_average()
        self.players["generator"] = Player(self.build_generator, "g", average)
        self.players["encoder"] = Player(self.build_encoder, "g", average)
        self.players["discriminator"] = Player(self.build_discriminator, "d")
        self.streams["images"] = Stream(tf.TensorSpec([None, *self.dataset.image_shape]))
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)
        self.streams["share"] = Stream(tf.TensorSpec([None, 1, 1, 1]), _share)

    @property
    def prior(self) -> Codes:
        """Noise, and a cluster."""
        options = self.options
        noise = Part("noise", "normal", options.z_dim, scale=options.noise_scale)
        return Codes.of_parts(noise, Part("cluster", "categorical", options.clusters))

    def build_generator(self) -> keras.Model:
        """The architecture's, of latents with a cluster."""
        options = dataclasses.replace(self.options, z_dim=self.prior.length)
        made: keras.Model = self.architecture.generator(self.dataset.image_shape, options, 0)
        return made

    def build_encoder(self) -> keras.Model:
        """What finds latents: the architecture's encoder of codes, or one of its discriminator's layers."""
        return joint.code_encoder(self.architecture, self.dataset.image_shape, self.options, self.prior.length)

    def turns(self) -> list[Turn]:
        """disc_iters updates of the discriminator, then one of generator and encoder, which reads no images."""
        d = [Turn(("discriminator",), self.d, f"discriminator/{i}") for i in range(self.options.disc_iters)]
        return [*d, Turn(("generator", "encoder"), self.g_and_e, "generator")]

    def d(self, images: tf.Tensor, z: tf.Tensor, share: tf.Tensor) -> Outcome:
        """Logits low of real images, high of generated ones, and slopes of 1 between them."""
        fakes = tf.stop_gradient(self.players["generator"](z))
        real, fake = self.judged(images), self.judged(fakes)
        slopes = self.slopes(share * images + (1.0 - share) * fakes)
        return {
            "loss/d": tf.reduce_mean(real) - tf.reduce_mean(fake),
            "loss/d_slope": Term(tf.reduce_mean(tf.square(slopes - 1.0)), _SLOPE_WEIGHT),
        }

    def g_and_e(self, z: tf.Tensor) -> Outcome:
        """The game, which is the generator's, and both parts of the latents, found again in its images."""
        fakes = self.players["generator"](z)
        found, meant = self.prior.split(self.players["encoder"](fakes)), self.prior.split(z)
        clusters = tf.nn.softmax_cross_entropy_with_logits(meant["cluster"], found["cluster"])
        errors = tf.math.squared_difference(found["noise"], meant["noise"])
        return {
            "loss/g": Term(tf.reduce_mean(self.judged(fakes)), only=("generator",)),
            "loss/noise": Term(tf.reduce_mean(errors), self.options.noise_weight),
            "loss/cluster": Term(tf.reduce_mean(clusters), self.options.cluster_weight),
        }

    def judged(self, images: tf.Tensor) -> tf.Tensor:
        """Logits [B, 1] of images, in a training step."""
        logits, _ = self.players["discriminator"](images)
        return logits

    def slopes(self, images: tf.Tensor) -> tf.Tensor:
        """The discriminator's slope [B] at each image."""
        with layer_state.quiet(), tf.GradientTape() as tape:
            tape.watch(images)
            logits = self.judged(images)
        squares = tf.reduce_sum(tf.square(tape.gradient(logits, images)), axis=[1, 2, 3])
        return tf.sqrt(_SMALLEST_SQUARE + squares)

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to find latents in images, to cluster these, and to make images again of what was found.

        `encode` gives float32 [B, z_dim + clusters]: noise, and the probabilities of clusters. `classify` gives these
        probabilities alone, [B, clusters]. `reconstruct` takes the noise and the likeliest cluster.
        """
        prior = self.prior

        def encode(images: tf.Tensor) -> tf.Tensor:
            found = prior.split(nets["encoder"](images, training=False))
            return prior.join(found | {"cluster": tf.nn.softmax(found["cluster"])})

        def classify(images: tf.Tensor) -> tf.Tensor:
            return prior.split(encode(images))["cluster"]

        def reconstruct(images: tf.Tensor) -> tf.Tensor:
            found = encode(images)
            z = prior.with_part(found, "cluster", prior.classes(found, "cluster"))
            copies: tf.Tensor = nets["generator"](z, training=False)
            return copies

        return super().abilities(nets) | {
            "classify": Ability(classify, ("images",)),
            "encode": Ability(encode, ("images",)),
            "reconstruct": Ability(reconstruct, ("images",), "images"),
        }


def _share(count: int, purpose: str, seed: Seed) -> tf.Tensor:
    """One share in [0, 1) for a whole batch, float32 [count, 1, 1, 1]."""
    return tf.repeat(seed.draw("unit", f"{purpose}/share", [1, 1, 1, 1]), count, axis=0)
