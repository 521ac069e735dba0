"""What every GAN type has: two networks, their optimisers, an average of the generator, one update."""

from __future__ import annotations

import abc
from typing import Any

import keras
import tensorflow as tf

from compare_gan_tf2 import components, latents
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.moving_average import MovingAverage
from compare_gan_tf2.options import Options

# Of compare_gan, and of TensorFlow 1; Keras's own default is 1e-7.
_ADAM_EPSILON = 1e-8


class LinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A constant rate that falls linearly over the last `share` of `updates`; the last update still has some."""

    def __init__(self, rate: float, updates: int, share: float):
        self.rate, self.updates, self.share = rate, updates, share

    def __call__(self, step: Any) -> tf.Tensor:
        left = (self.updates - tf.cast(step, tf.float32)) / (self.updates * self.share)
        return self.rate * tf.clip_by_value(left, 0.0, 1.0)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as Keras wants it."""
        return {"rate": self.rate, "updates": self.updates, "share": self.share}


class BaseGan(abc.ABC):
    """Builds the networks and optimisers of a task; a GAN type adds its `train_step`.

    To be made, and called, inside the scope of a tf.distribute strategy; `train_step` runs in every replica.

    Attributes:
        generator, discriminator: the networks.
        average: running average of the generator, or None.
        g_optimizer, d_optimizer: built on the networks' trainable variables.
        measurements: names of what `train_step` measures.
    """

    measurements: tuple[str, ...] = ("loss/d", "loss/g")

    def __init__(self, options: Options, dataset: Dataset):
        self.options = options
        self.dataset = dataset
        self.num_classes = dataset.num_classes if options.conditional else 0
        architecture = components.load("architectures", options.architecture)
        build = (dataset.image_shape, options, self.num_classes)
        self.generator = architecture.generator(*build)
        self.discriminator = architecture.discriminator(*build)
        self.g_optimizer = self._adam(options.g_learning_rate, options.training_steps)
        self.d_optimizer = self._adam(options.d_learning_rate, options.training_steps * options.disc_iters)
        self.g_optimizer.build(self.generator.trainable_variables)
        self.d_optimizer.build(self.discriminator.trainable_variables)
        self.average = architecture.generator(*build) if options.ema_decay else None
        self._moving_average = self.average and MovingAverage(
            self.generator,
            self.average,
            decay=options.ema_decay,
            start_step=options.ema_start_step,
            reference=options.reference,
        )

    @property
    def evaluated_generator(self) -> keras.Model:
        """The generator that scores and exports are about: the average where there is one."""
        return self.average or self.generator

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
        """What a checkpoint holds: networks and optimisers."""
        parts = self.networks()
        for name, optimizer in {"g_optimizer": self.g_optimizer, "d_optimizer": self.d_optimizer}.items():
            parts[name] = {variable.path: variable.value for variable in optimizer.variables}
            assert len(parts[name]) == len(optimizer.variables), "two optimiser variables of one name"
        return parts

    @abc.abstractmethod
    def train_step(self, images: tf.Tensor, labels: tf.Tensor, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """One generator step on this replica's share of the batches.

        Args:
            images: uint8 [disc_iters, B, H, W, C].
            labels: int32 [disc_iters, B].
            step: int64 scalar, the number of this generator step, from 1.

        Returns:
            This replica's measurements by name, float32 scalars, to be averaged over the replicas.
        """

    def update_average(self, step: tf.Tensor) -> None:
        """Takes the generator after this step into the average."""
        if self._moving_average:
            self._moving_average.update(step)

    def to_float(self, images: tf.Tensor) -> tf.Tensor:
        """uint8 as stored -> float32 in [0, 1]."""
        return tf.cast(images, tf.float32) / float(self.dataset.largest_value)

    @staticmethod
    def minimise(tape: tf.GradientTape, objective: tf.Tensor, network: keras.Model, optimizer: Any) -> None:
        """One optimiser step on the network's variables; objective is this replica's mean.

        Keras optimisers add the replicas' gradients up, so each replica's objective counts for its share.
        """
        replicas = tf.distribute.get_replica_context().num_replicas_in_sync
        with tape:
            share = objective / replicas
        variables = network.trainable_variables
        optimizer.apply(tape.gradient(share, variables), variables)

    def _adam(self, rate: float, updates: int) -> keras.optimizers.Adam:
        decay = self.options.learning_rate_decay
        schedule = LinearDecay(rate, updates, decay) if decay else rate
        beta1, beta2 = self.options.beta1, self.options.beta2
        # Named, because Keras would count its optimisers, and a checkpoint must not depend on how many there were.
        return keras.optimizers.Adam(schedule, beta_1=beta1, beta_2=beta2, epsilon=_ADAM_EPSILON, name="adam")


def sample_inputs(gan: BaseGan, count: int) -> tuple[tf.Tensor, tf.Tensor | None]:
    """Latents [count, z_dim] and labels for sheets of samples, the same over a training; classes in turn."""
    options = gan.options
    z = latents.draw(options.z_distribution, "samples", [count, options.z_dim], seed=options.seed, step=0)
    return z, tf.range(count) % gan.num_classes if gan.num_classes else None


def build(options: Options) -> BaseGan:
    """The GAN that a task's options describe, with its initial weights."""
    return components.load("gans", options.gan).Gan(options, catalog.find(options.dataset))
