"""CycleGAN: two translators that invert each other, learned from unpaired images (Zhu et al. 2017)."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan_tf2.gans import Ability, Optimizer, Outcome, Player, Rows, Stream, Term, Turn
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.gans.image_buffer import query

# Facts, read without importing this file.
MODEL = "model that translates images between two domains"
HAS_LOGITS = False
NETWORKS = ("translator", "patch_discriminator")
HONORS = ("cycle_weight", "epoch_steps", "identity_weight", "image_buffer")
IMPLIES = {
    "architecture": "resnet_translator", "batch_size": 1, "g_normalization": "none", "learning_rate_decay": 0.5,
    "loss": "none",
}  # fmt: skip
REQUIRES = {
    "conditional": (False, "it has networks without labels"),
    "d_normalization": ("none", "its discriminators have instance norm of their own"),
    "disc_iters": (1, "its discriminators move once a step"),
    "g_normalization": ("none", "its translators have instance norm of their own"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {"translate_ab": (("a",), "b"), "translate_ba": (("b",), "a"), "cycle": (("a",), "a")}

TRANSLATORS = ("generator_ab", "generator_ba")
DISCRIMINATORS = ("discriminator_a", "discriminator_b")


class Gan(BaseGan):
    """Least squares on patches, cycles a -> b -> a and b -> a -> b, and an identity loss on target images.

    Both translators are updated together, then both discriminators, on the images generated before; an image buffer for
    each domain mixes them with older ones. Differences are of pixels in [-1, 1]. Adam is in the form of PyTorch.
    """

    def setup(self) -> None:
        """Four players, images of both domains, two buffers."""
        options, shape = self.options, self.dataset.image_shape
        average = self.generators_average()
        for name in TRANSLATORS:
            self.players[name] = Player(functools.partial(self.build_translator, name), "g", average)
        for name in DISCRIMINATORS:
            self.players[name] = Player(functools.partial(self.build_patch_discriminator, name), "d")
        for domain in "ab":
            self.streams[domain] = Stream(tf.TensorSpec([None, *shape]), source=domain)
            if options.image_buffer:
                self.add_state(f"buffer/{domain}", tf.zeros([options.image_buffer, *shape]))
        if options.image_buffer:
            self.add_state("buffer/count", tf.zeros([], tf.int32))
        self.optimizers = {
            side: by_epoch(said, options.epoch_steps, options.training_steps) for side, said in self.optimizers.items()
        }

    def build_translator(self, name: str) -> keras.Model:
        """From one domain to the other."""
        made: keras.Model = self.architecture.translator(self.dataset.image_shape, self.options, name)
        return made

    def build_patch_discriminator(self, name: str) -> keras.Model:
        """Of one domain."""
        made: keras.Model = self.architecture.patch_discriminator(self.dataset.image_shape, self.options, name)
        return made

    def turns(self) -> list[Turn]:
        """Both translators, then both discriminators on the same real images."""
        return [
            Turn(TRANSLATORS, self.g, "translators", hands=("shown_a", "shown_b"), after=self.show),
            Turn(DISCRIMINATORS, self.d, "discriminators", reads="translators"),
        ]

    def g(self, a: tf.Tensor, b: tf.Tensor) -> Outcome:
        """What the translators descend on, and the images that they make."""
        ab, ba = (self.players[name] for name in TRANSLATORS)
        judge_a, judge_b = (self.players[name] for name in DISCRIMINATORS)
        fake_a, fake_b = ba(b), ab(a)
        cycle, identity = self.options.cycle_weight, self.options.cycle_weight * self.options.identity_weight
        terms: dict[str, Term | Rows | tf.Tensor] = {
            "loss/g_ab": squared_distance(judge_b(fake_b), 1.0),
            "loss/g_ba": squared_distance(judge_a(fake_a), 1.0),
            "loss/cycle_a": Term(distance(ba(fake_b), a), cycle),
            "loss/cycle_b": Term(distance(ab(fake_a), b), cycle),
        }
        if identity:
            terms |= {
                "loss/identity_a": Term(distance(ba(a), a), identity),
                "loss/identity_b": Term(distance(ab(b), b), identity),
            }
        return terms | {"fake_a": Rows(fake_a), "fake_b": Rows(fake_b)}

    def show(
        self,
        fake_a: tf.Tensor,
        fake_b: tf.Tensor,
        buffer_a: tf.Tensor | None = None,
        buffer_b: tf.Tensor | None = None,
        buffer_count: tf.Tensor | None = None,
    ) -> dict[str, Rows | tf.Tensor]:
        """The generated images that the discriminators are shown, and the buffers that they come from."""
        if buffer_a is None or buffer_b is None or buffer_count is None:
            return {"shown_a": Rows(fake_a), "shown_b": Rows(fake_b)}
        shown_a, buffer_a, count = query(fake_a, buffer_a, buffer_count, "buffer_a")
        shown_b, buffer_b, _ = query(fake_b, buffer_b, buffer_count, "buffer_b")
        return {
            "shown_a": Rows(shown_a), "shown_b": Rows(shown_b),
            "buffer/a": buffer_a, "buffer/b": buffer_b, "buffer/count": count,
        }  # fmt: skip

    def d(self, a: tf.Tensor, b: tf.Tensor, shown_a: tf.Tensor, shown_b: tf.Tensor) -> Outcome:
        """Each discriminator's half of the squared distances to 1 and 0."""
        terms: dict[str, Term] = {}
        for name, real, fake in zip(DISCRIMINATORS, (a, b), (shown_a, shown_b), strict=True):
            judge = self.players[name]
            both = squared_distance(judge(real), 1.0) + squared_distance(judge(fake), 0.0)
            terms[f"loss/{name.replace('discriminator', 'd')}"] = Term(0.5 * both, only=(name,))
        return terms

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """To translate images of each domain, and to translate those of a there and back."""
        return {
            "translate_ab": Ability(lambda images: self.translate_ab(images, nets), ("a",), "b"),
            "translate_ba": Ability(lambda images: self.translate_ba(images, nets), ("b",), "a"),
            "cycle": Ability(lambda images: self.cycle(images, nets), ("a",), "a"),
        }

    def translate_ab(self, images: tf.Tensor, nets: Mapping[str, keras.Model] | None = None) -> tf.Tensor:
        """Images of domain a as images of b.

        Args:
            images: float32 [B, H, W, C] in [0, 1].
            nets: networks by the names of the players; None takes those that scores are about.

        Returns:
            float32 of the same shape and range.
        """
        return (nets or self.evaluated())["generator_ab"](images, training=False)

    def translate_ba(self, images: tf.Tensor, nets: Mapping[str, keras.Model] | None = None) -> tf.Tensor:
        """Images of domain b as images of a; see `translate_ab`."""
        return (nets or self.evaluated())["generator_ba"](images, training=False)

    def cycle(self, images: tf.Tensor, nets: Mapping[str, keras.Model] | None = None) -> tf.Tensor:
        """Images of domain a as images of b as images of a, which should be the same ones; see `translate_ab`."""
        return self.translate_ba(self.translate_ab(images, nets), nets)


