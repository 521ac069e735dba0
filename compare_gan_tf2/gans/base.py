"""What every GAN type has: players, streams, optimizers, a state, and steps that the engine takes of its turns.

Or, where nothing is trained by steps, `fit` in place of turns.
"""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.architectures import minibatch_discrimination
from compare_gan_tf2.architectures.labeled import labeled_generator
from compare_gan_tf2.architectures.networks import Generator
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.catalog import Dataset
from compare_gan_tf2.datasets.streams import Batches, Epoch
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Ability, Average, Optimizer, Player, Stream, Turn, moving_average
from compare_gan_tf2.gans.engine import Engine, StepNumbers
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import layer_state, precision
from compare_gan_tf2.runtime.prior import Prior
from compare_gan_tf2.runtime.recomputation import recomputing


class BaseGan(abc.ABC):
    """Builds the networks and optimizers of a task; a GAN type says in `setup` of what, and in `turns` what a step is.

    To be made, and called, inside the scope of a tf.distribute strategy; `train_step` runs in every replica.

    Attributes:
        options: of the task.
        dataset: the entry of the catalog that it is trained on.
        num_classes: of the labels that networks take; 0 for an unconditional model.
        players: by name. Those of today's types are "generator" and "discriminator".
        streams: the inputs of a step, by name.
        optimizers: how players are moved, by the name of their side.
        state: variables that a training keeps beside networks and optimizers, by name; see `add_state`.
        measured_states: names of states that are measured when `after` gives them.
        feature_maps: images float32 [B, H, W, C] in [0, 1] -> float32 maps that a perceptual term compares; given by
            who trains a task whose option perceptual names some.
        trace_facts: what else the trace of a step depends on, of options that traces do not depend on elsewhere.
    """

    measured_states: tuple[str, ...] = ()
    feature_maps: Callable[[tf.Tensor], Sequence[tf.Tensor]] | None = None
    trace_facts: tuple[float, ...] = ()

    def __init__(self, options: Options, dataset: Dataset):
        self.options = options
        self.dataset = dataset
        self.num_classes = dataset.num_classes if options.conditional else 0
        self.architecture = components.load("architectures", options.architecture)
        self.players: dict[str, Player] = {}
        self.streams: dict[str, Stream] = {}
        self.state: dict[str, tf.Variable] = {}
        self.optimizers = {side: self._optimizer(side) for side in "gd"}
        self.setup()
        if options.g_normalization == "virtual_batch":
            self._carry_references()
        self.engine = Engine(self)

    @abc.abstractmethod
    def setup(self) -> None:
        """Fills players, streams, and what else the type needs; called once."""

    def turns(self) -> list[Turn]:
        """The updates of a step, in order; none of a type that is not trained by steps."""
        return []

    def fit(
        self, nets: Mapping[str, keras.Model], streams: Mapping[str, Epoch]
    ) -> Mapping[str, tf.Tensor | np.ndarray]:
        """Finds, once, what the state of a type that is not trained by steps is to be; called in place of steps.

        It may also train networks of the type itself, which have their initial weights.

        Args:
            nets: networks by the names of the players, as of `evaluated`.
            streams: by the name of a source all its training rows, {stream: rows} as stored: every stream that the type
                has and that is not drawn.

        Returns:
            New values of states, by name, the same in every process.
        """
        raise NotImplementedError(f"{type(self).__module__} has neither turns nor a fit")

    @property
    def has_steps(self) -> bool:
        """Whether it is trained by steps."""
        return bool(self.engine.turns)

    def build_generator(self) -> keras.Model:
        """What makes images of latents: the architecture's generator unless the GAN type has another."""
        return labeled_generator(self.architecture, self.dataset.image_shape, self.options, self.num_classes)

    def build_discriminator(self) -> keras.Model:
        """The other network: the architecture's discriminator unless the GAN type has another."""
        made = self.architecture.discriminator(self.dataset.image_shape, self.options, self.num_classes)
        return minibatch_discrimination.attached(made, self.options)

    def generators_average(self) -> Average | None:
        """The average of the generator that the options ask for."""
        options = self.options
        if not options.keeps_average:
            return None
        if options.ema_kimg:
            return Average(
                moving_average.decay_of_images(
                    options.ema_kimg, options.ema_rampup, options.batch_size, options.ema_start_step
                )
            )
        return Average(moving_average.decay_from(options.ema_decay, options.ema_start_step))

    def add_state(
        self, name: str, start: float | tf.Tensor = 0.0, shape: Sequence[int | None] | None = None
    ) -> tf.Variable:
        """A part of the training's state, which every checkpoint holds.

        What is assigned to it must be the same in all replicas.

        Args:
            name: of it.
            start: what it is before the first step: a number, for a float32 scalar, or a tensor of any shape and dtype.
            shape: None in place of a size that later values may differ in; by default the start's.
        """
        value = tf.convert_to_tensor(start, None if tf.is_tensor(start) else tf.float32)
        is_scalar = value.shape.rank == 0 and value.dtype.is_floating
        aggregation = tf.VariableAggregation.MEAN if is_scalar else tf.VariableAggregation.ONLY_FIRST_REPLICA
        self.state[name] = tf.Variable(value, trainable=False, name=name, aggregation=aggregation, shape=shape)
        return self.state[name]

    def evaluated(self) -> dict[str, keras.Model]:
        """The networks that scores and exports are about, by the names of the players: averages where those are."""
        takes_average = self.options.generator_weights == "average"
        return {
            name: player.averaged if takes_average and player.averaged is not None else player.network
            for name, player in self.players.items()
        }

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """What a trained model can do, by name; of most types to generate images [B, H, W, C] of latents and labels.

        Args:
            nets: networks by the names of the players, such as `evaluated` gives them.
        """

        def generate(z: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
            images: tf.Tensor = nets["generator"](z, labels, training=False)
            return images

        return {"generate": Ability(generate, ("z", "labels") if self.num_classes else ("z",), "images")}

    def layer_state_rule(self, is_last: bool) -> contextlib.AbstractContextManager[list[layer_state.Proposal]]:
        """What becomes of layer state in a microbatch, the last of its update or not: proposals for the engine."""
        del is_last
        return layer_state.collecting()

    @property
    def has_codes_like_prior(self) -> bool:
        """Whether codes of images are trained to be like draws from the prior, so that both are shown together."""
        return False

    @property
    def generator(self) -> keras.Model:
        """The latest generator."""
        return self.players["generator"].network

    @property
    def discriminator(self) -> keras.Model:
        """The latest discriminator, or what is in its place."""
        return self.players["discriminator"].network

    @property
    def average(self) -> keras.Model | None:
        """The generator with averaged weights, or None."""
        return self.players["generator"].averaged

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
        networks = {name: player.network for name, player in self.players.items()}
        averaged = {name: player.averaged for name, player in self.players.items() if player.averaged is not None}
        networks |= {"average" if name == "generator" else f"{name}_average": each for name, each in averaged.items()}
        return {
            name: {path: variable.value for path, variable in network.named_variables().items()}
            for name, network in networks.items()
        }

    def own_networks(self) -> dict[str, dict[str, tf.Variable]]:
        """Of `networks` those that checkpoints hold: all but the frozen ones."""
        return {name: each for name, each in self.networks().items() if not self._is_frozen(name)}

    def evaluated_parts(self) -> dict[str, dict[str, tf.Variable]]:
        """What an evaluation or an export reads of a checkpoint: networks, and what `fit` found."""
        return self.own_networks() | ({} if self.has_steps else {"state": self.state})

    def tracked(self) -> dict[str, dict[str, tf.Variable]]:
        """What a checkpoint holds: networks, optimizers, and the training's state where there is any."""
        parts = self.own_networks()
        instances = list(self.engine.updates.optimizers)
        for (name, player), optimizer in self.engine.updates.optimizers.items():
            is_alone = sum(each == name for each, _ in instances) == 1
            part = f"{name}_optimizer" if is_alone else f"{name}_optimizer_{player}"
            parts[part] = {variable.path: variable.value for variable in optimizer.variables}
            assert len(parts[part]) == len(optimizer.variables), "two optimizer variables of one name"
        return parts | ({"state": self.state} if self.state else {})

    def become(self, other: BaseGan) -> None:
        """Takes the options, the rates and the values of another GAN, whose steps have the same trace.

        Args:
            other: of options that differ in seed, rates, length and the like; it may be dropped afterwards.
        """
        self.options, self.dataset, self.optimizers = other.options, other.dataset, other.optimizers
        self.engine.updates.become(other.engine.updates)
        for ours, theirs in ((self.networks(), other.networks()), (self.tracked(), other.tracked())):
            assert {part: named.keys() for part, named in ours.items()} == {
                part: named.keys() for part, named in theirs.items()
            }, "GANs of two forms"
            for part, named in ours.items():
                for name, variable in named.items():
                    variable.assign(theirs[part][name])

    def _carry_references(self) -> None:
        """Gives every generator the reference batch of virtual batch norm, which is the same in its average."""
        count, seed = self.options.reference_latents, self.options.seed
        networks = [each for player in self.players.values() for each in (player.network, player.averaged) if each]
        parts = [part for each in networks for part in (each, *each._flatten_layers(include_self=False))]
        # Not those that compose what others make.
        generators = [each for each in parts if isinstance(each, Generator) and each.chain]
        if not generators:
            raise UserError(
                f"option g_normalization is virtual_batch, but the generator of gan={self.options.gan} takes no "
                "reference batch; set another g_normalization"
            )
        for each in generators:
            each.carry_reference(Prior.of(self.options, each.z_dim).draw(count, "reference", seed=seed, step=0))

    def _is_frozen(self, name: str) -> bool:
        return name in self.players and self.players[name].frozen

    @property
    def measurements(self) -> tuple[str, ...]:
        """Names of what a step measures, once one was traced."""
        return tuple(self.engine.measurements)

    @tf.autograph.experimental.do_not_convert
    def step_of(
        self,
        batches: Batches,
        step: tf.Tensor,
        numbers: StepNumbers | None = None,
        due: tuple[int, ...] | None = None,
    ) -> dict[str, tf.Tensor]:
        """One step on this replica's rows, in the precision that the options ask for.

        Args:
            batches: {purpose: {stream: rows}}, what a step reads by `Engine.readings`. Pictures are as they are stored,
                uint8 or uint16 [B, H, W, C]; anything else is as the stream has it: labels int32 [B], -1 where a
                picture has none, or soft ones, float32 [B, classes], zeros where it has none.
            step: int64 scalar, the number of this step, from 1.
            numbers: keys of random numbers and rates; None takes those of the options.
            due: places of the turns that the step takes; None for a step whose number is known while it is traced, or
                for a type whose steps all take the same turns.

        Returns:
            This replica's measurements by name, float32 scalars, to be averaged over the replicas.
        """
        engine = self.engine
        if due is None:
            due = tuple(range(len(engine.turns))) if engine.updates.is_steady() else engine.due(int(step))
        read = {
            purpose: {name: self._as_taken(name, rows) for name, rows in by_stream.items()}
            for purpose, by_stream in batches.items()
        }
        with precision.computing(self.options.precision), recomputing(self.options.gradient_checkpointing):
            return engine.step(read, step, due, numbers)

    @tf.autograph.experimental.do_not_convert
    def train_step(
        self,
        images: tf.Tensor,
        labels: tf.Tensor,
        step: tf.Tensor,
        numbers: StepNumbers | None = None,
        due: tuple[int, ...] | None = None,
    ) -> dict[str, tf.Tensor]:
        """`step_of` for types that read images and their labels alone; streams of one purpose get the same ones.

        Args:
            images: as stored, uint8 or uint16 [reads, B, H, W, C]; a batch for every purpose of `Engine.reads`.
            labels: int32 [reads, B] or float32 [reads, B, classes].
            step: as of `step_of`.
            numbers: likewise.
            due: likewise.
        """
        return self.step_of(self.batches_of(images, labels), step, numbers, due)

    def batches_of(self, images: tf.Tensor, labels: tf.Tensor) -> Batches:
        """Images [reads, B, H, W, C] and labels [reads, B, ...] by purpose and stream."""
        columns = {name: column for of_source in self.engine.columns().values() for name, column in of_source.items()}
        return {
            purpose: {name: labels[i] if column == "labels" else images[i] for name, column in columns.items()}
            for i, purpose in enumerate(self.engine.reads())
        }

    def _as_taken(self, stream: str, rows: tf.Tensor) -> tf.Tensor:
        """Rows of a stream's column, as they are stored, as objectives take them."""
        make = self.streams[stream].made
        rows = rows if make is None else make(rows)
        return self.to_float(rows) if is_picture(rows) else rows

    def to_float(self, images: tf.Tensor) -> tf.Tensor:
        """Whole numbers as stored -> float32 in [0, 1]."""
        return tf.cast(images, tf.float32) / float(self.dataset.largest_value)

    def _optimizer(self, side: str) -> Optimizer:
        options = self.options
        return Optimizer(
            kind=getattr(options, f"{side}_optimizer"),
            rate=getattr(options, f"{side}_learning_rate"),
            decay=options.learning_rate_decay,
            beta1=options.beta1,
            beta2=options.beta2,
            l2=options.l2_in_gradient,
            gradient_norm=options.gradient_clipping,
            historical=options.historical_averaging,
            weight_bound=options.weight_clipping if side == "d" else 0.0,
        )


def is_picture(rows: tf.Tensor) -> bool:
    """Whether rows are pixels as they are stored, and not characters."""
    return rows.dtype in (tf.uint8, tf.uint16) and rows.shape.rank == 4


def sample_inputs(gan: BaseGan, count: int, seed: int | None = None) -> tuple[tf.Tensor, tf.Tensor | None]:
    """Latents [count, z_dim] and labels for sheets of samples, the same over a training; classes in turn.

    Args:
        gan: whose prior they are drawn from.
        count: of latents.
        seed: of the draw; None takes the training's own.
    """
    z = gan.prior.draw(count, "samples", seed=gan.options.seed if seed is None else seed, step=0)
    return z, tf.range(count) % gan.num_classes if gan.num_classes else None


def build(options: Options, dataset: Dataset | None = None, *, trains: bool = True) -> BaseGan:
    """The GAN that a task's options describe, with its initial weights.

    Args:
        options: of the task.
        dataset: another entry of the catalog than the options name.
        trains: whether its optimizers are made at once; scores, exports and samples do without.
    """
    made: Any = components.load("gans", options.gan).Gan
    if options.reference != "none":
        from compare_gan_tf2.gans import reference

        made = reference.version_of(made)
    gan: BaseGan = made(options, dataset or catalog.of(options))
    if trains:
        gan.engine.updates.make_optimizers()
    return gan
