"""CoGAN: learns corresponding images of two domains without pairs, by shared layers (Liu and Tuzel 2016)."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.architectures import coupled
from compare_gan_tf2.gans import Ability, Outcome, Player, Stream, Turn
from compare_gan_tf2.gans.base import BaseGan

# Facts, read without importing this file.
MODEL = "coupled generative adversarial network"
HAS_LOGITS = False
HONORS = ("own_layers",)
IMPLIES = {"beta1": 0.5, "judge": "apart", "l2_in_gradient": 5e-4, "loss": "none", "z_distribution": "normal"}
REQUIRES = {
    "conditional": (False, "it has networks without labels"),
    "embed_z": (False, "its generators share the first layers of a chain, which begins with the latents"),
    "hierarchical_z": (False, "its generators share the first layers of a chain, which begins with the latents"),
    "judge": ("apart", "a call of its discriminator has images of both domains, real or generated"),
    "latents": ("fresh", "each update has latents of its own"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {"generate": (("z",), "a"), "generate_b": (("z",), "b")}


class Gan(BaseGan):
    """Generators of two domains share their first layers, discriminators their last: the same latents give a pair.

    The shared layers determine the content of both images; no pairs are used in training. The discriminator has one
    cross-entropy over the images of both domains. The authors used a softmax over two outputs, which equals the sigmoid
    of their difference.
    """

    def setup(self) -> None:
        """Two players, each of two domains; images of both, and latents."""
        self.players["generator"] = Player(self.build_generator, "g", self.generators_average())
        self.players["discriminator"] = Player(self.build_discriminator, "d")
        for domain in coupled.DOMAINS:
            self.streams[domain] = Stream(tf.TensorSpec([None, *self.dataset.image_shape]), source=domain)
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)

    def build_generator(self) -> keras.Model:
        """The architecture's, of which each domain has its own last layers."""
        return coupled.coupled_generator(self.architecture, self.dataset.image_shape, self.options)

    def build_discriminator(self) -> keras.Model:
        """The architecture's, of which each domain has its own first layers."""
        return coupled.coupled_discriminator(self.architecture, self.dataset.image_shape, self.options)

    def turns(self) -> list[Turn]:
        """disc_iters updates of the discriminators, one of the generators."""
        d = [Turn(("discriminator",), self.d, f"discriminator/{i}") for i in range(self.options.disc_iters)]
        return [*d, Turn(("generator",), self.g, "generator")]

    def d(self, a: tf.Tensor, b: tf.Tensor, z: tf.Tensor) -> Outcome:
        """Cross-entropy of real images of both domains, and of generated ones."""
        fakes = tf.stop_gradient(self.generated(z))
        real, fake = self.judged(tf.concat([a, b], 0)), self.judged(fakes)
        return {
            "loss/d_real": tf.reduce_mean(tf.nn.softplus(-real)),
            "loss/d_fake": tf.reduce_mean(tf.nn.softplus(fake)),
        }

    def g(self, z: tf.Tensor) -> Outcome:
        """Cross-entropy of generated images of both domains with the opposite target."""
        return {"loss/g": tf.reduce_mean(tf.nn.softplus(-self.judged(self.generated(z))))}

    def generated(self, z: tf.Tensor) -> tf.Tensor:
        """Images [2B, H, W, C] of latents [B, Z] in a training step: those of domain a, then those of b."""
        images: tf.Tensor = self.players["generator"](z, domain=coupled.BOTH)
        return images

    def judged(self, images: tf.Tensor) -> tf.Tensor:
        """Logits [2B, 1] of images of both domains in a training step."""
        logits, _ = self.players["discriminator"](images, domain=coupled.BOTH)
        return logits

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """To generate images of either domain; those of the same latents belong together."""

        def generate(z: tf.Tensor) -> tf.Tensor:
            images: tf.Tensor = nets["generator"](z, training=False)
            return images

        def generate_b(z: tf.Tensor) -> tf.Tensor:
            images: tf.Tensor = nets["generator"](z, training=False, domain="b")
            return images

        return {"generate": Ability(generate, ("z",), "a"), "generate_b": Ability(generate_b, ("z",), "b")}
