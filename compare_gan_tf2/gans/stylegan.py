"""StyleGAN: styles of two latents mixed, logistic losses, R1 in every step, networks that grow (Karras et al. 2019)."""

from __future__ import annotations

import functools
from collections.abc import Callable

import keras
import tensorflow as tf

from compare_gan_tf2.architectures.pggan import GrowingDiscriminator
from compare_gan_tf2.architectures.stylegan import AdainGenerator
from compare_gan_tf2.gans import Outcome, Stream, Term, Turn, style_mixing
from compare_gan_tf2.gans.growing import GrowingGan, fade_at, slope_squares
from compare_gan_tf2.options.growing import Level

# Facts, read without importing this file.
HAS_LOGITS = False
NETWORKS = ("adain_generator", "blurring_discriminator")
HONORS = (
    "g_conditioning", "growing_batch_sizes", "growing_fade_kimg", "growing_from", "growing_rates",
    "growing_stable_kimg", "mapping_layers", "r1_gamma", "style_mixing",
)  # fmt: skip
IMPLIES = {
    "architecture": "stylegan", "beta1": 0.0, "beta2": 0.99, "d_conditioning": "projection", "d_learning_rate": 0.001,
    "g_conditioning": "concatenation", "g_learning_rate": 0.001, "g_normalization": "none", "growing_from": 8,
    "judge": "apart", "loss": "none", "z_distribution": "normal",
}  # fmt: skip
REQUIRES = {
    "d_conditioning": ("projection", "its discriminator has a logit for every class"),
    "d_normalization": ("none", "its discriminator has no place for one"),
    "d_weight_normalization": ("none", "its kernels are scaled already"),
    "disc_iters": (1, "its discriminator moves once a step"),
    "g_conditioning": ("concatenation", "its mapping gets labels with the latents"),
    "g_normalization": ("none", "its generator is normalized by instance"),
    "g_weight_normalization": ("none", "its kernels are scaled already"),
    "initializer": ("normal", "all its kernels are drawn from N(0, 1) and scaled in every call"),
    "initializer_stddev": (0.02, "it would have no effect on kernels that are drawn from N(0, 1)"),
    "judge": ("apart", "real and generated images are compared with their own kind"),
    "latents": ("fresh", "each of its updates has latents of its own"),
    "reference": ("none", "compare_gan did not have it"),
    "z_distribution": ("normal", "its latents are brought to one length"),
}


class Gan(GrowingGan):
    """One update of the discriminator with R1, then one of the generator, of latents and labels of its own.

    Both are of non-saturating logistic losses; slopes are of images in [-1, 1] of the largest side, whatever the level.
    """

    def setup(self) -> None:
        """As all that grow, and a second set of latents whose styles are mixed in."""
        super().setup()
        if self.options.style_mixing:
            self.streams["other_z"] = Stream(self.prior.spec, style_mixing.other_latents(self.prior))
            self.streams["mixing"] = style_mixing.stream()

    def build_generator(self) -> keras.Model:
        """Mapping and synthesis."""
        made: AdainGenerator = self.architecture.adain_generator(
            self.dataset.image_shape, self.options, self.num_classes
        )
        return made

    def build_discriminator(self) -> keras.Model:
        """The discriminator, which compares images of a batch."""
        made: GrowingDiscriminator = self.architecture.blurring_discriminator(
            self.dataset.image_shape, self.options, self.num_classes
        )
        return made

    def level_turns(self, level: Level, when: Callable[[int], bool]) -> list[Turn]:
        """The discriminator's update, and the generator's."""
        return [
            Turn(("discriminator",), functools.partial(self.d, level), "discriminator", rows=level.batch, whole=True,
                 when=when),
            Turn(("generator",), functools.partial(self.g, level), "generator", rows=level.batch, whole=True,
                 when=when),
        ]  # fmt: skip

    def d(
        self,
        level: Level,
        images: tf.Tensor,
        z: tf.Tensor,
        step: tf.Tensor,
        labels: tf.Tensor | None = None,
        other_z: tf.Tensor | None = None,
        mixing: tf.Tensor | None = None,
    ) -> Outcome:
        """-log D(x) - log(1 - D(G(z))), and R1; generated images are asked for with the labels of the real ones."""
        real, fade = self.real(level, images, step), fade_at(level, step)
        fake = tf.stop_gradient(self._generated(level, z, labels, other_z, mixing, fade))
        with tf.GradientTape() as tape:
            tape.watch(real)
            of_real = self._logits(level, real, labels, fade)
        slopes = tape.gradient(of_real, real)
        of_fake = self._logits(level, fake, labels, fade)
        terms = {
            "loss/d_fake": Term(tf.reduce_mean(tf.nn.softplus(of_fake))),
            "loss/d_real": Term(tf.reduce_mean(tf.nn.softplus(-of_real))),
        }
        if self.options.r1_gamma:
            terms["loss/r1"] = Term(tf.reduce_mean(slope_squares(level, slopes)), self.options.r1_gamma / 2.0)
        return terms

    def g(
        self,
        level: Level,
        z: tf.Tensor,
        step: tf.Tensor,
        labels: tf.Tensor | None = None,
        other_z: tf.Tensor | None = None,
        mixing: tf.Tensor | None = None,
    ) -> Outcome:
        """-log D(G(z)); labels are those of rows that are drawn for it alone."""
        fade = fade_at(level, step)
        fake = self._generated(level, z, labels, other_z, mixing, fade)
        return {"loss/g": tf.reduce_mean(tf.nn.softplus(-self._logits(level, fake, labels, fade)))}

    def _generated(
        self,
        level: Level,
        z: tf.Tensor,
        labels: tf.Tensor | None,
        other_z: tf.Tensor | None,
        mixing: tf.Tensor | None,
        fade: tf.Tensor | None,
    ) -> tf.Tensor:
        """Images [B, S, S, C] around [-1, 1] of a level's side; styles are mixed among the layers that it has."""
        network = self.players["generator"].network
        ws = network.for_layers(network.mapped(z, training=True, labels=labels))
        if other_z is not None and mixing is not None:
            ws = style_mixing.mixed(
                network, ws, other_z, mixing, labels, how_often=self.options.style_mixing,
                layers=network.styles - 2 * level.level,
            )  # fmt: skip
        images: tf.Tensor = network.synthesized(ws, level.level, fade, training=True)
        return images

    def _logits(self, level: Level, images: tf.Tensor, labels: tf.Tensor | None, fade: tf.Tensor | None) -> tf.Tensor:
        """Of images around [-1, 1], float32 [B, 1]."""
        network = self.players["discriminator"].network
        outputs, _ = network.judged(images, level.level, fade)
        logits: tf.Tensor = network.logits(outputs, labels)
        return logits
