"""PGGAN: networks that grow during training, with WGAN-GP's objective and a drift penalty (Karras et al. 2018)."""

from __future__ import annotations

import functools
from collections.abc import Callable

import keras
import tensorflow as tf

from compare_gan_tf2.architectures.growing_discriminators import GrowingDiscriminator
from compare_gan_tf2.architectures.pggan import GrowingGenerator
from compare_gan_tf2.gans import Outcome, Term, Turn, class_losses
from compare_gan_tf2.gans.growing import GrowingGan, fade_at, slope_squares
from compare_gan_tf2.options.growing import Level
from compare_gan_tf2.runtime import draws

# Facts, read without importing this file.
HAS_LOGITS = False
NETWORKS = ("growing_generator", "growing_discriminator")
HONORS = (
    "drift_weight", "g_conditioning", "growing_batch_sizes", "growing_fade_kimg", "growing_from", "growing_rates",
    "growing_stable_kimg", "slope_target", "slope_weight",
)  # fmt: skip
IMPLIES = {
    "architecture": "pggan", "beta1": 0.0, "beta2": 0.99, "d_conditioning": "none", "d_learning_rate": 0.001,
    "ema_decay": 0.999, "g_conditioning": "concatenation", "g_learning_rate": 0.001, "g_normalization": "none",
    "growing_from": 4, "judge": "apart", "loss": "none", "z_dim": 512, "z_distribution": "normal",
}  # fmt: skip
IMPLIES_OF_CONDITIONAL = {"fake_labels": "data"}
REQUIRES = {
    "d_conditioning": ("none", "its discriminator tells classes, which it must not be shown"),
    "d_normalization": ("none", "its discriminator has no place for one"),
    "d_weight_normalization": ("none", "its kernels are scaled already"),
    "disc_iters": (1, "its discriminator moves once a step"),
    "g_conditioning": ("concatenation", "its generator gets labels with its latents"),
    "g_normalization": ("none", "its generator is normalized by pixel"),
    "g_weight_normalization": ("none", "its kernels are scaled already"),
    "initializer": ("normal", "all its kernels are drawn from N(0, 1) and scaled in every call"),
    "initializer_stddev": (0.02, "it would have no effect on kernels that are drawn from N(0, 1)"),
    "judge": ("apart", "real and generated images are compared with their own kind"),
    "label_fraction": (1.0, "generated images are asked for with the labels of real ones"),
    "labels_per_class": (0, "generated images are asked for with the labels of real ones"),
    "latents": ("fresh", "each of its updates has latents of its own"),
    "reference": ("none", "compare_gan did not have it"),
    "z_distribution": ("normal", "its latents are brought to one length"),
}
TELLS_CLASSES = True

# Below a root whose slope at 0 would be infinite.
_TINY = 1e-12


class Gan(GrowingGan):
    """One update of the discriminator, then one of the generator with its own latents and labels.

    With a critic D, the discriminator's objective is D(G(z)) - D(x), the gradient penalty between real and generated
    images with target norm slope_target, and drift_weight D(x)^2; the generator's objective is -D(G(z)). With labels
    the discriminator also predicts the classes of both kinds of images (ACGAN), and the generator learns to make them
    predictable. Gradients are for pixels in [-1, 1] at full size, at every level.
    """

    def build_generator(self) -> keras.Model:
        """Pixel norm, and colors for every side."""
        made: GrowingGenerator = self.architecture.growing_generator(
            self.dataset.image_shape, self.options, self.num_classes
        )
        return made

    def build_discriminator(self) -> keras.Model:
        """The generator's mirror image, which compares images of a batch."""
        made: GrowingDiscriminator = self.architecture.growing_discriminator(
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
        self, level: Level, images: tf.Tensor, z: tf.Tensor, step: tf.Tensor, labels: tf.Tensor | None = None
    ) -> Outcome:
        """The critic's objective; generated images are asked for with the labels of the real ones."""
        real, fade = self.real(level, images, step), fade_at(level, step)
        fake = tf.stop_gradient(self._generated(level, z, labels, fade))
        of_real, of_fake = self._judged(level, real, fade), self._judged(level, fake, fade)
        options, target = self.options, self.options.slope_target
        norms = tf.sqrt(slope_squares(level, self._slopes(level, real, fake, fade)) + _TINY)
        terms = {
            "loss/d_fake": Term(tf.reduce_mean(of_fake[:, 0])),
            "loss/d_real": Term(-tf.reduce_mean(of_real[:, 0])),
            "loss/slopes": Term(tf.reduce_mean(tf.square(norms - target)), options.slope_weight / target**2),
            "loss/drift": Term(tf.reduce_mean(tf.square(of_real[:, 0])), options.drift_weight),
        }
        if labels is not None:
            terms["loss/d_class_real"] = Term(self._class_loss(of_real, labels))
            terms["loss/d_class_fake"] = Term(self._class_loss(of_fake, labels))
        return terms

    def g(self, level: Level, z: tf.Tensor, step: tf.Tensor, labels: tf.Tensor | None = None) -> Outcome:
        """-D(G(z)); labels are those of rows that are drawn for it alone."""
        fade = fade_at(level, step)
        of_fake = self._judged(level, self._generated(level, z, labels, fade), fade)
        terms = {"loss/g": Term(-tf.reduce_mean(of_fake[:, 0]))}
        if labels is not None:
            terms["loss/g_class"] = Term(self._class_loss(of_fake, labels))
        return terms

    def _generated(self, level: Level, z: tf.Tensor, labels: tf.Tensor | None, fade: tf.Tensor | None) -> tf.Tensor:
        """Images [B, S, S, C] around [-1, 1] of a level's side."""
        images: tf.Tensor = self.players["generator"].network.synthesized(z, labels, level.level, fade)
        return images

    def _judged(self, level: Level, images: tf.Tensor, fade: tf.Tensor | None) -> tf.Tensor:
        """Scores, and behind them logits of classes: [B, 1 + classes]."""
        outputs, _ = self.players["discriminator"].network.judged(images, level.level, fade)
        return outputs

    def _slopes(self, level: Level, real: tf.Tensor, fake: tf.Tensor, fade: tf.Tensor | None) -> tf.Tensor:
        """Of the scores, by images between real and generated ones: [B, S, S, C]."""
        between = draws.rows_of("unit", "between", [real.shape[0], 1, 1, 1])
        mixed = real + (fake - real) * between
        with tf.GradientTape() as tape:
            tape.watch(mixed)
            scores = self._judged(level, mixed, fade)[:, 0]
        return tape.gradient(scores, mixed)

    def _class_loss(self, outputs: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        return class_losses.of_labeled(outputs[:, 1:], self.players["discriminator"].network.one_hot(labels))
