"""BiGAN: an encoder learns to invert the generator; the discriminator sees image-code pairs (Donahue et al. 2017)."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.architectures import joint
from compare_gan_tf2.gans import Ability, Outcome, Player, Stream, Term, Turn
from compare_gan_tf2.gans.base import BaseGan

# Facts, read without importing this file.
MODEL = "bidirectional generative adversarial network"
HAS_LOGITS = False
COMPARES_RECONSTRUCTIONS = False
IMPLIES = {"judge": "apart", "l2_in_gradient": 2.5e-5, "loss": "none"}
REQUIRES = {
    "conditional": (False, "it has networks without labels"),
    "disc_iters": (1, "its networks are all updated at once"),
    "judge": ("apart", "both kinds of pairs are judged with batch statistics of their own"),
    "latents": ("fresh", "its networks are all updated at once, on the same latents"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {"encode": (("images",), ""), "generate": (("z",), "images"), "reconstruct": (("images",), "images")}


class Gan(BaseGan):
    """The discriminator separates pairs (x, E(x)) of real images from pairs (G(z), z) of generated images.

    Generator, encoder and discriminator are updated together, from the same weights: the discriminator on the
    cross-entropy of both kinds of pairs, encoder and generator each on its own kind with the opposite target. Every
    term is halved. The encoder's outputs e are mapped to the prior's support: E(x) = 2 sigmoid(e) - 1 for the uniform
    prior.

    Attributes:
        weight: of each term.
        code_parts: how many numbers the encoder gives for each number of a code.
        encoder_side: name of the optimizer that moves the encoder.
    """

    weight = 0.5
    code_parts = 1
    encoder_side = "g"

    def setup(self) -> None:
        """Three players, images and latents."""
        average = self.generators_average()
        self.players["generator"] = Player(self.build_generator, "g", average)
        self.players["encoder"] = Player(self.build_encoder, self.encoder_side, average)
        self.players["discriminator"] = Player(self.build_discriminator, "d")
        self.streams["images"] = Stream(tf.TensorSpec([None, *self.dataset.image_shape]))
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)

    def build_encoder(self) -> keras.Model:
        """What gives codes: the architecture's own, or one of its discriminator's layers."""
        units = self.code_parts * self.prior.length
        return joint.code_encoder(self.architecture, self.dataset.image_shape, self.options, units)

    def build_discriminator(self) -> keras.Model:
        """What judges pairs: the architecture's own, or one of its discriminator's layers."""
        return joint.joint_discriminator(self.architecture, self.dataset.image_shape, self.options, self.prior.length)

    def turns(self) -> list[Turn]:
        """One update of all three."""
        return [Turn(("generator", "encoder", "discriminator"), self.pairs, "pairs")]

    def pairs(self, images: tf.Tensor, z: tf.Tensor) -> Outcome:
        """Every network's terms on pairs of both kinds."""
        real, fake = self.judged(images, self.drawn_codes(images), self.players["generator"](z), z)
        sides = {
            # What is wanted of a pair, and who wants it.
            "loss/d_real": (tf.nn.softplus(-real), "discriminator"),
            "loss/d_fake": (tf.nn.softplus(fake), "discriminator"),
            "loss/e": (tf.nn.softplus(real), "encoder"),
            "loss/g": (tf.nn.softplus(-fake), "generator"),
        }
        return {name: Term(tf.reduce_mean(each), self.weight, only=(who,)) for name, (each, who) in sides.items()}

    def judged(
        self, images: tf.Tensor, codes: tf.Tensor, fakes: tf.Tensor, z: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Logits [B, 1] of (images, codes) and of (fakes, z), each kind with batch statistics of its own."""
        discriminator = self.players["discriminator"]
        return discriminator(images, codes), discriminator(fakes, z)

    def drawn_codes(self, images: tf.Tensor) -> tf.Tensor:
        """Codes [B, Z] of images, in a training step."""
        return self.code(self.players["encoder"](images))

    def code(self, encoded: tf.Tensor) -> tf.Tensor:
        """The encoder's outputs as codes [B, Z] in the support of the prior."""
        if self.prior.bounds is None:
            return encoded
        low, high = self.prior.bounds
        return low + (high - low) * tf.sigmoid(encoded)

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to give codes of images, and what the generator makes of these."""
        encode = Ability(lambda images: self.encode(images, nets), ("images",))
        reconstruct = Ability(lambda images: self.reconstruct(images, nets), ("images",), "images")
        return super().abilities(nets) | {"encode": encode, "reconstruct": reconstruct}

    def encode(self, images: tf.Tensor, nets: Mapping[str, keras.Model] | None = None) -> tf.Tensor:
        """Codes of images.

        Args:
            images: float32 [B, H, W, C] in [0, 1].
            nets: networks by the names of the players; None takes those that scores are about.

        Returns:
            float32 [B, z_dim], in the support of the prior.
        """
        return self.code((nets or self.evaluated())["encoder"](images, training=False))

    def reconstruct(self, images: tf.Tensor, nets: Mapping[str, keras.Model] | None = None) -> tf.Tensor:
        """What the generator makes of the images' codes; arguments as of `encode`, shape and range of `images`."""
        nets = nets or self.evaluated()
        return nets["generator"](self.encode(images, nets), training=False)
