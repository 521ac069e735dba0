"""R3GAN: relativistic loss on image pairs, R1 and R2 in every update, scheduled settings (Huang et al. 2024)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from compare_gan_tf2.gans import Average, Optimizer, Outcome, Rows, Term, Turn, modular
from compare_gan_tf2.gans.adversarial import Batch
from compare_gan_tf2.gans.schedules import Cosine
from compare_gan_tf2.runtime import draws

# Facts, read without importing this file.
HONORS = ("final_augmentation_probability", "final_beta2", "final_ema_share", "final_r1_gamma", "final_rate_factor",
          "r1_gamma", "schedule_kimg")  # fmt: skip
IMPLIES = {
    "architecture": "r3gan", "augmentation": "ada", "augmentation_pipe": "r3gan", "beta1": 0.0, "beta2": 0.9,
    "final_augmentation_probability": 0.55, "final_beta2": 0.99, "final_ema_share": 0.25, "final_r1_gamma": 0.005,
    "final_rate_factor": 0.25, "judge": "apart", "loss": "relativistic", "penalty": "r1_r2", "r1_gamma": 0.05,
}  # fmt: skip
IMPLIES_OF_CONDITIONAL = {"fake_labels": "data"}
REQUIRES = {
    "augmentation_kimg": (500.0, "how often it augments images follows a schedule"),
    "augmentation_limit": (1.0, "how often it augments images follows a schedule"),
    "augmentation_target": (0.6, "how often it augments images follows a schedule"),
    "latents": ("fresh", "its generator's update has latents and real images of its own"),
    "learning_rate_decay": (0.0, "its rates have a schedule of their own"),
    "penalty": ("r1_r2", "both of its penalties are on the judgment of the same images as its loss"),
    "penalty_weight": (1.0, "the factor on its penalties is r1_gamma"),
    "reference": ("none", "compare_gan did not have it"),
}
SCHEDULES_AUGMENTATION = True


class Gan(modular.Gan):
    """The modular GAN whose generator's update has its own real images, and whose settings follow schedules.

    The penalties are the squared gradient norms at images in [-1, 1] before augmentation, of the outputs in the loss.
    Learning rates, beta2, gamma, the probability of augmentation and the half-life of the running average each follow
    half a cosine over the images seen, from the first value to the last.
    """

    def setup(self) -> None:
        """The modular GAN's, and the schedules."""
        options = self.options
        self._images = 1000.0 * options.schedule_kimg or float(options.training_steps * options.batch_size)
        super().setup()
        self.trace_facts = (self._images,)
        self._gamma = self.schedule("r1_gamma", options.r1_gamma, options.final_r1_gamma)
        beta2 = self.schedule("beta2", options.beta2, options.final_beta2)
        for side, said in self.optimizers.items():
            first = getattr(options, f"{side}_learning_rate")
            rate = self.schedule("learning_rate", first, first * options.final_rate_factor)
            self.optimizers[side] = self._scheduled(said, rate, beta2)

    def generators_average(self) -> Average | None:
        """The average whose half-life grows with the schedule, or with ema_decay or ema_kimg the usual one."""
        options = self.options
        if options.ema_decay or options.ema_kimg or not options.final_ema_share:
            return super().generators_average()

        schedule = self.schedule("half_life", 0.0, options.final_ema_share * self._images)

        def decay(step: tf.Tensor) -> tf.Tensor:
            half_life = schedule.tensor(self.images_before(step))
            return tf.pow(0.5, options.batch_size / tf.maximum(half_life, 1e-8))

        return Average(decay)

    def turns(self) -> list[Turn]:
        """The modular GAN's; the generator's update reads images and labels of its own."""
        return [dataclasses.replace(turn, reads="") for turn in super().turns()]

    def schedule(self, name: str, first: float, last: float) -> Cosine:
        """How a number of this name changes; half_life is that of the average, in images."""
        del name
        return Cosine(first, last, self._images)

    def images_before(self, step: Any) -> Any:
        """How many images the discriminator's data set has given before a step, counted from 1."""
        return (step - 1) * self.options.batch_size

    def augmentation_schedule(self) -> Callable[[], tf.Tensor]:
        """From the first probability to the last."""
        options = self.options
        schedule = self.schedule(
            "augmentation_probability", options.augmentation_probability, options.final_augmentation_probability
        )
        return lambda: schedule.tensor(self.images_before(draws.step()))

    def discriminator_objective(self, batch: Batch, fake: tf.Tensor) -> Outcome:
        """The loss of pairs, R1 and R2."""
        with tf.GradientTape() as tape:
            tape.watch([batch.real, fake])
            shown = self.augmenting(batch.real, "real"), self.augmenting(fake, "fake")
            of_real, of_fake = self.judge(batch, *shown)
            logits = (of_real[0], of_fake[0])
        # Of the sum over the batch, hence each image's own as long as the discriminator does not mix images.
        slopes = tape.gradient(logits, [batch.real, fake])
        gamma = self._gamma.tensor(self.images_before(draws.step()))
        weight = self.adversarial_weight * gamma / 2.0
        loss = self._loss.discriminator(*self._for_loss(*logits), **self._target())
        terms: dict[str, Term | Rows | tf.Tensor] = {
            "loss/d": Term(loss, self.adversarial_weight),
            "loss/r1": Term(_mean_square(slopes[0]), weight),
            "loss/r2": Term(_mean_square(slopes[1]), weight),
            "schedule/r1_gamma": Term(gamma, 0.0),
        }
        if self.options.augmentation != "none":
            terms["augmentation/probability"] = Term(self.augmenting.probability(), 0.0)
        return terms | self.discriminator_terms(batch, of_real, of_fake)

    def _scheduled(self, said: Optimizer, rate: Cosine, beta2: Cosine) -> Optimizer:
        """PyTorch's Adam, whose numbers are read anew for every step."""

        def rate_of(_: int, step: int) -> float:
            return rate.at(self.images_before(step))

        def beta2_of(_: int, step: int) -> float:
            return beta2.at(self.images_before(step))

        return dataclasses.replace(said, rate=rate_of, beta2=beta2_of, corrects_epsilon=True)


def _mean_square(slopes: tf.Tensor) -> tf.Tensor:
    """E[|slope|^2] of images in [-1, 1], of slopes [B, H, W, C] at the same images in [0, 1]; scalar."""
    return tf.reduce_mean(tf.reduce_sum(tf.square(0.5 * slopes), axis=[1, 2, 3]))