def distance(images: tf.Tensor, others: tf.Tensor) -> tf.Tensor:
    """Mean absolute difference of images in [0, 1], as it is of the same images in [-1, 1]."""
    return 2.0 * tf.reduce_mean(tf.abs(images - others))


def squared_distance(outputs: tf.Tensor, target: float) -> tf.Tensor:
    """Mean over the batch and all patches."""
    return tf.reduce_mean(tf.square(outputs - target))


def by_epoch(said: Optimizer, epoch_steps: int, steps: int) -> Optimizer:
    """PyTorch's Adam; a rate that decays stays the same for an epoch of so many steps, if that is not 0.

    In epoch e from 0, of n epochs at the full rate and m more, it is multiplied by 1 - max(0, e + 1 - n) / (m + 1).
    """
    said = dataclasses.replace(said, corrects_epsilon=True)
    if not (said.decay and epoch_steps):
        return said
    epochs = -(-steps // epoch_steps)
    decaying = round(said.decay * epochs)
    full, start = epochs - decaying, said.rate
    assert not callable(start)

    def rate(updates: int, step: int) -> float:
        del updates
        epoch = (step - 1) // epoch_steps
        return start * (1.0 - max(0, epoch + 1 - full) / (decaying + 1))

    return dataclasses.replace(said, rate=rate, decay=0.0)
