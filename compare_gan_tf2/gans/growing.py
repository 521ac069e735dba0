"""What GAN types share whose networks grow (Karras et al. 2018, section 2): turns, fades and rates by level.

How it fits the engine. A schedule (`options/growing.py`) says of every step, by its number alone, which side images
have, how far it is faded in, and how large the batch is; nothing of it is saved. Every level has turns of its own, with
its number of rows, whose `when` are its steps: one trace for each level, in which the fade is a tensor that follows
from the step. A turn before them writes the level of detail into both networks, so that checkpoints, averages,
evaluations and exports show what the step showed. Another one begins the optimizers anew where a fade begins or ends.
"""

from __future__ import annotations

import abc
import dataclasses
import functools
from collections.abc import Callable

import keras
import tensorflow as tf

from compare_gan_tf2.architectures.fading import faded, shrunk
from compare_gan_tf2.gans import Average, Optimizer, Outcome, Player, Stream, Turn, always
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.gans.moving_average import decay_after
from compare_gan_tf2.options.growing import Level, Schedule, schedule


class GrowingGan(BaseGan):
    """A generator and a discriminator, updated in this order: discriminator, average of the generator, generator.

    Attributes:
        schedule: of the training's levels.
    """

    schedule: Schedule

    def setup(self) -> None:
        """Two players, images and their labels, latents, and rates by level."""
        self.schedule = schedule(self.options, self.dataset.image_shape[0])
        self.players["generator"] = Player(self.build_generator, "g", self.generators_average())
        self.players["discriminator"] = Player(self.build_discriminator, "d")
        self.streams["images"] = Stream(tf.TensorSpec([None, *self.dataset.image_shape]))
        self.streams["z"] = Stream(self.prior.spec, self.prior.rows)
        if self.num_classes:
            self.streams["labels"] = Stream(tf.TensorSpec([None], tf.int32))
        if self.options.growing_rates:
            self.optimizers = {side: self._of_levels(said) for side, said in self.optimizers.items()}

    @abc.abstractmethod
    def build_generator(self) -> keras.Model:
        """The growing generator."""

    @abc.abstractmethod
    def build_discriminator(self) -> keras.Model:
        """The growing discriminator."""

    @abc.abstractmethod
    def level_turns(self, level: Level, when: Callable[[int], bool]) -> list[Turn]:
        """The turns of a level's steps, without those that all types share."""

    def generators_average(self) -> Average | None:
        """The average of the generator that the options ask for, of its weights before they move."""
        average, options = super().generators_average(), self.options
        if average and options.ema_kimg:

            def decay(step: tf.Tensor) -> tf.Tensor:
                found = decay_after(*images_at(self.schedule, step), options.ema_kimg, options.ema_rampup)
                return tf.where(step >= options.ema_start_step, found, 0.0)

            average = dataclasses.replace(average, decay=decay)
        return average and dataclasses.replace(average, takes="before")

    def turns(self) -> list[Turn]:
        """Of every level: its level of detail, then its own turns; before these optimizers may begin anew."""
        levels = self.schedule.levels
        when = {level: self.schedule.during(level) if len(levels) > 1 else always for level in levels}
        both = ("generator", "discriminator")
        shown = [
            Turn((), functools.partial(self.show, level), "growing", rows=level.batch, whole=True, when=when[level])
            for level in levels
        ]
        restart = [Turn(both, None, "restart", when=self.schedule.restart())] if self.schedule.restarts else []
        return [*shown, *restart, *(turn for level in levels for turn in self.level_turns(level, when[level]))]

    def due(self, level: Level, interval: int) -> Callable[[int], bool]:
        """A turn's `when`: every interval-th step from step 1 on, as far as it is of a level."""
        return dataclasses.replace(self.schedule.during(level), interval=interval)

    def show(self, level: Level, step: tf.Tensor) -> Outcome:
        """Writes a step's level of detail into the networks; how far its side is faded in is measured."""
        fade = fade_at(level, step)
        lod = float(level.level) + (tf.zeros([]) if fade is None else fade)
        for name in ("generator", "discriminator"):
            self.players[name].network.become(lod)
        return {"growing/side": tf.constant(float(level.side)), "growing/shown": 1.0 - (lod - float(level.level))}

    def real(self, level: Level, images: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """Images [B, R, R, C] in [0, 1] as a level shows them: [B, S, S, C] in [-1, 1]."""
        return faded(shrunk(2.0 * images - 1.0, 1 << level.level), fade_at(level, step))

    def _of_levels(self, said: Optimizer) -> Optimizer:
        """An optimizer whose rate is that of a step's level."""
        base = said.rate
        assert not callable(base)
        return dataclasses.replace(said, rate=lambda updates, step: base * self.schedule.at(step).rate)


def fade_at(level: Level, step: tf.Tensor) -> tf.Tensor | None:
    """How much of the next smaller side an image has in a step, a float32 scalar; None of a level without a fade.

    Args:
        level: of the step.
        step: int64 scalar, its number, from 1.
    """
    if not level.fade_images:
        return None
    seen = tf.cast(level.images_before(step) - level.fade_start, tf.float32)
    return tf.clip_by_value(1.0 - seen / float(level.fade_images), 0.0, 1.0)


def images_at(schedule: Schedule, step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Images that were seen before a step of any level, and those of its batch, float32 scalars."""
    columns = [(each.first_step, each.first_image, each.batch) for each in schedule.levels]
    table = tf.constant(columns, tf.int64)
    first_step, first_image, batch = tf.unstack(table[tf.reduce_sum(tf.cast(step >= table[:, 0], tf.int32)) - 1])
    return tf.cast(first_image + (step - first_step) * batch, tf.float32), tf.cast(batch, tf.float32)


def slope_squares(level: Level, gradient: tf.Tensor) -> tf.Tensor:
    """[B] squared lengths of slopes [B, S, S, C] of a level's images, as of images of the largest side.

    There each pixel is 4^level of them, whose slopes are as many times smaller (`level` is the number of halvings).
    """
    return tf.reduce_sum(tf.square(tf.cast(gradient, tf.float32)), [1, 2, 3]) / float(4**level.level)
