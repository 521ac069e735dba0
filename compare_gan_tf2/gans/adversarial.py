"""What GAN types with two players share: whose turn it is, on which batch, and which layer state may move."""

from __future__ import annotations

import abc
import contextlib
import dataclasses
import functools

import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.architectures.networks import is_labelled
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws, layer_state

# What a discriminator says of images: logits [B, 1] or reconstructions [B, H, W, C], and features [B, ...].
Judgement = tuple[tf.Tensor, tf.Tensor]


@dataclasses.dataclass(frozen=True)
class Batch:
    """One update's inputs.

    Attributes:
        real: float32 [B, H, W, C].
        labels: of the real images, int32 [B] or soft, float32 [B, classes]; None if the model is unconditional.
        z: float32 [B, z_dim].
        fake_labels: of the generated images, a class each: int32 [B], or one-hot where the real ones are soft; None
            likewise.
        step: int64 scalar, the generator step.
        purpose: of the update, for draws of its own.
    """

    real: tf.Tensor
    labels: tf.Tensor | None
    z: tf.Tensor
    fake_labels: tf.Tensor | None
    step: tf.Tensor
    purpose: str


class AdversarialGan(BaseGan):
    """disc_iters updates of the discriminator, then one of the generator.

    What the versions of compare_gan did, and reference mode does (options latents and judge take the version's ways):
    - v3 gave the generator's update the last discriminator update's latents and images, and let the layers' state move
      in every forward pass but the one that both updates shared;
    - v1 and v2 updated the generator after the first of the disc_iters updates, on its latents and images, judged real
      and generated images apart, and let all state move in every pass. (v1 updated the generator once more at the very
      beginning when disc_iters was above 1; that single update is not made here.)
    """

    def __init__(self, options: Options, dataset: Dataset):
        super().__init__(options, dataset)
        self._early = options.reference in ("v1", "v2")
        self._reuses_latents = options.latents == "reused"
        self._judges_apart = options.judge == "apart"
        normalization = components.load("normalizations", options.d_normalization).Normalization
        # Real images change the generator's gradient only through shared batch statistics, or the loss itself.
        self._shows_real = normalization.uses_batch_statistics and not self._judges_apart

    def update(self, images: tf.Tensor, labels: tf.Tensor, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """One generator step; see `BaseGan.update`."""
        n = self.options.disc_iters
        turn = 0 if self._early else n - 1
        measured: dict[str, tf.Tensor] = {}
        for i in range(n):
            batch = self._draw(images[i], labels[i], step, f"discriminator/{i}")
            # v3 ran the generator once for both updates, so its state moves in the other one.
            is_shared = self.options.reference == "v3" and self._reuses_latents and i == turn
            measured |= self.in_pieces(functools.partial(self._discriminator_piece, batch, is_shared))
            if i == turn:
                own = batch if self._reuses_latents else self._draw(images[i], labels[i], step, "generator")
                measured |= self.in_pieces(functools.partial(self._generator_piece, own))
            measured |= self.control(self._piece(batch, self.options.accumulation_steps - 1))
        self.update_average(step)
        return measured

    def _discriminator_piece(self, batch: Batch, is_shared: bool, number: int) -> dict[str, tf.Tensor]:
        batch = self._piece(batch, number)
        with layer_state.frozen() if is_shared else self._still():
            fake = tf.stop_gradient(self.generator(batch.z, batch.fake_labels, training=True))
        return self.discriminator_step(batch, fake)

    def _generator_piece(self, batch: Batch, number: int) -> dict[str, tf.Tensor]:
        return self.generator_step(self._piece(batch, number))

    def _piece(self, batch: Batch, number: int) -> Batch:
        """Piece `number` of the batch, which draws random numbers of its own."""
        count = self.options.accumulation_steps
        if count == 1:
            return batch
        size = batch.real.shape[0] // count

        def cut(whole: tf.Tensor | None) -> tf.Tensor | None:
            return None if whole is None else whole[number * size : (number + 1) * size]

        return dataclasses.replace(
            batch,
            real=cut(batch.real),
            labels=cut(batch.labels),
            z=cut(batch.z),
            fake_labels=cut(batch.fake_labels),
            purpose=f"{batch.purpose}/piece/{number}",
        )

    @abc.abstractmethod
    def discriminator_step(self, batch: Batch, fake: tf.Tensor) -> dict[str, tf.Tensor]:
        """One update of the discriminator on a piece of the batch; gives measurements.

        fake: float32 [B, H, W, C], without a gradient.
        """

    @abc.abstractmethod
    def generator_step(self, batch: Batch) -> dict[str, tf.Tensor]:
        """One update of the generator on a piece of the batch; gives measurements."""

    def control(self, batch: Batch) -> dict[str, tf.Tensor]:
        """What follows a discriminator update, and the generator's if it was its turn; gives measurements."""
        del batch
        return {}

    def judge(self, batch: Batch, real: tf.Tensor, fake: tf.Tensor) -> tuple[Judgement, Judgement]:
        """What the discriminator says of real and of fake images."""
        if self._judges_apart:
            with self._still(layer_state.VECTORS):
                of_fake = self.discriminator(fake, batch.fake_labels, training=True)
            return self.discriminator(real, batch.labels, training=True), of_fake
        labels = None if batch.labels is None else tf.concat([batch.labels, batch.fake_labels], 0)
        both = self.discriminator(tf.concat([real, fake], 0), labels, training=True)
        (real_output, fake_output), (real_features, fake_features) = (tf.split(part, 2) for part in both)
        return (real_output, real_features), (fake_output, fake_features)

    def judge_for_generator(self, batch: Batch, real: tf.Tensor, fake: tf.Tensor) -> tuple[Judgement | None, Judgement]:
        """The same in the generator's update, real images only where they matter to it."""
        with self._still():
            if self._shows_real:
                return self.judge(batch, real, fake)
            return None, self.discriminator(fake, batch.fake_labels, training=True)

    def _still(self, *kinds: str) -> contextlib.AbstractContextManager:
        """Holds layer state still, which no version of compare_gan did."""
        return layer_state.frozen(*kinds) if self.options.reference == "none" else contextlib.nullcontext()

    def _draw(self, images: tf.Tensor, labels: tf.Tensor, step: tf.Tensor, purpose: str) -> Batch:
        """Inputs of one update: real images and labels as given, latents and generated labels drawn for the purpose."""
        options, size = self.options, images.shape[0]
        fake_labels = None
        if options.conditional:
            fake_labels = self._fake_labels(labels, step, purpose)
        shape = [size, self.generator.z_dim]
        z = draws.draw(options.z_distribution, f"{purpose}/z", shape, seed=options.seed, step=step)
        return Batch(
            real=self.to_float(images),
            labels=labels if options.conditional else None,
            z=z,
            fake_labels=fake_labels,
            step=step,
            purpose=purpose,
        )

    def _fake_labels(self, labels: tf.Tensor, step: tf.Tensor, purpose: str) -> tf.Tensor:
        """A class for each generated image, in the form of the real ones' labels, so that both can be joined.

        Those of the data are the real images' own, drawn from their distributions where they are soft: what the
        generator is asked for is always a class, in training as in evaluation. For an image without a label it is any
        class (compare_gan handed the generator "none").
        """
        options, size, classes = self.options, labels.shape[0], self.num_classes
        drawn = draws.draw_labels(f"{purpose}/labels", size, classes, seed=options.seed, step=step)
        if not labels.dtype.is_floating:
            return tf.where(labels >= 0, labels, drawn) if options.fake_labels == "data" else drawn
        if options.fake_labels == "data":
            place = draws.draw("unit", f"{purpose}/labels/place", [size, 1], seed=options.seed, step=step)
            reached = tf.cumsum(labels, axis=1)
            own = tf.reduce_sum(tf.cast(reached <= place * reached[:, -1:], tf.int32), axis=1)
            drawn = tf.where(is_labelled(labels), own, drawn)
        return tf.one_hot(drawn, classes)
