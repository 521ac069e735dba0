"""ACGAN: a second head of the discriminator predicts the class, which it is not shown (Odena et al. 2017)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.architectures.heads import HeadedDiscriminator
from compare_gan_tf2.gans import Ability, Term, Turn, class_losses, modular
from compare_gan_tf2.gans.adversarial import Batch, Judgement

# Facts, read without importing this file.
HONORS = ("class_of_generated", "first_update", "g_class_weight", "g_conditioning")
IMPLIES = {"conditional": True, "d_conditioning": "none", "g_conditioning": "concatenation"}
REQUIRES = {
    "conditional": (True, "its discriminator learns classes, and its generator is asked for them"),
    "d_conditioning": ("none", "its discriminator tells classes, which it must not be shown"),
    "reference": ("none", "compare_gan did not have it"),
}
TELLS_CLASSES = True
ABILITIES = {"classify": (("images",), ""), "generate": (("z",), "images")}


class Gan(modular.Gan):
    """The modular GAN with cross-entropies of classes.

    The discriminator learns the classes of real images (class_weight) and, with class_of_generated, the requested
    classes of generated images. The generator learns to make images in which the discriminator sees the requested class
    (g_class_weight). The paper's weights are 1. PyTorch-GAN applies softmax twice; here it is applied once.
    """

    def turns(self) -> list[Turn]:
        """The modular GAN's; where images lack labels, the mean over those that have one is of the whole batch."""
        options = self.options
        whole = options.label_fraction < 1 or options.labels_per_class > 0 or bool(options.label_file)
        return [
            dataclasses.replace(turn, whole=turn.whole or (whole and "discriminator" in turn.moves))
            for turn in super().turns()
        ]

    def build_discriminator(self) -> keras.Model:
        """The architecture's without labels, with a head for the class."""
        body = self.architecture.discriminator(self.dataset.image_shape, self.options, 0)
        return HeadedDiscriminator(body, self.options, predicts=True, num_classes=self.num_classes)

    def discriminator_terms(self, batch: Batch, of_real: Judgement, of_fake: Judgement) -> dict[str, Term]:
        """The classes of real images, and those that generated ones were asked for."""
        features = [of_real[1], of_fake[1]] if self.options.class_of_generated else [of_real[1]]
        logits = tf.split(self.discriminator.class_logits(tf.concat(features, 0), training=True), len(features))
        weight = self.options.class_weight
        terms = {"loss/d_class_real": Term(self._class_loss(logits[0], batch.labels), weight)}
        if self.options.class_of_generated:
            terms["loss/d_class_generated"] = Term(self._class_loss(logits[1], batch.fake_labels), weight)
        return terms

    def generator_terms(self, batch: Batch, of_fake: Judgement) -> dict[str, Term]:
        """The classes that the discriminator sees in generated images."""
        logits = self.discriminator.class_logits(of_fake[1], training=True)
        return {"loss/g_class": Term(self._class_loss(logits, batch.fake_labels), self.options.g_class_weight)}

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to give the probabilities float32 [B, classes] of images' classes."""

        def classify(images: tf.Tensor) -> tf.Tensor:
            _, features = nets["discriminator"](images, training=False)
            return tf.nn.softmax(nets["discriminator"].class_logits(features))

        return super().abilities(nets) | {"classify": Ability(classify, ("images",))}

    def _class_loss(self, logits: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        return class_losses.of_labeled(logits, self.discriminator.one_hot(labels))
