"""What every GAN type has: two networks, their optimisers, an average of the generator, one update."""

from __future__ import annotations

import abc
import contextlib
import threading
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.gans import optimizers
from compare_gan_tf2.gans.moving_average import MovingAverage
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import layer_state, precision
from compare_gan_tf2.runtime.prior import Prior
from compare_gan_tf2.runtime.recomputation import recomputing
from compare_gan_tf2.runtime.replicas import global_mean


class _Pieces(threading.local):
    """Where an update is that takes its batch in pieces; per thread, as every replica is traced in one of its own."""

    def __init__(self) -> None:
        self.is_last = True
        self.gradients: dict[int, list[tf.Tensor | None]] = {}


class BaseGan(abc.ABC):
    """Builds the networks and optimisers of a task; a GAN type adds its `update`.

    To be made, and called, inside the scope of a tf.distribute strategy; `train_step` runs in every replica.

    Attributes:
        generator, discriminator: the networks.
        average: running average of the generator, or None.
        g_optimizer, d_optimizer: built on the networks' trainable variables.
        state: float32 scalars, by name, that a training keeps beside networks and optimisers.
        measurements: names of what `train_step` measures.
    """

    measurements: tuple[str, ...] = ("loss/d", "loss/g")

    def __init__(self, options: Options, dataset: Dataset):
        self.options = options
        self.dataset = dataset
        self.num_classes = dataset.num_classes if options.conditional else 0
        self.architecture = components.load("architectures", options.architecture)
        self.generator = self.build_generator()
        self.discriminator = self.build_discriminator()
        self.g_optimizer = self._optimizer("g", options.training_steps * self.generator_updates, self.generator)
        self.d_optimizer = self._optimizer("d", options.training_steps * options.disc_iters, self.discriminator)
        self.state: dict[str, tf.Variable] = {}
        self._loss_scales = {}
        self._pieces = _Pieces()
        if options.precision == "mixed_float16":
            self._loss_scales = {
                id(optimizer): precision.LossScale(self.add_state, name, global_mean)
                for name, optimizer in (("g", self.g_optimizer), ("d", self.d_optimizer))
            }
        self.average = self.build_generator() if options.ema_decay else None
        self._moving_average = self.average and MovingAverage(
            self.generator,
            self.average,
            decay=options.ema_decay,
            start_step=options.ema_start_step,
            reference=options.reference,
        )

    @property
    def generator_updates(self) -> int:
        """Updates of the generator in a step."""
        return 1

    def build_generator(self) -> keras.Model:
        """What makes images of latents: the architecture's generator unless the GAN type has another."""
        return self.architecture.generator(self.dataset.image_shape, self.options, self.num_classes)

    def build_discriminator(self) -> keras.Model:
        """The other network: the architecture's discriminator unless the GAN type has another."""
        return self.architecture.discriminator(self.dataset.image_shape, self.options, self.num_classes)

    def add_state(self, name: str, start: float = 0.0) -> tf.Variable:
        """A scalar of the training's state; what is assigned to it must be the same in all replicas."""
        aggregation = tf.VariableAggregation.MEAN
        self.state[name] = tf.Variable(start, trainable=False, dtype=tf.float32, name=name, aggregation=aggregation)
        return self.state[name]

    @property
    def prior(self) -> Prior:
        """Of the generator's latents."""
        return Prior.of(self.options, self.generator.z_dim)

    @property
    def evaluated_generator(self) -> keras.Model:
        """The generator that scores and exports are about (`Options.generator_weights`)."""
        return self.average if self.average and self.options.generator_weights == "average" else self.generator

    def networks(self) -> dict[str, dict[str, tf.Variable]]:
        """Every variable of the networks, by the network's name and its own.

        The variables themselves, because TensorFlow's checkpoints do not see all of a Keras 3 model's.
        """
        networks = {"generator": self.generator, "discriminator": self.discriminator}
        if self.average:
            networks["average"] = self.average
        return {
            name: {path: variable.value for path, variable in network.named_variables().items()}
            for name, network in networks.items()
        }

    def tracked(self) -> dict[str, dict[str, tf.Variable]]:
        """What a checkpoint holds: networks, optimisers, and the training's own scalars where there are any."""
        parts = self.networks()
        for name, optimizer in {"g_optimizer": self.g_optimizer, "d_optimizer": self.d_optimizer}.items():
            parts[name] = {variable.path: variable.value for variable in optimizer.variables}
            assert len(parts[name]) == len(optimizer.variables), "two optimiser variables of one name"
        return parts | ({"state": self.state} if self.state else {})

    def train_step(self, images: tf.Tensor, labels: tf.Tensor, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """One generator step in the precision that the options ask for; see `update`."""
        with precision.computing(self.options.precision), recomputing(self.options.gradient_checkpointing):
            return self.update(images, labels, step)

    @abc.abstractmethod
    def update(self, images: tf.Tensor, labels: tf.Tensor, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """One generator step on this replica's share of the batches.

        Args:
            images: as stored, uint8 or uint16 [disc_iters, B, H, W, C].
            labels: int32 [disc_iters, B], -1 where an image has none; or soft ones, float32 [disc_iters, B, classes],
                a distribution for each image, zeros where it has none.
            step: int64 scalar, the number of this generator step, from 1.

        Returns:
            This replica's measurements by name, float32 scalars, to be averaged over the replicas.
        """

    def in_pieces(self, update: Callable[[int], dict[str, tf.Tensor]]) -> dict[str, tf.Tensor]:
        """One update of a network on the pieces of its batch, one after the other: update(number of the piece).

        Optimisers take their step in the last one, on the mean of the gradients. Vectors of spectral norm move then
        too, so that all pieces see the same kernels.

        Returns:
            Means of what the pieces measured.
        """
        count = self.options.accumulation_steps
        measured = []
        for number in range(count):
            self._pieces.is_last = number == count - 1
            waiting = [each for gradients in self._pieces.gradients.values() for each in gradients if each is not None]
            # One after the other, or their activations would be in memory together.
            with (
                contextlib.nullcontext() if self._pieces.is_last else layer_state.frozen(layer_state.VECTORS),
                tf.control_dependencies(waiting),
            ):
                measured.append(update(number))
        if count == 1:
            return measured[0]
        return {name: tf.add_n([each[name] for each in measured]) / count for name in measured[0]}

    @property
    def is_last_piece(self) -> bool:
        """Whether the update ends with what is being traced; what is to happen once for an update happens then."""
        return self._pieces.is_last

    def update_average(self, step: tf.Tensor) -> None:
        """Takes the generator after this step into the average."""
        if self._moving_average:
            self._moving_average.update(step)

    def to_float(self, images: tf.Tensor) -> tf.Tensor:
        """Whole numbers as stored -> float32 in [0, 1]."""
        return tf.cast(images, tf.float32) / float(self.dataset.largest_value)

    def minimise(self, tape: tf.GradientTape, objective: tf.Tensor, network: keras.Model, optimizer: Any) -> None:
        """One optimiser step on the network's variables; objective is this replica's mean, over one piece of the batch.

        Keras optimisers add the replicas' gradients up, so each replica's objective counts for its share, and each
        piece's for its own.
        """
        replicas = tf.distribute.get_replica_context().num_replicas_in_sync
        loss_scale = self._loss_scales.get(id(optimizer))
        with tape:
            share = objective / (replicas * self.options.accumulation_steps)
            share = loss_scale.scaled(share) if loss_scale else share
        variables = network.trainable_variables
        gradients = tape.gradient(share, variables)
        before = self._pieces.gradients.pop(id(optimizer), [None] * len(variables))
        gradients = [new if old is None else old + new for old, new in zip(before, gradients, strict=True)]
        if not self.is_last_piece:
            self._pieces.gradients[id(optimizer)] = gradients
            return
        if loss_scale:
            loss_scale.apply(optimizer, gradients, variables)
        else:
            optimizer.apply(gradients, variables)

    def _optimizer(self, side: str, updates: int, network: keras.Model) -> keras.Optimizer:
        options = self.options
        optimizer = optimizers.create(
            getattr(options, f"{side}_optimizer"),
            getattr(options, f"{side}_learning_rate"),
            beta1=options.beta1,
            beta2=options.beta2,
            updates=updates,
            decay=options.learning_rate_decay,
        )
        optimizer.build(network.trainable_variables)
        return optimizer


def sample_inputs(gan: BaseGan, count: int) -> tuple[tf.Tensor, tf.Tensor | None]:
    """Latents [count, z_dim] and labels for sheets of samples, the same over a training; classes in turn."""
    z = gan.prior.draw(count, "samples", seed=gan.options.seed, step=0)
    return z, tf.range(count) % gan.num_classes if gan.num_classes else None


def build(options: Options) -> BaseGan:
    """The GAN that a task's options describe, with its initial weights."""
    return components.load("gans", options.gan).Gan(options, catalog.of(options))
