"""Conditional GAN that is also shown real images with a wrong label; IcGAN's first stage (Reed et al. 2016)."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.gans import Outcome, Stream, Term, adversarial
from compare_gan_tf2.runtime.draws import Seed

# Facts, read without importing this file.
MODEL = "conditional generative adversarial network"
HAS_LOGITS = False
IMPLIES = {
    "conditional": True, "g_normalization": "conditional_batch", "judge": "apart", "latents": "reused", "loss": "none",
}  # fmt: skip
REQUIRES = {
    "conditional": (True, "its discriminator judges pairs of image and label"),
    "judge": ("apart", "each kind of pairs is judged with batch statistics of its own"),
    "label_file": ("", "every image is also shown with a label that is not its own"),
    "label_fraction": (1.0, "every image is also shown with a label that is not its own"),
    "labels_per_class": (0, "every image is also shown with a label that is not its own"),
    "reference": ("none", "compare_gan did not have it"),
}

# Of real images with a wrong label, and of generated ones (Perarnau et al. 2016, as their program has it).
_WEIGHT = 0.5


class Gan(adversarial.AdversarialGan):
    """The discriminator separates real images with their label from those with a wrong label and from generated ones.

    So the discriminator cannot ignore the label, and neither can the generator (Reed et al. 2016, section 4.2).
    Perarnau et al. (2016) train IcGAN's generator in this way; gan=icgan adds its encoders.
    """

    def setup(self) -> None:
        """Also how far a wrong label is from the right one."""
        super().setup()
        self.streams["shift"] = Stream(tf.TensorSpec([None], tf.int32), self._shifts)

    def d(  # type: ignore[override]
        self, images: tf.Tensor, z: tf.Tensor, labels: tf.Tensor, drawn_labels: tf.Tensor, shift: tf.Tensor
    ) -> Outcome:
        """Cross-entropies of three kinds of pairs."""
        batch = self.batch(images, z, labels, drawn_labels)
        wrong = self._cross_entropy(images, self.wrong_labels(labels, shift), 1.0)
        return {**self.discriminator_objective(batch, self.fakes(batch)), "loss/d_wrong": Term(wrong, _WEIGHT)}

    def discriminator_objective(self, batch: adversarial.Batch, fake: tf.Tensor) -> Outcome:
        """Cross-entropies of real images with their label, and of generated ones with the one they were asked for."""
        of_fake = self._cross_entropy(fake, batch.fake_labels, 1.0)
        return {
            "loss/d_real": self._cross_entropy(batch.real, batch.labels, -1.0),
            "loss/d_fake": Term(of_fake, _WEIGHT),
        }

    def generator_objective(self, batch: adversarial.Batch) -> Outcome:
        """Cross-entropy of generated images, with the label that they were asked for, as real ones."""
        images = self.generator(batch.z, batch.fake_labels, training=True)
        return {"loss/g": self._cross_entropy(images, batch.fake_labels, -1.0)}

    def _cross_entropy(self, images: tf.Tensor, labels: tf.Tensor | None, sign: float) -> tf.Tensor:
        """Mean softplus of the logits times a sign: -1.0 for pairs that are to look real, 1.0 for others."""
        logits, _ = self.discriminator(images, labels, training=True)
        return tf.reduce_mean(tf.nn.softplus(sign * logits))

    def wrong_labels(self, labels: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
        """Labels int32 [B] so many classes on from some, all others equally likely."""
        return (labels + shift) % self.num_classes

    def _shifts(self, count: int, purpose: str, seed: Seed) -> tf.Tensor:
        return 1 + seed.labels(f"{purpose}/shift", count, self.num_classes - 1)
