"""The modular GAN: any loss, penalty, normalisation and architecture (Kurach et al. 2019; compare_gan's ModularGAN)."""

from __future__ import annotations

import contextlib
import dataclasses

import tensorflow as tf

from compare_gan_tf2 import components, latents, state
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.gans._gan import BaseGan
from compare_gan_tf2.options import Options
from compare_gan_tf2.penalties._context import Context


@dataclasses.dataclass(frozen=True)
class _Batch:
    """One update's inputs: real float32 [B, H, W, C], labels and fake_labels int32 [B] or None, z [B, z_dim]."""

    real: tf.Tensor
    labels: tf.Tensor | None
    z: tf.Tensor
    fake_labels: tf.Tensor | None
    step: tf.Tensor
    purpose: str


class Gan(BaseGan):
    """disc_iters updates of the discriminator, then one of the generator; see `train_step`.

    What the versions of compare_gan did, and reference mode does (options latents and judge take the version's ways):
    - v3 gave the generator's update the last discriminator update's latents and images, and let the layers' state move
      in every forward pass but the one that both updates shared;
    - v1 and v2 updated the generator after the first of the disc_iters updates, on its latents and images, judged real
      and generated images apart, and let all state move in every pass. (v1 updated the generator once more at the very
      beginning when disc_iters was above 1; that single update is not made here.)
    """

    def __init__(self, options: Options, dataset: Dataset):
        super().__init__(options, dataset)
        self._loss = components.load("losses", options.loss)
        self._penalty = components.load("penalties", options.penalty).penalty
        if options.penalty != "none":
            self.measurements = (*self.measurements, "loss/penalty")
        self._early = options.reference in ("v1", "v2")
        self._reuses_latents = options.latents == "reused"
        self._judges_apart = options.judge == "apart"
        normalization = components.load("normalizations", options.d_normalization).Normalization
        # Real images change the generator's gradient only through shared batch statistics.
        self._shows_real = normalization.uses_batch_statistics and not self._judges_apart

    def train_step(self, images: tf.Tensor, labels: tf.Tensor, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """One generator step; see `BaseGan.train_step`."""
        n = self.options.disc_iters
        turn = 0 if self._early else n - 1
        measured: dict[str, tf.Tensor] = {}
        for i in range(n):
            batch = self._draw(images[i], labels[i], step, f"discriminator/{i}")
            measured |= self._discriminator_step(batch, shares_fake=i == turn)
            if i == turn:
                own = batch if self._reuses_latents else self._draw(images[i], labels[i], step, "generator")
                measured |= self._generator_step(own)
        self.update_average(step)
        return measured

    def _discriminator_step(self, batch: _Batch, *, shares_fake: bool) -> dict[str, tf.Tensor]:
        # v3 ran the generator once for both updates, so its state moves in the other one.
        is_shared = self.options.reference == "v3" and self._reuses_latents and shares_fake
        with state.frozen() if is_shared else self._still():
            fake = tf.stop_gradient(self.generator(batch.z, batch.fake_labels, training=True))
        tape = tf.GradientTape()
        with tape:
            penalty = self._penalty(self._context(batch, fake))
            real_logits, fake_logits = self._judge(batch, fake)
            loss = self._loss.discriminator(real_logits, fake_logits)
            objective = loss + self.options.penalty_weight * penalty
        self.minimise(tape, objective, self.discriminator, self.d_optimizer)
        return {"loss/d": loss} | ({} if self.options.penalty == "none" else {"loss/penalty": penalty})

    def _generator_step(self, batch: _Batch) -> dict[str, tf.Tensor]:
        tape = tf.GradientTape()
        with tape:
            fake = self.generator(batch.z, batch.fake_labels, training=True)
            with self._still():
                if self._shows_real:
                    real_logits, fake_logits = self._judge(batch, fake)
                else:
                    real_logits, fake_logits = None, self.discriminator(fake, batch.fake_labels, training=True)[0]
            loss = self._loss.generator(fake_logits, real_logits)
        self.minimise(tape, loss, self.generator, self.g_optimizer)
        return {"loss/g": loss}

    def _judge(self, batch: _Batch, fake: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Logits of real and fake images [B, 1] each."""
        if self._judges_apart:
            with self._still(state.VECTORS):
                fake_logits, _ = self.discriminator(fake, batch.fake_labels, training=True)
            real_logits, _ = self.discriminator(batch.real, batch.labels, training=True)
            return real_logits, fake_logits
        labels = None if batch.labels is None else tf.concat([batch.labels, batch.fake_labels], 0)
        logits, _ = self.discriminator(tf.concat([batch.real, fake], 0), labels, training=True)
        real_logits, fake_logits = tf.split(logits, 2)
        return real_logits, fake_logits

    def _still(self, *kinds: str) -> contextlib.AbstractContextManager:
        """Holds layer state still, which no version of compare_gan did."""
        return state.frozen(*kinds) if self.options.reference == "none" else contextlib.nullcontext()

    def _context(self, batch: _Batch, fake: tf.Tensor) -> Context:
        def discriminate(images: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
            with self._still():
                return self.discriminator(images, labels, training=True)[0]

        def uniform(purpose: str, shape: list[int]) -> tf.Tensor:
            return latents.draw("unit", f"{batch.purpose}/{purpose}", shape, seed=self.options.seed, step=batch.step)

        return Context(discriminate, batch.real, fake, batch.labels, uniform)

    def _draw(self, images: tf.Tensor, labels: tf.Tensor, step: tf.Tensor, purpose: str) -> _Batch:
        """Inputs of one update: real images and labels as given, latents and generated labels drawn for the purpose."""
        options, size = self.options, images.shape[0]
        fake_labels = None
        if options.conditional:
            fake_labels = latents.draw_labels(f"{purpose}/labels", size, self.num_classes, seed=options.seed, step=step)
        z = latents.draw(options.z_distribution, f"{purpose}/z", [size, options.z_dim], seed=options.seed, step=step)
        return _Batch(
            real=self.to_float(images),
            labels=labels if options.conditional else None,
            z=z,
            fake_labels=fake_labels,
            step=step,
            purpose=purpose,
        )
