"""GILBO, a lower bound on the information between latents and images, in nats (Alemi and Fischer 2018).

«GILBO: One Metric to Measure Them All», https://arxiv.org/abs/1802.04874. An encoder e(z|x) learns to guess latents
from the images that the frozen generator makes of them; E[log e(z|G(z)) - log p(z)] <= I(z; G(z)) is as tight as the
encoder is good. For a generator that can be inverted exactly there is no upper limit. Conditional generators get labels
drawn with the latents; the encoder does not see them, so what is bounded is the information with the label unknown,
I(z; G(z, y)) with y drawn from its prior.
"""

from __future__ import annotations

import dataclasses
import math
import time
import zlib
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from compare_gan_tf2.model_metrics import TrainedModel
from compare_gan_tf2.model_metrics._distributions import Family, family_for, log_prior
from compare_gan_tf2.progress import Progress, announce

LEARNING_RATE = 4e-4
# Training ends when the rate has been halved to below this.
SMALLEST_RATE = 1e-8
CONSISTENCY_BATCHES = 5
# Larger maps get further convolutions before they are flattened; up to 128 pixels there are the published two.
_LARGEST_MAP = 30
# Batches of latents that are drawn at a time.
_DRAWN = 50
# Steps between reports; the second so many are timed.
_REPORT_EVERY = 50

Batch = tuple[tf.Tensor, tf.Tensor | None]


@dataclasses.dataclass(frozen=True)
class Effort:
    """How long the encoder is trained and judged.

    Attributes:
        cycles: most cycles of training.
        steps: updates in a cycle, each on a fresh batch of the GAN's training size.
        evaluation_batches: fresh batches whose mean is the score.
    """

    cycles: int
    steps: int
    evaluation_batches: int

    def __str__(self) -> str:
        return (
            f"at most {self.cycles} cycles of {self.steps} steps of Adam at {LEARNING_RATE:g}, batches of the "
            f"training's size, mean of {self.evaluation_batches} batches, consistency of {CONSISTENCY_BATCHES}"
        )


class Schedule:
    """What happens after each cycle: the learning rate falls when a cycle gained too little, and then the end comes.

    Attributes:
        rate: learning rate of the next cycle.
        threshold: mean that it has to reach.
    """

    def __init__(self) -> None:
        self.rate = LEARNING_RATE
        self.threshold = -2.0
        self._previous = 0.0

    def goes_on(self, mean: float) -> bool:
        """Takes note of a cycle's mean information; whether there is to be another cycle."""
        if math.isnan(mean):
            return False
        if mean < self.threshold:
            self.rate *= 0.5
        else:
            gain = min(0.5, 0.75 * (mean - self._previous))
            self.threshold = max(self.threshold, mean + max(0.0, gain))
        self._previous = mean
        return self.rate >= SMALLEST_RATE


def scores(model: TrainedModel, effort: Effort, name: str) -> dict[str, float]:
    """Trains an encoder on a model's generator and scores both.

    The encoder's distribution is Beta in every dimension where the prior is bounded, and normal where it is not.

    Args:
        model: with images whose sides are 10 pixels or more.
        effort: how long.
        name: of the scores, and of the random numbers.

    Returns:
        {name}, the bound in nats, below 0 where nothing was learnt; batches without a number count as 0.
        {name}_train_consistency, {name}_eval_consistency and {name}_self_consistency: with z' drawn from e(z|x) for
        training, evaluation and generated images x, the symmetric divergence (KL + KL reversed) / 2, in nats, of
        e(z|x) and e(z|G(z')); 0 or more, NaN if the encoder gives none.
    """
    encoding = _Encoding(model, effort, name)
    encoding.train()
    return {name: encoding.information(), **encoding.consistency()}


def encoder(image_shape: tuple[int, int, int], components: int, seed: int) -> keras.Model:
    """The published network: two convolutions with a stride of 2 and no padding, a hidden layer of 1,024.

    Args:
        image_shape: (height, width, channels), sides of 10 or more.
        components: n, of the latents.
        seed: decides the initial weights.

    Returns:
        A model from images float32 [B, H, W, C] to outputs float32 [B, 2 n].
    """
    draws = keras.random.SeedGenerator(seed)

    def kernels() -> dict[str, Any]:
        return {"kernel_initializer": keras.initializers.GlorotUniform(draws)}

    hidden = images = keras.Input(image_shape)
    for number, width in enumerate((64, 128)):
        while True:
            hidden = keras.layers.Conv2D(width, 4, strides=2, **kernels())(hidden)
            hidden = keras.layers.LeakyReLU(negative_slope=0.2)(hidden)
            if number == 0 or max(hidden.shape[1:3]) <= _LARGEST_MAP:
                break
    hidden = keras.layers.Dense(1024, **kernels())(keras.layers.Flatten()(hidden))
    hidden = keras.layers.LeakyReLU(negative_slope=0.2)(hidden)
    return keras.Model(images, keras.layers.Dense(2 * components, **kernels())(hidden))


