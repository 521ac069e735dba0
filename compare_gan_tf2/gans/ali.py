"""ALI: BiGAN with an encoder that draws its codes from a Gaussian (Dumoulin et al. 2017)."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.gans import bigan
from compare_gan_tf2.runtime import draws

# Facts, read without importing this file.
MODEL = "adversarially learned inference model"
HAS_LOGITS = False
COMPARES_RECONSTRUCTIONS = False
IMPLIES = {"loss": "none", "z_distribution": "normal"}
REQUIRES = {
    "conditional": (False, "it has networks without labels"),
    "disc_iters": (1, "its networks are all updated at once"),
    "judge": ("together", "both kinds of pairs are judged with the same batch statistics"),
    "latents": ("fresh", "its networks are all updated at once, on the same latents"),
    "reference": ("none", "compare_gan did not have it"),
    "z_distribution": ("normal", "its codes are drawn from Gaussians"),
}
ABILITIES = {"encode": (("images",), ""), "generate": (("z",), "images"), "reconstruct": (("images",), "images")}


class Gan(bigan.Gan):
    """BiGAN with codes mean + exp(log deviation) noise, one call of the discriminator for all pairs, no halved terms.

    After training, the code of an image is the mean.
    """

    weight = 1.0
    code_parts = 2

    def judged(
        self, images: tf.Tensor, codes: tf.Tensor, fakes: tf.Tensor, z: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Logits [B, 1] of (images, codes) and of (fakes, z), with batch statistics over both kinds."""
        with draws.behind_one_another(2):
            both = self.players["discriminator"](tf.concat([images, fakes], 0), tf.concat([codes, z], 0))
        real, fake = tf.split(both, 2)
        return real, fake

    def drawn_codes(self, images: tf.Tensor) -> tf.Tensor:
        """Codes [B, Z] of images, drawn from the Gaussians that the encoder gives."""
        mean, log_deviation = tf.split(self.players["encoder"](images), 2, axis=1)
        return mean + tf.exp(log_deviation) * draws.rows_of("normal", "noise", list(mean.shape))

    def code(self, encoded: tf.Tensor) -> tf.Tensor:
        """The means [B, Z] that the encoder gives."""
        return tf.split(encoded, 2, axis=1)[0]
