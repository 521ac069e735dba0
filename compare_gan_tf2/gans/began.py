"""BEGAN: an autoencoder judges, its reconstruction errors held in proportion (Berthelot et al. 2017, equation 5)."""

from __future__ import annotations

import keras
import tensorflow as tf

from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.gans.adversarial import AdversarialGan, Batch
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime.replicas import global_mean

# Facts, read without importing this file.
HAS_LOGITS = False
NETWORKS = ("generator", "autoencoder")
IMPLIES = {"loss": "none"}
REQUIRES = {"conditional": (False, "it has networks without labels")}


class Gan(AdversarialGan):
    """L_D = e(x) - k e(G(z)), L_G = e(G(z)), with e the mean absolute error of the autoencoder.

    After every update k <- k + proportional_gain (diversity_ratio e(x) - e(G(z))), on that update's images and
    latents and the updated networks, as compare_gan did it. k starts at 0 and stays in [0, 1] as in the paper;
    compare_gan did not bound it, and reference mode does not.
    """

    measurements = ("loss/d", "loss/g", "began/k", "began/convergence")

    def __init__(self, options: Options, dataset: Dataset):
        super().__init__(options, dataset)
        self._k = self.add_state("k")

    def build_discriminator(self) -> keras.Model:
        """The architecture's autoencoder."""
        return self.architecture.autoencoder(self.dataset.image_shape, self.options)

    def discriminator_step(self, batch: Batch, fake: tf.Tensor) -> dict[str, tf.Tensor]:
        """One update of the autoencoder; see `AdversarialGan`."""
        tape = tf.GradientTape()
        with tape:
            real_error, fake_error = self._errors(batch, fake)
            loss = real_error - tf.convert_to_tensor(self._k) * fake_error
        self.minimise(tape, loss, self.discriminator, self.d_optimizer)
        return {"loss/d": loss}

    def generator_step(self, batch: Batch) -> dict[str, tf.Tensor]:
        """One update of the generator; see `AdversarialGan`."""
        tape = tf.GradientTape()
        with tape:
            fake = self.generator(batch.z, batch.fake_labels, training=True)
            _, (copies, _) = self.judge_for_generator(batch, batch.real, fake)
            loss = _error(fake, copies)
        self.minimise(tape, loss, self.generator, self.g_optimizer)
        return {"loss/g": loss}

    def control(self, batch: Batch) -> dict[str, tf.Tensor]:
        """The update of k, and the convergence measure e(x) + |diversity_ratio e(x) - e(G(z))| (section 3.4.1)."""
        options = self.options
        with self._still():
            fake = self.generator(batch.z, batch.fake_labels, training=True)
            real_error, fake_error = (global_mean(error) for error in self._errors(batch, fake))
        balance = options.diversity_ratio * real_error - fake_error
        k = tf.convert_to_tensor(self._k) + options.proportional_gain * balance
        self._k.assign(k if options.reference != "none" else tf.clip_by_value(k, 0.0, 1.0))
        return {"began/k": tf.convert_to_tensor(self._k), "began/convergence": real_error + tf.abs(balance)}

    def _errors(self, batch: Batch, fake: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        (real_copies, _), (fake_copies, _) = self.judge(batch, batch.real, fake)
        return _error(batch.real, real_copies), _error(fake, fake_copies)


def _error(images: tf.Tensor, copies: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.abs(copies - images))
