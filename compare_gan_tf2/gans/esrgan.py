"""ESRGAN: super-resolution with a relativistic discriminator (Wang et al. 2018)."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.gans import Outcome, Term, srgan
from compare_gan_tf2.gans.image_terms import cross_entropy
from compare_gan_tf2.runtime.replicas import gathered

# Facts, read without importing this file.
MODEL = "model that enlarges images"
HAS_LOGITS = False
NETWORKS = ("upscaler", "hr_discriminator")
HONORS = (
    "adversarial_weight", "downscaling", "perceptual", "perceptual_weight", "pixel_steps", "pixel_weight",
    "reconstruction_loss", "relativistic", "zoom",
)  # fmt: skip
IMPLIES = {
    "adversarial_weight": 0.005, "architecture": "rrdb", "batch_size": 16, "beta1": 0.9, "beta2": 0.99,
    "d_learning_rate": 1e-4, "g_learning_rate": 1e-4, "loss": "none", "reconstruction_loss": "absolute",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it has networks without labels"),
    "disc_iters": (1, "its discriminator moves once a step"),
    "g_normalization": ("none", "its dense blocks have no normalization"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {"upscale": (("lr",), "images")}


class Gan(srgan.Gan):
    """As gan=srgan, but the loss is relativistic: logits are compared with the mean of the other kind over the batch.

    The authors' pixel weight of 0.01, with feature maps, is for pixels in [0, 1]: here it is pixel_weight=0.005.
    """

    @property
    def compares_rows(self) -> bool:
        """Whether the loss of an image depends on the other ones of its batch."""
        return True

    def d(self, images: tf.Tensor, fake: tf.Tensor) -> Outcome:
        """What the discriminator descends on; real and generated images are judged apart."""
        real, generated = self.judged(images, fake)
        of_real, of_generated = average(real, self.axes), average(generated, self.axes)
        if self.is_authors:
            of_real, of_generated = tf.stop_gradient(of_real), tf.stop_gradient(of_generated)
        both = cross_entropy(real - of_generated, 1.0) + cross_entropy(generated - of_real, 0.0)
        return {"loss/d": Term(0.5 * both)}

    def adversarial_loss(self, images: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        """The generator's: its images shall lead real ones, and these no longer its images."""
        real, generated = self.judged(images, fake)
        lead = cross_entropy(generated - average(real, self.axes), 1.0)
        if not self.is_authors:
            return lead
        return 0.5 * (cross_entropy(tf.stop_gradient(real) - average(generated, self.axes), 0.0) + lead)

    def judged(self, images: tf.Tensor, fake: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Logits of real and of generated images, of the whole batch of all replicas."""
        real, generated = (gathered(self.discriminator(each, training=True)) for each in (images, fake))
        return real, generated

    @property
    def is_authors(self) -> bool:
        """Whether the game is that of the authors' code."""
        return self.options.relativistic == "authors"

    @property
    def axes(self) -> list[int] | None:
        """Axes that logits are averaged over; None for all of them."""
        return None if self.is_authors else [0]


def average(logits: tf.Tensor, axes: list[int] | None) -> tf.Tensor:
    """Of all logits, or of each patch over the batch, with as many axes as before."""
    return tf.reduce_mean(logits, axes, keepdims=True)
