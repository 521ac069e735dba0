"""LAPGAN: a pyramid of GANs, each of which adds the detail that the next coarser image lacks (Denton et al. 2015)."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.architectures.lapgan import enlarged, shrunk
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Ability, Outcome, Player, Stream, Turn
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.runtime.codes import Codes, Part

# Facts, read without importing this file.
MODEL = "Laplacian pyramid of generative adversarial networks"
HAS_LOGITS = False
NETWORKS = ("pyramid_generator", "pyramid_discriminator")
IMPLIES = {"architecture": "lapgan", "loss": "none"}
REQUIRES = {
    "d_normalization": ("none", "its networks have no normalization"),
    "disc_iters": (1, "its discriminators move once a step"),
    "fake_labels": ("uniform", "a generated image has the label of the real one that it is made from"),
    "latents": ("fresh", "each update has noise and images of its own"),
    "reference": ("none", "compare_gan did not have it"),
}
LEAST_BATCH = 2
ABILITIES = {"generate": (("z",), "images"), "refine": (("images", "z"), "images")}


class Gan(BaseGan):
    """At each level of a pyramid a generator makes the difference between an image and its coarse version.

    The levels have no shared weights; each is trained on real coarse images, all of them in every step. The
    discriminator of a level sees fine images: real ones, and coarse ones with a generated difference. In its update
    every second image of the batch is real, the others provide coarse images. If conditional, each network gets the
    label as an extra channel, the coarsest level as a one-hot vector.
    """

    def setup(self) -> None:
        """Two players that hold a network for each level; images, labels, noise."""
        options = self.options
        if options.batch_size % (2 * options.accumulation_steps):
            raise UserError(
                f"option batch_size is {options.batch_size}; gan=lapgan needs twice as many as the accumulation_steps "
                f"of {options.accumulation_steps}, or a multiple of that: half of the images are judged as real"
            )
        self.players["generator"] = Player(self.build_generator, "g", self.generators_average())
        self.players["discriminator"] = Player(self.build_discriminator, "d")
        self.streams["images"] = Stream(tf.TensorSpec([None, *self.dataset.image_shape]))
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)
        if self.num_classes:
            self.streams["labels"] = Stream(tf.TensorSpec([None], tf.int32))

    def build_generator(self) -> keras.Model:
        """The architecture's generators of all levels."""
        made: keras.Model = self.architecture.pyramid_generator(
            self.dataset.image_shape, self.options, self.num_classes
        )
        return made

    def build_discriminator(self) -> keras.Model:
        """The architecture's discriminators of all levels."""
        made: keras.Model = self.architecture.pyramid_discriminator(
            self.dataset.image_shape, self.options, self.num_classes
        )
        return made

    @property
    def prior(self) -> Codes:
        """Latents of the coarsest level, and noise for every pixel of each finer one, the coarser level first."""
        kind, (first, *pixels) = self.options.z_distribution, self.generator.sizes
        fine = [Part(f"level{len(pixels) - 1 - place}", kind, size) for place, size in enumerate(pixels)]
        return Codes.of_parts(Part("coarsest", kind, first), *fine)

    def turns(self) -> list[Turn]:
        """An update of the discriminators of all levels, then one of the generators on other images."""
        return [Turn(("discriminator",), self.d, "discriminator"), Turn(("generator",), self.g, "generator")]

    def d(self, images: tf.Tensor, z: tf.Tensor, labels: tf.Tensor | None = None) -> Outcome:
        """For each level one cross-entropy over real and generated images, as many of either."""
        # Every second one, for so replicas and microbatches share them as one device has them.
        real, given, z = pyramid(images[::2], self.levels), images[1::2], z[1::2]
        own, asked = (None, None) if labels is None else (labels[::2], labels[1::2])
        fake = self.made(pyramid(given, self.levels), z, asked)
        both = None if own is None or asked is None else tf.concat([own, asked], 0)
        terms = {}
        for level in range(self.levels + 1):
            shown = tf.concat([real[level], tf.stop_gradient(fake[level])], 0)
            with draws.behind_one_another(2):
                of_real, of_fake = tf.split(self.discriminator.judge(level, shown, both, training=True), 2)
            errors = tf.concat([tf.nn.softplus(-of_real), tf.nn.softplus(of_fake)], 0)
            terms[f"loss/d_{level}"] = tf.reduce_mean(errors)
        return terms

    def g(self, images: tf.Tensor, z: tf.Tensor, labels: tf.Tensor | None = None) -> Outcome:
        """For each level the cross-entropy of generated images with the opposite target."""
        fake = self.made(pyramid(images, self.levels), z, labels)
        logits = [self.discriminator.judge(level, each, labels, training=True) for level, each in enumerate(fake)]
        return {f"loss/g_{level}": tf.reduce_mean(tf.nn.softplus(-each)) for level, each in enumerate(logits)}

    @property
    def levels(self) -> int:
        """How many levels there are above the coarsest one."""
        return len(self.generator.sizes) - 1

    def made(self, real: list[tf.Tensor], z: tf.Tensor, labels: tf.Tensor | None) -> list[tf.Tensor]:
        """Images of every level in a training step, each made from the real coarse ones, from the finest on."""
        first, *noises = self.prior.split(z).values()
        found = []
        for level, noise in enumerate(reversed(noises)):
            coarse = enlarged(real[level + 1])
            found.append(coarse + self.generator.difference(level, coarse, noise, labels, training=True))
        return [*found, self.generator.coarsest(first, labels, training=True)]

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to make the finest level of images anew from the next coarser one: what that level adds, by itself."""

        def refine(images: tf.Tensor, z: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
            coarse, noise = enlarged(shrunk(images)), self.prior.split(z)["level0"]
            return tf.clip_by_value(coarse + nets["generator"].difference(0, coarse, noise, labels), 0.0, 1.0)

        takes = ("images", "z", "labels") if self.num_classes else ("images", "z")
        return super().abilities(nets) | {"refine": Ability(refine, takes, "images")}


def pyramid(images: tf.Tensor, levels: int) -> list[tf.Tensor]:
    """Images [B, H, W, C] and their coarser versions, from the finest to the coarsest."""
    found = [images]
    for _ in range(levels):
        found.append(shrunk(found[-1]))
    return found
