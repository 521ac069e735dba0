"""BEGAN: an autoencoder as discriminator, its errors kept at a fixed ratio (Berthelot et al. 2017, equation 5)."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.gans import Ability, Outcome, Rows, Turn
from compare_gan_tf2.gans.adversarial import AdversarialGan, Batch, reconstructing

# Facts, read without importing this file.
HAS_LOGITS = False
NETWORKS = ("generator", "autoencoder")
IMPLIES = {"loss": "none"}
REQUIRES = {"conditional": (False, "it has networks without labels")}
ABILITIES = {"generate": (("z",), "images"), "reconstruct": (("images",), "images")}


class Gan(AdversarialGan):
    """L_D = e(x) - k e(G(z)), L_G = e(G(z)), with e the mean absolute error of the autoencoder.

    After every update k <- k + proportional_gain (diversity_ratio e(x) - e(G(z))), with the images and latents of this
    update and the updated networks, as in compare_gan. k starts at 0 and stays in [0, 1] as in the paper.
    """

    def setup(self) -> None:
        """Players and streams of every adversarial type, and k."""
        super().setup()
        self._k = self.add_state("k")

    def build_discriminator(self) -> keras.Model:
        """The architecture's autoencoder."""
        return self.architecture.autoencoder(self.dataset.image_shape, self.options)

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """Also to give the autoencoder's copies of images."""
        return super().abilities(nets) | {"reconstruct": reconstructing(nets["discriminator"])}

    def turns(self) -> list[Turn]:
        """After every update of the autoencoder, and the generator's where it is its turn, one of k."""
        *d, g = super().turns()
        k = [Turn((), self.errors, turn.draws, after=self.balance) for turn in d]
        before = [each for pair in zip(d[:-1], k[:-1], strict=True) for each in pair]
        return [*before, d[-1], g, k[-1]]

    def discriminator_objective(self, batch: Batch, fake: tf.Tensor) -> Outcome:
        """The autoencoder's objective."""
        real_error, fake_error = self._errors(batch, fake)
        return {"loss/d": real_error - tf.convert_to_tensor(self._k) * fake_error}

    def generator_objective(self, batch: Batch) -> Outcome:
        """The generator's objective."""
        fake = self.generator(batch.z, batch.fake_labels, training=True)
        _, (copies, _) = self.judge_for_generator(batch, batch.real, fake)
        return {"loss/g": _error(fake, copies)}

    def errors(self, images: tf.Tensor, z: tf.Tensor) -> Outcome:
        """Both errors of the updated networks, [1] each."""
        batch = self.batch(images, z, None, None)
        real_error, fake_error = self._errors(batch, self.generator(z, training=True))
        return {"real_error": Rows(real_error[None]), "fake_error": Rows(fake_error[None])}

    def balance(self, k: tf.Tensor, real_error: tf.Tensor, fake_error: tf.Tensor) -> dict[str, tf.Tensor]:
        """The update of k, and the convergence measure e(x) + |diversity_ratio e(x) - e(G(z))| (section 3.4.1)."""
        real_error, fake_error = tf.reduce_mean(real_error), tf.reduce_mean(fake_error)
        difference = self.options.diversity_ratio * real_error - fake_error
        k = self.bounded(k + self.options.proportional_gain * difference)
        return {"k": k, "began/k": k, "began/convergence": real_error + tf.abs(difference)}

    def bounded(self, k: tf.Tensor) -> tf.Tensor:
        """k in the paper's bounds."""
        return tf.clip_by_value(k, 0.0, 1.0)

    def _errors(self, batch: Batch, fake: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        (real_copies, _), (fake_copies, _) = self.judge(batch, batch.real, fake)
        return _error(batch.real, real_copies), _error(fake, fake_copies)


def _error(images: tf.Tensor, copies: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.abs(copies - images))
