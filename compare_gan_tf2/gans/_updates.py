"""The optimizers of a GAN's turns: one for each name and player, what an update multiplies with, how it moves."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from compare_gan_tf2.gans import Turn, always, historical_averaging, optimizers
from compare_gan_tf2.gans._turns import Count
from compare_gan_tf2.gans.optimizers import Numbers
from compare_gan_tf2.runtime.precision import LossScale
from compare_gan_tf2.runtime.replicas import global_mean, replicas

if TYPE_CHECKING:
    from compare_gan_tf2.gans.base import BaseGan

# Name of an optimizer, and of the player it moves.
Instance = tuple[str, str]
# A player's name -> a gradient, or None, for each of its variables.
Gradients = Mapping[str, Sequence[tf.Tensor | None]]


class Updates:
    """Moves players."""

    def __init__(self, gan: BaseGan, turns: Sequence[Turn]):
        self._gan, self._turns = gan, turns
        self._optimizers: dict[Instance, Any] | None = None
        self._counts = [Count(turn.when) for turn in turns]
        named = dict.fromkeys(each for turn in turns for each in self._named(turn))
        self._last = {each: int(self._until(each, gan.options.training_steps)) for each in named}
        self._histories = {
            each: historical_averaging.History(gan.add_state, "/".join(each), self.variables(each[1]))
            for each in named
            if gan.optimizers[each[0]].historical
        }
        self._scales: dict[str, LossScale] = {}
        if gan.options.precision == "mixed_float16":
            names = dict.fromkeys(name for name, _ in named)
            self._scales = {name: LossScale(gan.add_state, name) for name in names}
        # A training is made in the scope of its strategy, and a replica's step makes no variables.
        if tf.distribute.has_strategy():
            self.make_optimizers()

    @property
    def optimizers(self) -> dict[Instance, Any]:
        """By their names and the players that they move."""
        return self.make_optimizers()

    def make_optimizers(self) -> dict[Instance, Any]:
        """Makes the optimizers, unless they are there; a trace that does so is made once more.

        Only a training needs them: their variables are twice as many as the networks', and scores, exports and samples
        do without.
        """
        if self._optimizers is None:
            with tf.init_scope():
                self._optimizers = {each: self._optimizer(each) for each in self._last}
        return self._optimizers

    def become(self, other: Updates) -> None:
        """Takes the number of updates that rates fall over from those of another GAN."""
        self._last = other._last

    def is_steady(self) -> bool:
        """Whether every step takes all turns, at rates that a step's number inside a trace suffices for."""
        names = {name for name, _ in self._last}
        return all(turn.when is always for turn in self._turns) and all(
            self._gan.optimizers[name].is_steady() for name in names
        )

    def instances(self, turn: Turn) -> list[Instance]:
        """Which optimizers update in a turn; none in one that begins them anew."""
        return self._named(turn) if turn.objective else []

    def numbers(self, step: tf.Tensor | int, due: Iterable[int]) -> list[list[float | tf.Tensor]]:
        """[rate, beta1, beta2] of every update of a step; a step that is a tensor is for GANs that are steady."""
        rows, before = list[list[float | tf.Tensor]](), dict[Instance, int]()
        for place in due:
            for instance in self.instances(self._turns[place]):
                said, earlier = self._gan.optimizers[instance[0]], before.get(instance, 0)
                count = self._until(instance, step - 1) + earlier
                rows.append(optimizers.numbers_at(said, updates=self._last[instance], count=count, step=step))
                before[instance] = earlier + 1
        return rows

    def rates(self, step: int, due: Iterable[int]) -> dict[str, float]:
        """{"learning_rate/d": rate} of every optimizer of a step; of several updates the last one's."""
        places = list(due)
        names = [name for place in places for name, _ in self.instances(self._turns[place])]
        rows = self.numbers(step, places)
        return {f"learning_rate/{name}": float(row[0]) for name, row in zip(names, rows, strict=True)}

    def scale(self, turn: Turn) -> tf.Tensor | None:
        """The loss scale of a turn, the smallest of its optimizers'; None without float16."""
        scales = [self._scales[name].value() for name in self._scale_names(turn)]
        return tf.reduce_min(scales) if scales else None

    def move(self, turn: Turn, gradients: Gradients, numbers: Iterator[Numbers]) -> None:
        """The updates of all that the turn moves."""
        scale = self.scale(turn)
        for instance in self.instances(turn):
            said, optimizer, variables = (
                self._gan.optimizers[instance[0]],
                self.optimizers[instance],
                self.variables(instance[1]),
            )
            optimizer.numbers = next(numbers)
            found = [None if each is None or scale is None else each / scale for each in gradients[instance[1]]]
            found = list(gradients[instance[1]]) if scale is None else found
            found = _shortened(found, said.gradient_norm) if said.gradient_norm else found
            if said.variable_norm:
                found = [_shortened([each], said.variable_norm)[0] for each in found]
            found = [_completed(said, *both) for both in zip(found, variables, strict=True)]
            if all(each is None for each in found):
                optimizer.count()
                continue
            if instance in self._histories:
                found = self._pulled(instance, found)
            # Keras warns of variables without a gradient, which the optimizer was told what to do with.
            reached = [each for each in zip(found, variables, strict=True) if each[0] is not None]
            optimizer.apply(*zip(*reached, strict=True))
            if bound := said.weight_bound:
                for variable in variables:
                    variable.assign(tf.clip_by_value(tf.convert_to_tensor(variable), -bound, bound))

    @contextlib.contextmanager
    def holding(self, turn: Turn, may_move: Mapping[str, tf.Tensor]) -> Iterator[None]:
        """Puts back what moves in the block of players that may not move, and of their optimizers.

        Args:
            turn: whose players move.
            may_move: bool scalars by players' names, the same in all replicas; who is not named may.
        """
        kept = [
            (variable, tf.identity(tf.convert_to_tensor(variable)), may_move[instance[1]])
            for instance in self.instances(turn)
            if instance[1] in may_move
            for variable in (*self.variables(instance[1]), *self.optimizers[instance].variables, *self._past(instance))
        ]
        yield
        for variable, before, stands in kept:
            variable.assign(tf.where(stands, tf.convert_to_tensor(variable), before))

    def restart(self, turn: Turn) -> None:
        """Begins the optimizers of all that the turn names anew."""
        for instance in self._named(turn):
            self.optimizers[instance].restart()

    @contextlib.contextmanager
    def taking_back(self, turn: Turn, gradients: Sequence[tf.Tensor], assigned: Sequence[Any]) -> Iterator[None]:
        """With float16: takes back what moves in the block if a gradient overflowed, and adapts the loss scales.

        All is put back rather than left alone, because a condition cannot be around what replicas do together.

        Args:
            turn: whose players move.
            gradients: all that there are.
            assigned: variables of layers that move in the block.
        """
        scale = self.scale(turn)
        if scale is None:
            yield
            return
        finite = [tf.reduce_all(tf.math.is_finite(each)) for each in gradients]
        is_finite = global_mean(tf.cast(tf.reduce_all(finite), tf.float32)) == 1.0
        # At a scale of 1 nothing overflowed: what is not finite goes through, and the losses tell of it.
        stands = is_finite | (scale <= 1.0)
        moving = [variable for _, name in self.instances(turn) for variable in self.variables(name)]
        moving += [variable for each in self.instances(turn) for variable in self.optimizers[each].variables]
        moving += assigned
        moving += [state for name, state in self._gan.state.items() if not name.startswith(LossScale.PREFIX)]
        kept = [(variable, tf.identity(tf.convert_to_tensor(variable))) for variable in moving]
        yield
        for variable, before in kept:
            variable.assign(tf.where(stands, tf.convert_to_tensor(variable), before))
        for name in self._scale_names(turn):
            self._scales[name].adapt(is_finite)

    def variables(self, player: str) -> list[keras.Variable]:
        """What an update of a player moves."""
        return self._gan.players[player].network.trainable_variables

    def _past(self, instance: Instance) -> list[tf.Variable]:
        """The averages of historical averaging; none without it."""
        return self._histories[instance].averages if instance in self._histories else []

    def _pulled(self, instance: Instance, found: Sequence[tf.Tensor | None]) -> list[tf.Tensor | None]:
        """Gradients with the pull to the past, which takes the variables of before the update."""
        history, count = self._histories[instance], tf.convert_to_tensor(self.optimizers[instance].iterations)
        values = [tf.identity(tf.convert_to_tensor(each)) for each in self.variables(instance[1])]
        # Optimizers sum gradients over the replicas.
        pulls = history.pulls(self._gan.optimizers[instance[0]].historical / replicas(), values, count)
        history.follow(values, count)
        return [None if each is None else each + pull for each, pull in zip(found, pulls, strict=True)]

    def _named(self, turn: Turn) -> list[Instance]:
        return [(turn.optimizer or self._gan.players[name].side, name) for name in turn.moves]

    def _until(self, instance: Instance, step: tf.Tensor | int) -> tf.Tensor | int:
        """How often an optimizer has moved a player after a step."""
        counts = zip(self._turns, self._counts, strict=True)
        return sum(count.until(step) for turn, count in counts if instance in self.instances(turn))

    def _optimizer(self, instance: Instance) -> Any:
        made = optimizers.create(self._gan.optimizers[instance[0]], updates=self._last[instance])
        made.build(self.variables(instance[1]))
        return made

    def _scale_names(self, turn: Turn) -> list[str]:
        return list(dict.fromkeys(name for name, _ in self.instances(turn) if name in self._scales))


def _completed(said: Any, gradient: tf.Tensor | None, variable: Any) -> tf.Tensor | None:
    """A gradient with what the optimizer adds to it; optimizers sum it over the replicas."""
    if gradient is None and said.unreached == "zero":
        gradient = tf.zeros_like(variable)
    if gradient is None or not said.l2 or (said.l2_of and not said.l2_of(variable.path)):
        return gradient
    return gradient + (said.l2 / replicas()) * variable


def _shortened(gradients: Sequence[tf.Tensor | None], longest: float) -> list[tf.Tensor | None]:
    """This replica's shares of gradients whose sum over the replicas is at most so long, all of them together."""
    there = [each for each in gradients if each is not None]
    if not there:
        return list(gradients)
    norm = tf.linalg.global_norm([global_mean(each) for each in there]) * replicas()
    factor = longest / tf.maximum(norm, longest)
    return [None if each is None else factor * each for each in gradients]