class _Encoding:
    """An encoder of one generator."""

    def __init__(self, model: TrainedModel, effort: Effort, name: str):
        if model.has_parts:
            raise ValueError("the bound is of latents of one distribution, and these have parts")
        self._model, self._effort, self._name = model, effort, name
        self._size = model.options.batch_size
        self._family: Family = family_for(model.latent_bounds)
        z, _ = model.draw_latents(1, name)
        self._network = encoder(model.dataset.image_shape, z.shape[1], model.seed)
        self._optimizer = keras.optimizers.Adam(LEARNING_RATE, epsilon=1e-8)
        self._optimizer.build(self._network.trainable_variables)
        self._update = tf.function(self._updated)
        self._measure = tf.function(self._measured)

    def train(self) -> None:
        """Cycles until the schedule or the effort ends them."""
        effort, schedule = self._effort, Schedule()
        total = effort.cycles * effort.steps
        batches = self._batches("train", total)
        done, began = 0, 0.0
        with Progress(f"training the encoder of {self._name}", total) as progress:
            for _ in range(effort.cycles):
                self._optimizer.learning_rate.assign(schedule.rate)
                found: list[tf.Tensor] = []
                for _ in range(effort.steps):
                    found.append(self._update(*next(batches)))
                    done += 1
                    if done % _REPORT_EVERY == 0:
                        progress.advance(done, {"nats": float(found[-1])})
                    # The first steps' time is that of tracing.
                    if done == _REPORT_EVERY:
                        began = time.monotonic()
                    elif done == 2 * _REPORT_EVERY:
                        each = (time.monotonic() - began) / _REPORT_EVERY
                        announce(self._name, each * (total + effort.evaluation_batches - done))
                mean = float(np.mean([float(value) for value in found]))
                progress.advance(done, {"nats": mean})
                if not schedule.goes_on(mean):
                    break

    def information(self) -> float:
        """Mean of log e(z|G(z)) - log p(z) over fresh batches; 0 for one that is no number."""
        count, found = self._effort.evaluation_batches, []
        with Progress(f"evaluating {self._name}", count) as progress:
            for batch in self._batches("evaluation", count):
                value = float(self._measure(*batch))
                found.append(0.0 if math.isnan(value) else value)
                progress.advance(len(found))
        return float(np.mean(found))

    def consistency(self) -> dict[str, float]:
        """The three consistencies, each over `CONSISTENCY_BATCHES` batches."""
        model, name, count = self._model, self._name, CONSISTENCY_BATCHES * self._size
        found = {}
        for kind, split in (("train", "train"), ("eval", "evaluation")):
            rng = self._rng(kind)
            images, labels = model.real_images(split)
            chosen = rng.choice(len(images), count, replace=len(images) < count)
            batches = [
                (images[part], labels[part] if model.num_classes else None)
                for part in np.split(chosen, CONSISTENCY_BATCHES)
            ]
            found[f"{name}_{kind}_consistency"] = self._divergence(batches, rng)
        drawn = self._batches("self", CONSISTENCY_BATCHES)
        generated = [(model.generator(z, labels, training=False), labels) for z, labels in drawn]
        found[f"{name}_self_consistency"] = self._divergence(generated, self._rng("self"))
        return found

    def _divergence(self, batches: list[tuple[Any, Any]], rng: np.random.Generator) -> float:
        """Symmetric divergence before and after a reconstruction, mean over images [B, H, W, C] with their labels."""
        values = []
        for images, labels in batches:
            before = self._encoded(images)
            if not np.isfinite(before).all():
                return math.nan
            guess = tf.constant(self._family.sample(before, rng))
            after = self._encoded(self._model.generator(guess, labels, training=False))
            both = self._family.divergence(before, after) + self._family.divergence(after, before)
            values.append(float(tf.reduce_mean(tf.reduce_sum(both, axis=1))) / 2)
        return float(np.mean(values))

    def _encoded(self, images: Any) -> tuple[tf.Tensor, tf.Tensor]:
        return self._family.parameters(self._network(images, training=False))

    def _updated(self, z: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        """One update on a batch; its mean information before."""
        images = self._model.generator(z, labels, training=False)
        with tf.GradientTape() as tape:
            information = self._of_batch(z, images)
            objective = -tf.reduce_sum(information)
        variables = self._network.trainable_variables
        self._optimizer.apply(tape.gradient(objective, variables), variables)
        return tf.reduce_mean(information)

    def _measured(self, z: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        return tf.reduce_mean(self._of_batch(z, self._model.generator(z, labels, training=False)))

    def _of_batch(self, z: tf.Tensor, images: tf.Tensor) -> tf.Tensor:
        """log e(z|x) - log p(z) of each latent, float64 [B]."""
        model = self._model
        density = self._family.log_density(self._encoded(images), z)
        return tf.reduce_sum(density - log_prior(model.options.z_distribution, z, model.latent_bounds), axis=1)

    def _batches(self, purpose: str, count: int) -> Iterator[Batch]:
        """Fresh latents [B, n] and labels of the prior, count times."""
        for first in range(0, count, _DRAWN):
            drawn = min(_DRAWN, count - first)
            z, labels = self._model.draw_latents(drawn * self._size, f"{self._name}/{purpose}", batch=first // _DRAWN)
            z, labels = tf.convert_to_tensor(z), None if labels is None else tf.convert_to_tensor(labels)
            for start in range(0, drawn * self._size, self._size):
                part = slice(start, start + self._size)
                yield z[part], None if labels is None else labels[part]

    def _rng(self, purpose: str) -> np.random.Generator:
        return np.random.default_rng([self._model.seed, zlib.crc32(f"{self._name}/{purpose}".encode())])
