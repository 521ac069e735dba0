"""What GAN types with a generator and a discriminator share: players, batches, turns, how images are judged."""

from __future__ import annotations

import abc
import dataclasses

import keras
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.architectures.networks import is_labelled
from compare_gan_tf2.gans import Ability, Outcome, Player, Stream, Turn
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.runtime.draws import Seed

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
    """

    real: tf.Tensor
    labels: tf.Tensor | None
    z: tf.Tensor
    fake_labels: tf.Tensor | None


class AdversarialGan(BaseGan):
    """disc_iters updates of the discriminator, then one of the generator, which looks at the last images again.

    The generator's update has latents of its own, or with latents=reused those of the last discriminator update.
    """

    def setup(self) -> None:
        """Two players, images and their labels, latents and labels for them."""
        options = self.options
        self.players["generator"] = Player(self.build_generator, "g", self.generators_average())
        self.players["discriminator"] = Player(self.build_discriminator, "d")
        height, width, channels = self.dataset.image_shape
        self.streams["images"] = Stream(tf.TensorSpec([None, height, width, channels]))
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)
        if options.conditional:
            self.streams["labels"] = Stream(tf.TensorSpec([None], tf.int32))
            self.streams["drawn_labels"] = Stream(tf.TensorSpec([None], tf.int32), self._labels)
        self._judges_apart = options.judge == "apart"
        normalization = components.load("normalizations", options.d_normalization).Normalization
        # Real images change the generator's gradient only through shared batch statistics, or the loss itself.
        self._shows_real = normalization.uses_batch_statistics and not self._judges_apart

    def turns(self) -> list[Turn]:
        """The discriminator's updates, and the generator's."""
        last = f"discriminator/{self.options.disc_iters - 1}"
        d = [Turn(("discriminator",), self.d, f"discriminator/{i}") for i in range(self.options.disc_iters)]
        return [*d, Turn(("generator",), self.g, self.generators_draws(last), reads=last)]

    def generators_draws(self, last: str) -> str:
        """Purpose of the generator's random numbers: its own, or with latents=reused `last`."""
        return last if self.options.latents == "reused" else "generator"

    def d(
        self,
        images: tf.Tensor,
        z: tf.Tensor,
        labels: tf.Tensor | None = None,
        drawn_labels: tf.Tensor | None = None,
        generated: tf.Tensor | None = None,
    ) -> Outcome:
        """The objective of the discriminator; `generated` are images that the generator's turn has handed on."""
        batch = self.batch(images, z, labels, drawn_labels)
        return self.discriminator_objective(batch, self.fakes(batch) if generated is None else generated)

    def g(
        self, images: tf.Tensor, z: tf.Tensor, labels: tf.Tensor | None = None, drawn_labels: tf.Tensor | None = None
    ) -> Outcome:
        """The objective of the generator."""
        return self.generator_objective(self.batch(images, z, labels, drawn_labels))

    @abc.abstractmethod
    def discriminator_objective(self, batch: Batch, fake: tf.Tensor) -> Outcome:
        """Terms of the discriminator; fake is float32 [B, H, W, C], without a gradient."""

    @abc.abstractmethod
    def generator_objective(self, batch: Batch) -> Outcome:
        """Terms of the generator."""

    def fakes(self, batch: Batch) -> tf.Tensor:
        """Generated images float32 [B, H, W, C] for the discriminator's update, without a gradient."""
        return tf.stop_gradient(self.generator(batch.z, batch.fake_labels, training=True))

    def judge(self, batch: Batch, real: tf.Tensor, fake: tf.Tensor) -> tuple[Judgement, Judgement]:
        """What the discriminator says of real and of fake images."""
        if self._judges_apart:
            of_fake = self.discriminator(fake, batch.fake_labels, training=True)
            return self.discriminator(real, batch.labels, training=True), of_fake
        labels = None if batch.labels is None else tf.concat([batch.labels, batch.fake_labels], 0)
        with draws.behind_one_another(2):
            both = self.discriminator(tf.concat([real, fake], 0), labels, training=True)
        (real_output, fake_output), (real_features, fake_features) = (tf.split(part, 2) for part in both)
        return (real_output, real_features), (fake_output, fake_features)

    def judge_for_generator(self, batch: Batch, real: tf.Tensor, fake: tf.Tensor) -> tuple[Judgement | None, Judgement]:
        """What the discriminator says of fake images in the generator's update, of real ones only where they matter."""
        if self._shows_real:
            return self.judge(batch, real, fake)
        return None, self.discriminator(fake, batch.fake_labels, training=True)

    def batch(self, images: tf.Tensor, z: tf.Tensor, labels: tf.Tensor | None, drawn_labels: tf.Tensor | None) -> Batch:
        """One update's inputs, of its streams."""
        fake_labels = None if labels is None or drawn_labels is None else self.asked_labels(labels, drawn_labels)
        return Batch(real=images, labels=labels, z=z, fake_labels=fake_labels)

    def asked_labels(self, labels: tf.Tensor, drawn: tf.Tensor) -> tf.Tensor:
        """What generated images are asked for, of the real images' labels and of classes drawn; `labels_to_ask`."""
        from_data = self.options.fake_labels == "data"
        return labels_to_ask(labels, drawn, from_data=from_data, num_classes=self.num_classes)

    def _labels(self, count: int, purpose: str, seed: Seed) -> tf.Tensor:
        return seed.labels(f"{purpose}/labels", count, self.num_classes)


def labels_to_ask(labels: tf.Tensor, drawn: tf.Tensor, *, from_data: bool, num_classes: int) -> tf.Tensor:
    """A class for each generated image, in the form of the real ones' labels, so that both can be joined.

    Those of the data are the real images' own, drawn from their distributions where they are soft: what the generator
    is asked for is always a class, in training as in evaluation. For an image without a label it is any class
    (compare_gan handed the generator "none").

    Args:
        labels: of the real images.
        drawn: int32 [B], any classes.
        from_data: whether they are to be the data's.
        num_classes: of the labels.
    """
    if not labels.dtype.is_floating:
        return tf.where(labels >= 0, labels, drawn) if from_data else drawn
    if from_data:
        place = draws.rows_of("unit", "labels/place", [labels.shape[0], 1])
        reached = tf.cumsum(labels, axis=1)
        own = tf.reduce_sum(tf.cast(reached <= place * reached[:, -1:], tf.int32), axis=1)
        drawn = tf.where(is_labelled(labels), own, drawn)
    return tf.one_hot(drawn, num_classes)


def reconstructing(autoencoder: keras.Model) -> Ability:
    """Copies of images [B, H, W, C] by an autoencoder that gives (copies, codes)."""

    def reconstruct(images: tf.Tensor) -> tf.Tensor:
        copies, _ = autoencoder(images, training=False)
        return copies

    return Ability(reconstruct, ("images",), "images")
