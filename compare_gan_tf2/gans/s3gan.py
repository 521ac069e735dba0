"""S3GAN: GAN with few labels: rotation, a class predictor, projection of its predictions (Lucic et al. 2019)."""

from __future__ import annotations

import dataclasses

import keras
import tensorflow as tf

from compare_gan_tf2.architectures.heads import HeadedDiscriminator
from compare_gan_tf2.gans import Term, Turn, class_losses, ssgan
from compare_gan_tf2.gans.adversarial import Batch, Judgement
from compare_gan_tf2.runtime import layer_state

# Facts, read without importing this file.
HONORS = (
    "class_predictor", "feature_matching", "feature_matching_weight", "g_loss_weight", "self_supervision",
    "soft_predictions",
)  # fmt: skip
IMPLIES = {"self_supervision": "rotation"}
REQUIRES = {
    "conditional": (True, "it projects labels, and gan=ssgan needs none"),
    "d_conditioning": ("projection", "it projects labels, and gan=ssgan needs none"),
}
PROJECTS_LABELS = True


class Gan(ssgan.Gan):
    """SSGAN whose discriminator projects the class: the image's own or, with a predictor, a prediction if it has none.

    The predictor is trained, with weight class_weight, on the cross-entropy of labeled real images, with hard or soft
    labels, as in the paper's section 3.2.2 (S3GAN); generated images do not train it. compare_gan's S3GAN had no
    penalty; here every penalty is possible.
    """

    def turns(self) -> list[Turn]:
        """SSGAN's; the class predictor's loss is a mean over the labeled images of the whole batch."""
        *d, g = super().turns()
        predicts = self.options.class_predictor
        return [*(dataclasses.replace(turn, whole=turn.whole or predicts) for turn in d), g]

    def build_discriminator(self) -> keras.Model:
        """The architecture's without its projection, with heads."""
        own = dataclasses.replace(self.options, d_conditioning="none")
        body = self.architecture.discriminator(self.dataset.image_shape, own, self.num_classes)
        return HeadedDiscriminator(body, self.options, predicts=self.options.class_predictor, projects=True)

    def discriminator_terms(self, batch: Batch, of_real: Judgement, of_fake: Judgement) -> dict[str, Term]:
        """The rotation and the class of real images."""
        terms = super().discriminator_terms(batch, of_real, of_fake)
        if self.options.class_predictor:
            terms["loss/class"] = Term(self._class_loss(batch, of_real[1]), self.options.class_weight)
        return terms

    def _class_loss(self, batch: Batch, features: tf.Tensor) -> tf.Tensor:
        """Cross-entropy of the labeled images of all replicas, by their number; 0 if there is none."""
        classes = self.discriminator.one_hot(batch.labels)
        # The projection has asked the predictor before, and its vector moves once.
        with layer_state.frozen(first_only=True):
            logits = self.discriminator.class_logits(features[: classes.shape[0]], training=True)
        return class_losses.of_labeled(logits, classes)
