"""The modular GAN: any loss, penalty, normalisation and architecture (Kurach et al. 2019; compare_gan's ModularGAN)."""

from __future__ import annotations

import functools
from collections.abc import Callable

import keras
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.gans.adversarial import AdversarialGan, Batch, Judgement
from compare_gan_tf2.options import Options
from compare_gan_tf2.penalties import Context
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.runtime.replicas import gathered, global_mean


class Gan(AdversarialGan):
    """Logits, a loss on them, and what the options add: penalty, clipped weights, smoothed labels, augmentation.

    Attributes:
        adversarial_weight: factor on loss and penalty in both objectives; 0 leaves only a GAN type's own terms.
    """

    adversarial_weight = 1.0

    def __init__(self, options: Options, dataset: Dataset):
        super().__init__(options, dataset)
        self._loss = components.load("losses", options.loss)
        self._shows_real = self._shows_real or self._loss.GENERATOR_SEES_REAL
        self._penalty = components.load("penalties", options.penalty)
        if self._penalty.discriminator:
            self.measurements = (*self.measurements, "loss/penalty")
        if self._penalty.generator:
            self.measurements = (*self.measurements, "loss/g_penalty")
        self._penalty_state = {name: self.add_state(f"penalty/{name}") for name in self._penalty.STATE}
        self._augmentation = components.load("augmentations", options.augmentation)
        self._probability = self.add_state("augmentation/probability") if self._augmentation.ADAPTS else None
        if self._augmentation.ADAPTS:
            self.measurements = (*self.measurements, "augmentation/probability")

    def discriminator_step(self, batch: Batch, fake: tf.Tensor) -> dict[str, tf.Tensor]:
        """One update of the discriminator on its loss and penalty; see `AdversarialGan`."""
        real, fake = self._shown(batch, batch.real, "real"), self._shown(batch, fake, "fake")

        @functools.cache
        def judged() -> tuple[Judgement, Judgement]:
            return self.judge(batch, real, fake)

        def logits() -> tuple[tf.Tensor, tf.Tensor]:
            (of_real, _), (of_fake, _) = judged()
            return of_real, of_fake

        measured = {}
        tape = tf.GradientTape()
        with tape:
            objective = tf.zeros([])
            if self._penalty.discriminator:
                context = self._context(batch, real, lambda: fake, logits, self.discriminator)
                measured["loss/penalty"] = self._penalty.discriminator(context)
                objective += self.options.penalty_weight * measured["loss/penalty"]
            measured["loss/d"] = self._loss.discriminator(*self._for_loss(*logits()), **self._target())
            objective += measured["loss/d"]
            objective = self.adversarial_weight * objective
            for name, (weight, term) in self.discriminator_terms(batch, *judged()).items():
                measured[name] = term
                objective += weight * term
        self.minimise(tape, objective, self.discriminator, self.d_optimizer)
        if self.options.weight_clipping and self.is_last_piece:
            bound = self.options.weight_clipping
            for variable in self.discriminator.trainable_variables:
                variable.assign(tf.clip_by_value(tf.convert_to_tensor(variable), -bound, bound))
        if self._probability is not None:
            measured["augmentation/probability"] = self._adapt(logits()[0])
        return measured

    def generator_step(self, batch: Batch) -> dict[str, tf.Tensor]:
        """One update of the generator on its loss and penalty; see `AdversarialGan`."""
        real = self._shown(batch, batch.real, "real") if self._shows_real else batch.real

        @functools.cache
        def fake() -> tf.Tensor:
            return self._shown(batch, self.generator(batch.z, batch.fake_labels, training=True), "fake")

        measured = {}
        tape = tf.GradientTape()
        with tape:
            penalty = tf.zeros([])
            if self._penalty.generator:
                context = self._context(batch, real, fake, _no_logits, self.generator)
                measured["loss/g_penalty"] = penalty = self._penalty.generator(context)
            of_real, of_fake = self.judge_for_generator(batch, real, fake())
            real_logits = of_real[0] if of_real else None
            measured["loss/g"] = self._loss.generator(*reversed(self._for_loss(real_logits, of_fake[0])))
            objective = self.adversarial_weight * (measured["loss/g"] + self.options.penalty_weight * penalty)
            for name, (weight, term) in self.generator_terms(batch, of_fake).items():
                measured[name] = term
                objective += weight * term
        self.minimise(tape, objective, self.generator, self.g_optimizer)
        return measured

    def discriminator_terms(
        self, batch: Batch, of_real: Judgement, of_fake: Judgement
    ) -> dict[str, tuple[float, tf.Tensor]]:
        """What a GAN type adds to the discriminator's objective: {measurement: (weight, scalar)}."""
        del batch, of_real, of_fake
        return {}

    def generator_terms(self, batch: Batch, of_fake: Judgement) -> dict[str, tuple[float, tf.Tensor]]:
        """The same of the generator's objective."""
        del batch, of_fake
        return {}

    def _for_loss(self, real_logits: tf.Tensor | None, fake_logits: tf.Tensor) -> tuple[tf.Tensor | None, tf.Tensor]:
        """The logits of all replicas where the loss cannot be averaged over them, else as they are."""
        if not self._loss.WHOLE_BATCH:
            return real_logits, fake_logits
        if real_logits is None:
            return None, gathered(fake_logits)
        whole = gathered(tf.concat([real_logits, fake_logits], axis=1))
        return whole[:, :1], whole[:, 1:]

    def _target(self) -> dict[str, float]:
        smoothing = self.options.label_smoothing
        return {"real_target": 1.0 - smoothing} if smoothing else {}

    def _shown(self, batch: Batch, images: tf.Tensor, half: str) -> tf.Tensor:
        """Images as the discriminator sees them; the same draws for the same batch and half."""
        if self.options.augmentation == "none":
            return images
        probability = tf.zeros([]) if self._probability is None else tf.convert_to_tensor(self._probability)
        uniform = functools.partial(self._random, "unit", batch, f"augmentation/{half}")
        return self._augmentation.augment(images, uniform, probability)

    def _adapt(self, real_logits: tf.Tensor) -> tf.Tensor:
        """Moves the probability of augmentation by what the discriminator said of real images; gives it."""
        if not self.is_last_piece:
            return tf.convert_to_tensor(self._probability)
        options, signs = self.options, global_mean(tf.reduce_mean(tf.sign(real_logits)))
        assert self._probability is not None
        self._probability.assign(
            self._augmentation.adapt(
                tf.convert_to_tensor(self._probability), signs, options.batch_size,
                target=options.augmentation_target, kimg=options.augmentation_kimg,
            )
        )  # fmt: skip
        return tf.convert_to_tensor(self._probability)

    def _context(
        self,
        batch: Batch,
        real: tf.Tensor,
        fake: Callable[[], tf.Tensor],
        logits: Callable[[], tuple[tf.Tensor, tf.Tensor]],
        updated: keras.Model,
    ) -> Context:
        def discriminate(images: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
            with self._still():
                return self.discriminator(images, labels, training=True)[0]

        def generate(z: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
            with self._still():
                return self._shown(batch, self.generator(z, labels, training=True), "fake")

        return Context(
            discriminate=discriminate,
            generate=generate,
            logits=logits,
            real=real,
            fake=fake,
            labels=batch.labels,
            fake_labels=batch.fake_labels,
            z=batch.z,
            uniform=functools.partial(self._random, "unit", batch, ""),
            normal=functools.partial(self._random, "normal", batch, ""),
            global_mean=global_mean,
            kernels=[tf.convert_to_tensor(each) for each in updated.trainable_variables if each.name == "kernel"],
            state=self._penalty_state,
        )

    def _random(self, distribution: str, batch: Batch, prefix: str, purpose: str, shape: list[int]) -> tf.Tensor:
        purpose = "/".join(filter(None, (batch.purpose, prefix, purpose)))
        return draws.draw(distribution, purpose, shape, seed=self.options.seed, step=batch.step)


def _no_logits() -> tuple[tf.Tensor, tf.Tensor]:
    raise RuntimeError("a penalty on the generator's objective has no logits of real images")
