"""SSGAN: self-supervised GAN; the discriminator also predicts the rotation of images (Chen et al. 2019)."""

from __future__ import annotations

import dataclasses

import keras
import tensorflow as tf

from compare_gan_tf2.architectures.heads import ROTATIONS, HeadedDiscriminator
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Term, modular
from compare_gan_tf2.gans.adversarial import Batch, Judgement

# Facts, read without importing this file.
HONORS = ("feature_matching", "feature_matching_weight", "g_loss_weight", "self_supervision")
IMPLIES = {"self_supervision": "rotation"}


class Gan(modular.Gan):
    """The modular GAN with a loss on the rotation of images: of real ones for D, of generated ones for G.

    The loss is E[-log Q(r | x rotated by r)] (equations 3 and 4 of the paper), with weights d_rotation_weight (beta)
    and g_rotation_weight (alpha). Some images of each batch are repeated three times, rotated by 90, 180 and 270
    degrees, in the same call of the discriminator; the adversarial loss does not use these copies.
    """

    def setup(self) -> None:
        """The modular GAN's."""
        super().setup()
        height, width, _ = self.dataset.image_shape
        self._rotates = self.options.self_supervision != "none"
        if self._rotates and height != width:
            raise UserError(f"rotation needs square images, and those of {self.dataset.name} are {height}x{width}")
        if self.options.self_supervision == "rotation_only":
            self.adversarial_weight = tf.zeros([])

    def build_discriminator(self) -> keras.Model:
        """The architecture's, with a head for the rotation."""
        return HeadedDiscriminator(super().build_discriminator(), self.options)

    def judge(self, batch: Batch, real: tf.Tensor, fake: tf.Tensor) -> tuple[Judgement, Judgement]:
        """Logits of the batch; features of the batch and, behind them, of its rotated copies."""
        if not self._rotates:
            return super().judge(batch, real, fake)
        size = real.shape[0]
        extended = dataclasses.replace(
            batch,
            labels=self._with_copies(batch.labels, batch.labels),
            fake_labels=self._with_copies(batch.fake_labels, self.labels_of_rotated_fakes(batch)),
        )
        of_real, of_fake = super().judge(extended, self._with_rotated(real), self._with_rotated(fake))
        return (of_real[0][:size], of_real[1]), (of_fake[0][:size], of_fake[1])

    def judge_for_generator(self, batch: Batch, real: tf.Tensor, fake: tf.Tensor) -> tuple[Judgement | None, Judgement]:
        """Logits of the batch, features of its rotated copies too, in the generator's update."""
        if not self._rotates or self._shows_real:
            return super().judge_for_generator(batch, real, fake)
        labels = self._with_copies(batch.fake_labels, batch.fake_labels)
        logits, features = self.discriminator(self._with_rotated(fake), labels, training=True)
        return None, (logits[: fake.shape[0]], features)

    def labels_of_rotated_fakes(self, batch: Batch) -> tf.Tensor | None:
        """Labels of the generated images, for their rotated copies in the discriminator's update."""
        return batch.fake_labels

    def discriminator_terms(self, batch: Batch, of_real: Judgement, of_fake: Judgement) -> dict[str, Term]:
        """The rotation of real images."""
        del of_fake
        if not self._rotates:
            return {}
        term = self._rotation_loss(of_real[1], batch.real.shape[0])
        return {"loss/d_rotation": Term(term, self.options.d_rotation_weight)}

    def generator_terms(self, batch: Batch, of_fake: Judgement) -> dict[str, Term]:
        """The rotation of generated images."""
        if not self._rotates:
            return {}
        term = self._rotation_loss(of_fake[1], batch.z.shape[0])
        return {"loss/g_rotation": Term(term, self.options.g_rotation_weight)}

    def _rotation_loss(self, features: tf.Tensor, size: int) -> tf.Tensor:
        """Mean cross-entropy of the angles of the chosen images and their copies."""
        upright = tf.gather(features[:size], self.chosen(size))
        seen = tf.concat([upright, features[size:]], axis=0)
        angles = tf.repeat(tf.range(ROTATIONS), upright.shape[0])
        logits = self.discriminator.rotation_logits(seen, training=True)
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(angles, logits))

    def _with_rotated(self, images: tf.Tensor) -> tf.Tensor:
        """[B, H, H, C] -> [B + 3 m, H, H, C]: m images rotated by 90 degrees counter-clockwise, by 180, by 270."""
        chosen = tf.gather(images, self.chosen(images.shape[0]))
        return tf.concat([images, *(tf.image.rot90(chosen, k) for k in range(1, ROTATIONS))], axis=0)

    def _with_copies(self, labels: tf.Tensor | None, copied: tf.Tensor | None) -> tf.Tensor | None:
        """Labels of the batch, and of its rotated copies."""
        if labels is None or copied is None:
            return None
        chosen = tf.gather(copied, self.chosen(labels.shape[0]))
        return tf.concat([labels, *[chosen] * (ROTATIONS - 1)], axis=0)

    def chosen(self, size: int) -> list[int]:
        """Which of `size` images are rotated: evenly spread ones, the same whatever the number of replicas."""
        count = self.rotated(size)
        return [(number + 1) * size // count - 1 for number in range(count)]

    def rotated(self, size: int) -> int:
        """How many of `size` images are rotated."""
        count, rest = divmod(self.options.rotated_batch_size * size, ROTATIONS * self.options.batch_size)
        if rest or not count:
            replicas = self.options.batch_size // size
            raise UserError(
                f"option rotated_batch_size is {self.options.rotated_batch_size}; with {replicas} replicas it must be "
                f"divisible by {ROTATIONS * replicas}"
            )
        return count
