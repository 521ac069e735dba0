"""BicycleGAN: many outputs for one input, from latents that an encoder recovers from outputs (Zhu et al. 2017)."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from compare_gan_tf2.gans import Ability, Outcome, Player, Rows, Stream, Term, Turn
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.gans.cyclegan import by_epoch, distance, squared_distance
from compare_gan_tf2.gans.vae_gan import divergence
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.runtime.prior import Prior

# Facts, read without importing this file.
MODEL = "model that translates images in many ways, learned from pairs"
HAS_LOGITS = False
NETWORKS = ("latent_translator", "gaussian_encoder", "multiscale_discriminator")
HONORS = ("epoch_steps", "judges_pairs", "kl_weight", "latent_weight", "pixel_weight")
IMPLIES = {
    "architecture": "bicyclegan", "batch_size": 2, "g_normalization": "none", "initializer": "glorot",
    "learning_rate_decay": 0.5, "loss": "none", "pixel_weight": 10.0, "z_dim": 8, "z_distribution": "normal",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it has networks without labels"),
    "d_normalization": ("none", "its discriminators have instance norm of their own"),
    "disc_iters": (1, "its discriminators move once a step"),
    "g_normalization": ("none", "its translator has instance norm of its own"),
    "reference": ("none", "compare_gan did not have it"),
}
LEAST_BATCH = 2
ABILITIES = {
    "translate": (("input", "z"), "target"), "reconstruct": (("input", "target"), "target"),
    "encode": (("target",), ""),
}  # fmt: skip

DISCRIMINATORS = ("discriminator", "discriminator_random")


class Gan(BaseGan):
    """Targets are reconstructed from their encoded latents, and random latents are recovered from generated images.

    The first half of a batch is translated with encoded and with random latents. The targets of the second half are
    only real images for a second discriminator, which sees translations with random latents. Translator and encoder are
    updated together. Their terms are the squared errors of the discriminators, summed over scales, the KL divergence of
    the encoded latents, the distance of reconstructed targets in [-1, 1], and the distance of recovered latents, which
    has a gradient only for the translator. Then the discriminators are updated, on the same generated images. Adam is
    in the form of PyTorch.
    """

    def setup(self) -> None:
        """Four players, pairs, latents."""
        options, average = self.options, self.generators_average()
        spec = tf.TensorSpec([None, *self.dataset.image_shape])
        self.players["generator"] = Player(self.build_generator, "g", average)
        self.players["encoder"] = Player(self.build_encoder, "g", average)
        for name in DISCRIMINATORS:
            self.players[name] = Player(functools.partial(self.build_multiscale_discriminator, name), "d")
        self.streams |= {"input": Stream(spec), "target": Stream(spec), "z": Stream(self.prior.spec, self.prior.rows)}
        self.optimizers = {
            side: by_epoch(said, options.epoch_steps, options.training_steps) for side, said in self.optimizers.items()
        }

    @property
    def prior(self) -> Prior:
        """Of the latents."""
        return Prior.of(self.options, self.options.z_dim)

    def build_generator(self) -> keras.Model:
        """From inputs and latents to targets."""
        made: keras.Model = self.architecture.latent_translator(self.dataset.image_shape, self.options, "generator")
        return made

    def build_encoder(self) -> keras.Model:
        """From targets to latents."""
        made: keras.Model = self.architecture.gaussian_encoder(self.dataset.image_shape, self.options, "encoder")
        return made

    def build_multiscale_discriminator(self, name: str) -> keras.Model:
        """Of images, or of pairs as channels of one."""
        height, width, colors = self.dataset.image_shape
        shape = (height, width, 2 * colors if self.options.judges_pairs else colors)
        made: keras.Model = self.architecture.multiscale_discriminator(shape, self.options, name)
        return made

    def turns(self) -> list[Turn]:
        """Translator and encoder, then both discriminators."""
        return [
            Turn(("generator", "encoder"), self.g, "pairs", hands=("made",)),
            Turn(DISCRIMINATORS, self.d, "discriminators", reads="pairs"),
        ]

    def g(self, input: tf.Tensor, target: tf.Tensor) -> Outcome:  # noqa: A002 (the name of the stream)
        """What translator and encoder descend on, and what was made of read latents, then of drawn ones."""
        options, half = self.options, input.shape[0] // 2
        inputs, targets = input[:half], target[:half]
        generator, encoder = self.players["generator"], self.players["encoder"]
        mean, log_variance = encoder(targets)
        noise = draws.rows_of("normal", "noise", list(mean.shape))
        z = draws.rows_of(options.z_distribution, "z", list(mean.shape))
        of_read = generator(inputs, mean + tf.exp(0.5 * log_variance) * noise)
        of_drawn = generator(inputs, z)
        read_again, _ = encoder(of_drawn)
        # The authors' sum over the batch, whatever its size.
        rows = options.batch_size // 2
        return {
            "loss/g": squares(self.judged("discriminator", inputs, of_read), 1.0),
            "loss/g_random": Term(
                squares(self.judged("discriminator_random", inputs, of_drawn), 1.0), only=("generator",)
            ),
            "loss/l1": Term(distance(of_read, targets), options.pixel_weight),
            "loss/kl": Term(divergence(mean, log_variance), options.kl_weight * rows, only=("encoder",)),
            "loss/latent": Term(apart(read_again, z), options.latent_weight, only=("generator",)),
            "made": Rows(tf.concat([of_read, of_drawn], 0)),
        }

    def d(self, input: tf.Tensor, target: tf.Tensor, made: tf.Tensor) -> Outcome:  # noqa: A002
        """Each discriminator's squared distances to 1 and 0, of its half of the targets."""
        half, terms = input.shape[0] // 2, dict[str, Term]()
        for name, rows in zip(DISCRIMINATORS, (slice(None, half), slice(half, None)), strict=True):
            real = squares(self.judged(name, input[rows], target[rows]), 1.0)
            fake = squares(self.judged(name, input[:half], made[rows]), 0.0)
            terms[f"loss/{name.replace('discriminator', 'd')}"] = Term(real + fake, only=(name,))
        return terms

    def judged(self, name: str, inputs: tf.Tensor, images: tf.Tensor) -> list[tf.Tensor]:
        """What a discriminator says of images, by size."""
        found: list[tf.Tensor] = self.players[name](
            tf.concat([inputs, images], -1) if self.options.judges_pairs else images
        )
        return found

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """To translate with latents that are drawn, or with those of a target; to give latents and their deviation."""

        def encode(targets: tf.Tensor) -> dict[str, tf.Tensor]:
            mean, log_variance = nets["encoder"](targets, training=False)
            return {"mean": mean, "deviation": tf.exp(0.5 * log_variance)}

        def translate(inputs: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
            made: tf.Tensor = nets["generator"](inputs, z, training=False)
            return made

        return {
            "translate": Ability(translate, ("input", "z"), "target"),
            "reconstruct": Ability(
                lambda inputs, targets: translate(inputs, encode(targets)["mean"]), ("input", "target"), "target"
            ),
            "encode": Ability(encode, ("target",)),
        }


def squares(maps: Sequence[tf.Tensor], target: float) -> tf.Tensor:
    """Mean squared distances of maps [B, h, w, 1] of several sizes from a target, summed."""
    return tf.add_n([squared_distance(each, target) for each in maps])


def apart(codes: tf.Tensor, others: tf.Tensor) -> tf.Tensor:
    """Mean absolute difference."""
    return tf.reduce_mean(tf.abs(codes - others))
