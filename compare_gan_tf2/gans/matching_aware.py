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
    """The discriminator tells real images with their label from the same with another one, and from generated images.

    So it cannot judge by the image alone, and the generator cannot leave the label unheeded (Reed et al. 2016,
    section 4.2). Perarnau et al. (2016) train IcGAN's generator so; gan=icgan gives its encoders.
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
        pairs = {
            "loss/d_real": (images, labels, -1.0, 1.0),
            "loss/d_wrong": (images, self.wrong_labels(labels, shift), 1.0, _WEIGHT),
            "loss/d_fake": (self.fakes(batch), batch.fake_labels, 1.0, _WEIGHT),
        }
        terms = {}
        for name, (shown, classes, sign, weight) in pairs.items():
            logits, _ = self.discriminator(shown, classes, training=True)
            terms[name] = Term(tf.reduce_mean(tf.nn.softplus(sign * logits)), weight)
        return terms

    def discriminator_objective(self, batch: adversarial.Batch, fake: tf.Tensor) -> Outcome:
        """`d` is its objective, which needs wrong labels."""
        raise NotImplementedError

    def generator_objective(self, batch: adversarial.Batch) -> Outcome:
        """Cross-entropy of generated images, with the label that they were asked for, as real ones."""
        images = self.generator(batch.z, batch.fake_labels, training=True)
        logits, _ = self.discriminator(images, batch.fake_labels, training=True)
        return {"loss/g": tf.reduce_mean(tf.nn.softplus(-logits))}

    def wrong_labels(self, labels: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
        """Labels int32 [B] so many classes on from some, all others equally likely."""
        return (labels + shift) % self.num_classes

    def _shifts(self, count: int, purpose: str, seed: Seed) -> tf.Tensor:
        return 1 + seed.labels(f"{purpose}/shift", count, self.num_classes - 1)
