"""The modular GAN: any loss, penalty, normalization and architecture (Kurach et al. 2019; compare_gan's ModularGAN)."""

from __future__ import annotations

import functools
from collections.abc import Callable

import keras
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.gans import Outcome, Rows, Term, Turn, feature_matching
from compare_gan_tf2.gans.adversarial import AdversarialGan, Batch, Judgement
from compare_gan_tf2.gans.augmenting import Augmenting
from compare_gan_tf2.penalties import Context
from compare_gan_tf2.runtime import draws, layer_state
from compare_gan_tf2.runtime.replicas import gathered, global_mean

# Facts, read without importing this file.
HONORS = ("feature_matching", "feature_matching_weight", "g_loss_weight", "minibatch_dims", "minibatch_kernels")


class Gan(AdversarialGan):
    """A loss on logits, and what options add: penalty, weight clipping, label smoothing, augmentation.

    Attributes:
        adversarial_weight: factor on loss and penalty in both objectives; a tensor of 0 leaves only a GAN type's own
            terms, with gradients of 0 where there would be none.
    """

    adversarial_weight: float | tf.Tensor = 1.0
    measured_states = ("augmentation/probability",)

    def setup(self) -> None:
        """Players and streams; loss, penalty and augmentation with their states."""
        super().setup()
        self._loss = components.load("losses", self.options.loss)
        self._penalty = components.load("penalties", self.options.penalty)
        self._matches = feature_matching.is_wanted(self.options)
        self._shows_real = self._shows_real or self._loss.GENERATOR_SEES_REAL or self._matches
        self._generator_begins = self.options.first_update == "generator"
        self._penalty_state = {name: self.add_state(f"penalty/{name}") for name in self._penalty.STATE}
        self.augmenting = Augmenting(self, self.augmentation_schedule())

    def augmentation_schedule(self) -> Callable[[], tf.Tensor] | None:
        """How probable the transforms of an augmentation are in this update, of a type with SCHEDULES_AUGMENTATION."""
        return None

    def turns(self) -> list[Turn]:
        """disc_iters updates of the discriminator, then one of the generator, which looks at the last images again.

        With first_update=generator it begins, and the discriminator sees the images that it made before it moved.
        """
        after = self.augmenting.adapt if self.augmenting.adapts else None
        compares = self._loss.WHOLE_BATCH or self.options.minibatch_kernels > 0
        whole = compares or self._penalty.WHOLE_BATCH
        d = [
            Turn(("discriminator",), self.d, f"discriminator/{i}", whole=whole, after=after)
            for i in range(self.options.disc_iters)
        ]
        last = d[-1].draws
        whole = compares or self._matches or bool(self._penalty.WHOLE_BATCH and self._penalty.generator)
        if self._generator_begins:
            return [Turn(("generator",), self.g, last, hands=("generated",), whole=whole), *d]
        return [*d, Turn(("generator",), self.g, self.generators_draws(last), reads=last, whole=whole)]

    def discriminator_objective(self, batch: Batch, fake: tf.Tensor) -> Outcome:
        """Penalty, loss, and a GAN type's own terms, of images as they are augmented."""
        real, fake = self.augmenting(batch.real, "real"), self.augmenting(fake, "fake")
        judged = functools.cache(lambda: self.judge(batch, real, fake))
        terms: dict[str, Term | Rows | tf.Tensor] = {}
        if self._penalty.discriminator:
            context = self._context(batch, real, lambda: fake, lambda: _logits(judged()), self.discriminator)
            weight = self.adversarial_weight * self.options.penalty_weight
            terms["loss/penalty"] = Term(self._penalty.discriminator(context), weight)
        logits = _logits(judged())
        terms["loss/d"] = Term(
            self._loss.discriminator(*self._for_loss(*logits), **self._target()), self.adversarial_weight
        )
        if self.augmenting.adapts:
            terms["real_logits"] = Rows(logits[0])
        return terms | self.discriminator_terms(batch, *judged())

    def generator_objective(self, batch: Batch) -> Outcome:
        """Penalty, loss, and a GAN type's own terms, of images as they are augmented."""
        real = self.augmenting(batch.real, "real") if self._shows_real else batch.real
        generated = functools.cache(lambda: self.generator(batch.z, batch.fake_labels, training=True))
        fake = functools.cache(lambda: self.augmenting(generated(), "fake"))
        terms: dict[str, Term | Rows | tf.Tensor] = {}
        if self._penalty.generator:
            context = self._context(batch, real, fake, _no_logits, self.generator)
            weight = self.adversarial_weight * self.options.penalty_weight
            terms["loss/g_penalty"] = Term(self._penalty.generator(context), weight)
        of_real, of_fake = self.judge_for_generator(batch, real, fake())
        logits = reversed(self._for_loss(of_real[0] if of_real else None, of_fake[0]))
        terms["loss/g"] = Term(self._loss.generator(*logits), self.adversarial_weight * self.options.g_loss_weight)
        if self._matches and of_real:
            size = fake().shape[0]  # a type may have features of more images behind those of the batch
            terms["loss/feature_matching"] = feature_matching.term(self.options, of_real[1][:size], of_fake[1][:size])
        if self._generator_begins:
            terms["generated"] = Rows(generated())
        return terms | self.generator_terms(batch, of_fake)

    def discriminator_terms(self, batch: Batch, of_real: Judgement, of_fake: Judgement) -> dict[str, Term]:
        """What a GAN type adds to the discriminator's objective."""
        del batch, of_real, of_fake
        return {}

    def generator_terms(self, batch: Batch, of_fake: Judgement) -> dict[str, Term]:
        """What a GAN type adds to the generator's objective."""
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

    def _context(
        self,
        batch: Batch,
        real: tf.Tensor,
        fake: Callable[[], tf.Tensor],
        logits: Callable[[], tuple[tf.Tensor, tf.Tensor]],
        updated: keras.Model,
    ) -> Context:
        def discriminate(images: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
            with layer_state.quiet():
                return self.discriminator(images, labels, training=True)[0]

        def generate(z: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
            with layer_state.quiet():
                return self.augmenting(self.generator(z, labels, training=True), "fake")

        return Context(
            discriminate=discriminate,
            generate=generate,
            logits=logits,
            real=real,
            fake=fake,
            labels=batch.labels,
            fake_labels=batch.fake_labels,
            z=batch.z,
            uniform=functools.partial(draws.rows_of, "unit"),
            normal=functools.partial(draws.rows_of, "normal"),
            global_mean=global_mean,
            kernels=[tf.convert_to_tensor(each) for each in updated.trainable_variables if each.name == "kernel"],
            state=self._penalty_state,
        )


def _logits(judged: tuple[Judgement, Judgement]) -> tuple[tf.Tensor, tf.Tensor]:
    (of_real, _), (of_fake, _) = judged
    return of_real, of_fake


def _no_logits() -> tuple[tf.Tensor, tf.Tensor]:
    raise RuntimeError("a penalty on the generator's objective has no logits of real images")
