"""pix2pix: a translator learned from pairs, with a discriminator of pairs and a pixel loss (Isola et al. 2017)."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.gans import Ability, Outcome, Player, Stream, Term, Turn
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.gans.cyclegan import by_epoch, distance
from compare_gan_tf2.gans.random_inputs import seeds
from compare_gan_tf2.runtime.row_seeds import seeded

# Facts, read without importing this file.
MODEL = "model that translates images, learned from pairs"
HAS_LOGITS = False
NETWORKS = ("translator", "pair_discriminator")
HONORS = ("epoch_steps", "pixel_weight")
IMPLIES = {
    "architecture": "unet", "batch_size": 1, "d_normalization": "instance", "g_normalization": "instance",
    "learning_rate_decay": 0.5, "loss": "none", "pixel_weight": 100.0,
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it has networks without labels"),
    "disc_iters": (1, "its discriminator moves once a step"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {"translate": (("input", "seed"), "target")}


class Gan(BaseGan):
    """The discriminator separates pairs of an input and its target from pairs of an input and its translation.

    It is updated first, on the mean of both cross-entropies. Then the translator is updated, on the adversarial loss
    and the mean absolute difference from the target, of pixels in [-1, 1]. Adam is in the form of PyTorch. The only
    noise is dropout, for images of 64 pixels or more; a trained model uses dropout only with a seed.
    """

    def setup(self) -> None:
        """Two players, and pairs."""
        options, spec = self.options, tf.TensorSpec([None, *self.dataset.image_shape])
        self.players["generator"] = Player(self.build_generator, "g", self.generators_average())
        self.players["discriminator"] = Player(self.build_discriminator, "d")
        self.streams |= {"input": Stream(spec), "target": Stream(spec), "seed": seeds()}
        self.optimizers = {
            side: by_epoch(said, options.epoch_steps, options.training_steps) for side, said in self.optimizers.items()
        }

    def build_generator(self) -> keras.Model:
        """From inputs to targets."""
        made: keras.Model = self.architecture.translator(self.dataset.image_shape, self.options, "generator")
        return made

    def build_discriminator(self) -> keras.Model:
        """Of pairs."""
        shape = self.dataset.image_shape
        made: keras.Model = self.architecture.pair_discriminator(shape, self.options, "discriminator")
        return made

    def turns(self) -> list[Turn]:
        """The discriminator, then the translator, on the same pairs and with the same dropout."""
        return [
            Turn(("discriminator",), self.d, "pairs"),
            Turn(("generator",), self.g, "pairs"),
        ]

    def d(self, input: tf.Tensor, target: tf.Tensor) -> Outcome:  # noqa: A002 (the name of the stream)
        """Half the cross-entropy of true pairs and half that of translated ones, means over patches."""
        fake = self.judged(input, self.players["generator"](input))
        return {
            "loss/d_fake": Term(tf.reduce_mean(tf.nn.softplus(fake)), 0.5),
            "loss/d_real": Term(tf.reduce_mean(tf.nn.softplus(-self.judged(input, target))), 0.5),
        }

    def g(self, input: tf.Tensor, target: tf.Tensor) -> Outcome:  # noqa: A002
        """What the translator descends on."""
        fake = self.players["generator"](input)
        return {
            "loss/g": tf.reduce_mean(tf.nn.softplus(-self.judged(input, fake))),
            "loss/l1": Term(distance(fake, target), self.options.pixel_weight),
        }

    def judged(self, inputs: tf.Tensor, others: tf.Tensor) -> tf.Tensor:
        """Logits [B, h, w, 1] of pairs, in training mode."""
        logits: tf.Tensor = self.players["discriminator"](tf.concat([inputs, others], -1))
        return logits

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """To translate inputs."""
        return {"translate": Ability(functools.partial(self.translate, nets=nets), ("input", "seed"), "target")}

    def translate(
        self, images: tf.Tensor, seed: tf.Tensor | None = None, *, nets: Mapping[str, keras.Model] | None = None
    ) -> tf.Tensor:
        """Inputs as targets.

        Args:
            images: float32 [B, H, W, C] in [0, 1].
            seed: int64 [B], of the dropout of each; None drops nothing.
            nets: networks by the names of the players; None takes those that scores are about.

        Returns:
            float32 of the same shape and range.
        """
        with seeded(seed):
            made: tf.Tensor = (nets or self.evaluated())["generator"](images, training=False)
        return made
