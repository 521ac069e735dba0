"""Makes a step of a GAN type's turns: random numbers, microbatches, gradients, loss scales, updates and averages.

The only file with a gradient tape of a training step. A turn that is due goes in this order: every microbatch gives
gradients, terms, rows and proposals for layer state; every update waits for all of them; then the players move, the
proposed state is assigned, and `after` is called. The next turn sees all of it. Averages follow the last turn.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from compare_gan_tf2.datasets.sources import column_of
from compare_gan_tf2.datasets.streams import Batches, Plan, Reading
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Rows, Term, Turn, always, optimizers
from compare_gan_tf2.gans._terms import check, reaching, weighted
from compare_gan_tf2.gans._turns import parameters
from compare_gan_tf2.gans._updates import Updates
from compare_gan_tf2.gans.moving_average import follow, values_before
from compare_gan_tf2.runtime import data_start, draws, layer_state
from compare_gan_tf2.runtime.draws import Keys, Seed, Share
from compare_gan_tf2.runtime.replicas import gathered, global_mean, replicas

if TYPE_CHECKING:
    from compare_gan_tf2.gans.base import BaseGan


@dataclasses.dataclass(frozen=True, eq=False)
class StepNumbers:
    """Numbers that enter a compiled step as arguments; tasks that differ only there can share its trace.

    Attributes:
        keys: int64 [purposes], of `Keys.values`.
        updates: float32 [updates, 3]: learning rate, beta1 and beta2 of every update of the step, in order.
    """

    keys: tf.Tensor
    updates: tf.Tensor


@dataclasses.dataclass
class _Collected:
    """What the microbatches of a turn gave: sums of gradients by player, whole terms and rows, proposals in order."""

    gradients: dict[str, list[tf.Tensor | None]]
    terms: dict[str, tf.Tensor] = dataclasses.field(default_factory=dict)
    rows: dict[str, tf.Tensor] = dataclasses.field(default_factory=dict)
    proposals: list[layer_state.Proposal] = dataclasses.field(default_factory=list)

    def known_gradients(self) -> list[tf.Tensor]:
        """All gradients that there are."""
        return [each for gradients in self.gradients.values() for each in gradients if each is not None]

    def tensors(self) -> list[tf.Tensor]:
        """All that an update has to wait for."""
        proposed = [proposal.value for proposal in self.proposals]
        return [*self.known_gradients(), *self.terms.values(), *self.rows.values(), *proposed]


class Engine:
    """Takes the steps of a GAN; made at the end of the GAN's construction, in the scope of its strategy.

    Attributes:
        turns: of a step.
        updates: their optimizers.
        keys: places of the purposes that a step draws random numbers for, once it was traced.
        measurements: names of what a step measures, once it was traced.
        measures_gradients: whether steps that are traced from now on measure the norm of every player's gradient too.
    """

    def __init__(self, gan: BaseGan):
        self._gan = gan
        self.turns: tuple[Turn, ...] = tuple(gan.turns())
        self.keys = Keys()
        self.measurements: dict[str, None] = {}
        self.measures_gradients = False
        self._objectives, self._afters = parameters(gan, self.turns)
        self._owners = {id(v): name for name, player in gan.players.items() for v in player.network.variables}
        self.updates = Updates(gan, self.turns)

    def reads(self) -> list[str]:
        """Purposes for which rows are read in a step that takes all turns, in their order."""
        return list(dict.fromkeys(turn.reading for place, turn in enumerate(self.turns) if self._streams_of(place)))

    def readings(self, due: Sequence[int]) -> list[Reading]:
        """What a step that takes these turns reads: for each purpose and source as many rows as any turn wants.

        Turns that want fewer get the first of them, by a reading of their own: replicas share these anew.
        """
        found: dict[tuple[str, str], dict[int, dict[str, None]]] = {}
        for place in due:
            turn = self.turns[place]
            for name in self._streams_of(place):
                by_rows = found.setdefault((turn.reading, self._gan.streams[name].source), {})
                by_rows.setdefault(turn.rows or self._gan.options.batch_size, {})[name] = None
        readings = []
        for (purpose, source), by_rows in found.items():
            largest, *smaller = sorted(by_rows, reverse=True)
            readings.append(Reading(self._key(purpose, largest), source, tuple(by_rows[largest]), largest))
            first_of = readings[-1].purpose
            readings += [Reading(self._key(purpose, n), source, tuple(by_rows[n]), n, first_of) for n in smaller]
        return readings

    def _key(self, purpose: str, rows: int) -> str:
        """Where a step's batches have rows of a purpose, so many of the whole batch."""
        return purpose if rows == self._gan.options.batch_size else f"{purpose}[:{rows}]"

    def columns(self) -> dict[str, dict[str, str]]:
        """{source: {stream: column}} of all that a training reads."""
        found: dict[str, dict[str, str]] = {}
        read = [name for place in range(len(self.turns)) for name in self._streams_of(place)]
        if not self.turns:  # `fit` reads all that there is
            read = [name for name, stream in self._gan.streams.items() if stream.draw is None]
        for name in read:
            stream = self._gan.streams[name]
            found.setdefault(stream.source, {})[name] = column_of(name, stream.column, stream.source)
        return found

    def plan(self) -> Plan:
        """What all steps of the training read; a step reads the same whether or not optimizers begin anew in it."""
        steady = all(turn.when is always for turn in self.turns)
        last = self._gan.options.training_steps
        return Plan(lambda step: self.parted(self.due(step))[1], functools.cache(self.readings), steady, last)

    def parted(self, due: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Of the turns of a step those that begin optimizers anew before anything moves, and all others."""
        moving = next((place for place in due if self.turns[place].moves and self.turns[place].objective), None)
        leading = tuple(
            place for place in due if not self.turns[place].objective and (moving is None or place < moving)
        )
        return leading, tuple(place for place in due if place not in leading)

    def never_cut(self) -> list[str]:
        """Players whose updates take the batch whole although the options ask for microbatches."""
        whole = [turn for turn in self.turns if turn.whole and self._gan.options.accumulation_steps > 1]
        return list(dict.fromkeys(name for turn in whole for name in turn.moves))

    def due(self, step: int) -> tuple[int, ...]:
        """Places in `turns` of those that are taken in a step, counted from 1."""
        return tuple(place for place, turn in enumerate(self.turns) if turn.when(step))

    def step(
        self, batches: Batches, number: tf.Tensor, due: Sequence[int], numbers: StepNumbers | None
    ) -> dict[str, tf.Tensor]:
        """One step on this replica's rows.

        Args:
            batches: rows of the data set, for the purposes of `reads`.
            number: int64 scalar, of the step, from 1.
            due: the turns to take.
            numbers: keys and rates; None takes those of the GAN's own options.

        Returns:
            This replica's measurements, float32 scalars by name.
        """
        rows = sum(len(self.updates.instances(self.turns[place])) for place in due)
        if numbers is None:
            seed, updates = Seed.of(self._gan.options.seed, number), self.updates.numbers(number, due)
        else:
            seed, updates = Seed(self.keys.of(numbers.keys), number), tf.unstack(numbers.updates, num=rows)
        left = iter(optimizers.Numbers(*(tf.cast(row[i], tf.float32) for i in range(3))) for row in updates)
        measured: dict[str, tf.Tensor] = {}
        handed: dict[str, tf.Tensor] = {}
        players = self._gan.players
        before = dict[str, list[tf.Tensor] | None]()
        for place in due:
            # Behind turns that start layers from data, and those that move other players.
            before |= {name: values_before(players[name]) for name in self.turns[place].moves if name not in before}
            measured |= self._take(place, self._read(place, batches), seed, left, handed)
        for name, player in players.items():
            follow(player, number, before.get(name))
        self.measurements.update(dict.fromkeys(measured))
        return measured

    def _streams_of(self, place: int) -> list[str]:
        """Streams that a turn reads."""
        streams = self._gan.streams
        return [name for name in self._objectives[place].values() if name in streams and streams[name].draw is None]

    def _read(self, place: int, batches: Batches) -> dict[str, tf.Tensor]:
        """What this replica has read for a turn; of rows that are given for its purpose alone, the first ones."""
        turn = self.turns[place]
        found = batches.get(self._key(turn.reading, turn.rows)) if turn.rows else None
        if found is None:
            rows = turn.rows // replicas() or None
            found = {name: each[:rows] if rows else each for name, each in batches.get(turn.reading, {}).items()}
        return {name: found[name] for name in self._streams_of(place) if name in found}

    def _take(
        self,
        place: int,
        read: Mapping[str, tf.Tensor],
        seed: Seed,
        numbers: Iterator[optimizers.Numbers],
        handed: dict[str, tf.Tensor],
    ) -> dict[str, tf.Tensor]:
        """One turn; gives what it measured, and adds the rows that it hands on."""
        turn = self.turns[place]
        if turn.objective is None:
            self.updates.restart(turn)
            return {}
        collected = self._collect(place, {**read, **handed}, seed)
        measured = dict(collected.terms)
        if self.measures_gradients:
            measured |= self._gradient_norms(turn, collected.gradients)
        handed |= {name: collected.rows[name] for name in turn.hands if name in collected.rows}
        settled = self._settled(turn, collected.proposals)
        taking_back = self.updates.taking_back(turn, collected.known_gradients(), [each for each, _ in settled])
        with tf.control_dependencies([barrier(collected.tensors())]), taking_back:
            may_move = self._may_move(turn, collected.terms)
            with self.updates.holding(turn, may_move):
                self.updates.move(turn, collected.gradients, numbers)
            measured |= {f"moves/{name}": tf.cast(each, tf.float32) for name, each in may_move.items()}
            for variable, value in settled:
                variable.assign(value)
            if turn.after:
                measured |= self._after(place, collected, seed, handed)
        return measured

    def _collect(self, place: int, given: Mapping[str, tf.Tensor], seed: Seed) -> _Collected:
        """What all microbatches of a turn give, one after the other."""
        turn = self.turns[place]
        count = 1 if turn.whole else self._gan.options.accumulation_steps
        if turn.rows % (shares := count * replicas()):
            raise UserError(
                f"an update of {', '.join(turn.moves or turn.starts)} takes {turn.rows} rows ({turn.draws!r}), which "
                f"{shares} replicas and microbatches cannot share; set another batch_size"
            )
        whole = turn.rows // replicas() or next(
            (each.shape[0] for each in given.values()), self._gan.options.batch_size // replicas()
        )
        size = whole // count
        total = _Collected({name: [None] * len(self.updates.variables(name)) for name in turn.moves})
        outcomes = list[dict[str, Term | Rows]]()
        waits_for: list[tf.Tensor] = []
        for number in range(count):
            share = Share(number, count)
            rows = given if count == 1 else {n: v[number * size : (number + 1) * size] for n, v in given.items()}
            # One after the other, or their activations would be in memory together.
            with (
                tf.control_dependencies(waits_for),
                draws.drawing(seed, turn.draws, share),
                self._gan.layer_state_rule(number == count - 1) as proposals,
                data_start.starting() if turn.starts else contextlib.nullcontext(),
            ):
                outcome, gradients = self._differentiated(turn, self._inputs(place, rows, seed, size, share), count)
            outcomes.append(outcome)
            total.proposals += proposals
            for name, more in gradients.items():
                total.gradients[name] = [_added(*both) for both in zip(total.gradients[name], more, strict=True)]
            waits_for = total.known_gradients() or [each.value for each in outcome.values()]
        for name, first in outcomes[0].items():
            parts = [outcome[name].value for outcome in outcomes]
            if isinstance(first, Rows):
                total.rows[name] = tf.stop_gradient(parts[0] if count == 1 else tf.concat(parts, 0))
            elif first.over == "mean":
                total.terms[name] = parts[0] if count == 1 else tf.add_n(parts) / count
            else:  # what replicas measure is averaged afterwards
                total.terms[name] = tf.add_n(parts) * float(replicas())
        return total

    def _inputs(
        self, place: int, rows: Mapping[str, tf.Tensor], seed: Seed, size: int, share: Share
    ) -> dict[str, tf.Tensor]:
        """What a turn's objective asks for, by the names of its parameters."""
        inputs: dict[str, tf.Tensor] = {}
        for parameter, name in self._objectives[place].items():
            stream = self._gan.streams.get(name)
            if stream and stream.draw:
                inputs[parameter] = share.cut(stream.draw(share.rows(size), self.turns[place].draws, seed))
            elif name in rows:
                inputs[parameter] = rows[name]
            elif name == "step" or name in self._gan.state:
                inputs[parameter] = self._state_or_step(name, seed)
            else:
                raise ValueError(
                    f"turn {self.turns[place].draws!r} asks for {name!r}, which no turn of this step hands on"
                )
        return inputs

    def _state_or_step(self, name: str, seed: Seed) -> tf.Tensor:
        return seed.step if name == "step" else tf.convert_to_tensor(self._gan.state[name])

    def _differentiated(
        self, turn: Turn, inputs: Mapping[str, tf.Tensor], count: int
    ) -> tuple[dict[str, Term | Rows], dict[str, list[tf.Tensor | None]]]:
        """The objective of one microbatch of so many: its terms and rows, and every moved player's gradients."""
        variables = {name: [variable.value for variable in self.updates.variables(name)] for name in turn.moves}
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch([each for named in variables.values() for each in named])
            assert turn.objective is not None
            found = turn.objective(**inputs).items()
            outcome = {name: each if isinstance(each, Term | Rows) else Term(each) for name, each in found}
            check(outcome, turn, self._gan.state)
            # Players that the same terms reach have their gradients in one pass.
            groups: dict[tuple[str, ...], list[str]] = {}
            for player in turn.moves:
                groups.setdefault(reaching(outcome, player), []).append(player)
            terms = {name: each for name, each in outcome.items() if isinstance(each, Term)}
            shares = [self._share(turn, [terms[name] for name in names], count) for names in groups]
        gradients: dict[str, list[tf.Tensor | None]] = {}
        for share, players in zip(shares, groups.values(), strict=True):
            flat = iter(tape.gradient(share, [each for name in players for each in variables[name]]))
            gradients |= {name: [next(flat) for _ in variables[name]] for name in players}
        return outcome, gradients

    def _share(self, turn: Turn, terms: Sequence[Term], count: int) -> tf.Tensor:
        """This replica's and microbatch's share of an objective, times the loss scale.

        Optimizers add the replicas' gradients up and the engine those of the microbatches, so a mean counts for its
        share of both.
        """
        parts = count * replicas()
        means = [weighted(each) for each in terms if each.over == "mean"]
        sums = [weighted(each) for each in terms if each.over == "sum"]
        objective = tf.add_n(means) / parts if means else tf.zeros([])
        objective = tf.add_n([objective, *sums]) if sums else objective
        scale = self.updates.scale(turn)
        return objective if scale is None else objective * scale

    def _settled(self, turn: Turn, proposals: Sequence[layer_state.Proposal]) -> list[tuple[Any, tf.Tensor]]:
        """Variables of layers and states that the turn assigns, with their new values."""
        by_variable: dict[int, list[layer_state.Proposal]] = {}
        for proposal in proposals:
            owner = self._owners.get(id(proposal.variable))
            if proposal.always or owner is None or owner in (*turn.moves, *turn.starts):
                by_variable.setdefault(id(proposal.variable), []).append(proposal)
        settled = []
        for same in by_variable.values():
            values = [proposal.value for proposal in same]
            value = values[0] if same[0].first or len(same) == 1 else tf.add_n(values) / len(values)
            settled.append((same[0].variable, value))
        return settled

    def _gradient_norms(self, turn: Turn, gradients: Mapping[str, Sequence[tf.Tensor | None]]) -> dict[str, tf.Tensor]:
        """The norm of each player's gradient over the whole batch; 0 where it is not finite.

        That alone does not end a training: with float16 an overflow is an update that is taken back.
        """
        scale, norms = self.updates.scale(turn), dict[str, tf.Tensor]()
        for player, found in gradients.items():
            if whole := [global_mean(each) * float(replicas()) for each in found if each is not None]:
                norm = tf.linalg.global_norm([tf.cast(each, tf.float32) for each in whole])
                norm = norm if scale is None else norm / scale
                norms[f"gradient_norm/{player}"] = tf.where(tf.math.is_finite(norm), norm, 0.0)
        return norms

    def _may_move(self, turn: Turn, terms: Mapping[str, tf.Tensor]) -> Mapping[str, tf.Tensor]:
        """What the gate of a turn says of its players."""
        if turn.gate is None:
            return {}
        known = {name.replace("/", "_"): each for name, each in terms.items()}
        asked = list(inspect.signature(turn.gate).parameters)
        if strange := [name for name in asked if name not in known]:
            raise ValueError(f"the gate of turn {turn.draws!r} asks for {strange[0]!r}, which is none of its terms")
        return turn.gate(**{name: global_mean(known[name]) for name in asked})

    def _after(
        self, place: int, collected: _Collected, seed: Seed, handed: dict[str, tf.Tensor]
    ) -> dict[str, tf.Tensor]:
        """Calls the turn's `after` on the whole batch of all replicas; gives what is to be measured."""
        turn, gan = self.turns[place], self._gan
        own = {name.replace("/", "_"): name for name in (*collected.rows, *collected.terms)}
        inputs: dict[str, tf.Tensor] = {}
        for parameter, (known, has_default) in self._afters[place].items():
            name = own.get(parameter, known)
            if name in collected.rows:
                inputs[parameter] = gathered(collected.rows[name])
            elif name in collected.terms:
                inputs[parameter] = global_mean(collected.terms[name])
            elif name == "step" or name in gan.state:
                inputs[parameter] = self._state_or_step(name, seed)
            elif not has_default:
                raise ValueError(f"`after` of turn {turn.draws!r} asks for {parameter!r}, which its turn does not give")
        assert turn.after is not None
        measured: dict[str, tf.Tensor] = {}
        with draws.drawing(seed, turn.draws, Share(is_whole=True)):
            found = turn.after(**inputs)
        for name, value in found.items():
            if isinstance(value, Rows):
                if name not in turn.hands:
                    raise ValueError(f"`after` of turn {turn.draws!r} gives rows {name!r}, which `hands` does not name")
                handed[name] = Share().cut(value.value)
                continue
            if name in gan.state:
                gan.state[name].assign(value)
            if name not in gan.state or name in gan.measured_states:
                measured[name] = value
        return measured


def barrier(tensors: Sequence[tf.Tensor]) -> tf.Tensor:
    """One number that waits for all of the tensors.

    Without it TensorFlow 2.21 now and then computes a gradient from weights that have already moved. The control edge
    of an update is on this number alone: edges on the gradients themselves would keep the graph's optimizer from
    rewriting them and so change their bits, and `tf.identity_n` does not wait.
    """
    return tf.add_n([tf.zeros([]), *(tf.cast(tf.reshape(each, [-1])[0], tf.float32) for each in tensors)])


def _added(old: tf.Tensor | None, new: tf.Tensor | None) -> tf.Tensor | None:
    return new if old is None else old if new is None else old + new
