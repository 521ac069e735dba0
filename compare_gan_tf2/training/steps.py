"""Generator steps as TensorFlow runs them: compiled, on all replicas of a strategy, several to a call."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets.streams import Batches
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import BaseGan
from compare_gan_tf2.gans.engine import StepNumbers
from compare_gan_tf2.runtime import distribution, freed_memory, memory


@dataclasses.dataclass
class _Call:
    """Compiled steps, and the names of what they measure, known once they were traced."""

    names: list[str]
    graph: Any
    # Takes tensors: number, leaves, keys, updates, then what is read, flat.
    function: Callable[..., tf.Tensor]


class _CachedTensor:
    """Makes tensors of arrays; an array that equals the one before gets the same tensor, which saves time."""

    def __init__(self) -> None:
        self._array: np.ndarray | None = None
        self._tensor: tf.Tensor | None = None

    def of(self, array: np.ndarray) -> tf.Tensor:
        """With the array's values, shape and dtype."""
        if self._array is None or not np.array_equal(array, self._array):
            self._array, self._tensor = array, tf.constant(array)
        return self._tensor


class Stepper:
    """Takes a GAN's steps.

    Args:
        gan: made within the strategy's scope.
        strategy: where it is trained.
        steps_per_call: of the generator, that one call of compiled code makes. More than 1 saves what a call costs,
            which shows where a step takes milliseconds; on a TPU it is a must.
        jit_compile: whether XLA compiles the step; on one replica only. Its rounding differs from TensorFlow's own.
        gradient_norms: whether the steps measure the norms of gradients.
    """

    def __init__(
        self,
        gan: BaseGan,
        strategy: tf.distribute.Strategy,
        *,
        steps_per_call: int = 1,
        jit_compile: bool = False,
        gradient_norms: bool = False,
    ):
        replicas = strategy.num_replicas_in_sync
        if jit_compile and replicas > 1:
            raise UserError(f"--jit_compile is for one replica; there are {replicas}, whose variables XLA cannot reach")
        self.steps_per_call = steps_per_call
        gan.engine.measures_gradients = gradient_norms
        self._gan, self._strategy, self._compiles = gan, strategy, jit_compile
        # By the turns that a step takes; traced at the first such step.
        self._calls: dict[tuple[int, ...], _Call] = {}
        self._restarts: dict[int, Any] = {}
        self._keys, self._updates = _CachedTensor(), _CachedTensor()
        freed_memory.keep()

    def run(
        self, batches: Iterator, count: int, first: int, *, wants_to_leave: bool = False
    ) -> tuple[list[dict[str, float]], bool]:
        """`count` steps after step `first`.

        Args:
            batches: what each step reads, {purpose: {stream: rows of this worker}}, of `streams.StepRows`.
            count: of the steps.
            first: the last step that was taken before.
            wants_to_leave: whether this worker was asked to stop.

        Returns:
            what each step measured, by name, averaged over the replicas, fetched once at the end;
            whether any worker was asked to stop, the same on all of them.

        Raises:
            UserError: if the networks do not fit into the device's memory, or another worker is gone.
        """
        leaves = tf.constant(float(wants_to_leave))
        parts = []
        with distribution.together(self._strategy), self._enough_memory():
            while count > 0:
                due, size = self._alike(first, count)
                # By themselves, so that the step they come before needs no trace of its own.
                restarts, due = self._gan.engine.parted(due)
                for place in restarts:
                    self._restart(place)
                taken = self._joined([next(batches) for _ in range(size)])
                call = self._call(due, taken)
                updates = [self._gan.engine.updates.numbers(first + 1 + i, due) for i in range(size)]
                numbers = (
                    tf.constant(first + 1, tf.int64),
                    leaves,
                    self._keys.of(self._gan.engine.keys.values(self._gan.options.seed)),
                    self._updates.of(np.reshape(np.array(updates, np.float32), [size, -1, 3])),
                )
                parts.append((call.names, call.function(*numbers, *tf.nest.flatten(taken))))
                first, count = first + size, count - size
            fetched = [(names, rows.numpy()) for names, rows in parts]
        rows = [dict(zip(names, map(float, row[:-1]), strict=True)) for names, part in fetched for row in part]
        return rows, bool(fetched[-1][1][-1, -1] > 0)

    def planned_memory(self, batches: Batches, first: int) -> int:
        """Bytes of the tensors of the step after `first`, by `memory.planned`: it is traced, and not taken.

        Args:
            batches: what the step reads.
            first: the last step that was taken before.
        """
        _, due = self._gan.engine.parted(self._alike(first, 1)[0])
        return memory.planned(self._call(due, self._joined([batches])).graph)

    def _restart(self, place: int) -> None:
        """Takes a turn that begins optimizers anew, on all replicas."""
        if place not in self._restarts:
            turn, engine = self._gan.engine.turns[place], self._gan.engine

            def restart() -> None:
                self._strategy.run(lambda: engine.updates.restart(turn))

            self._restarts[place] = tf.function(restart, autograph=False)
        self._restarts[place]()

    def _alike(self, first: int, count: int) -> tuple[tuple[int, ...], int]:
        """The turns that the step after `first` takes, and how many steps of one call, at most `count`, take them."""
        due = self._gan.engine.due(first + 1)
        size = 1
        while size < min(count, self.steps_per_call) and self._gan.engine.due(first + 1 + size) == due:
            size += 1
        return due, size

    def _joined(self, elements: list[Batches]) -> Batches:
        """What several steps read, stacked; of steps that are called alone as it is."""
        if self.steps_per_call == 1:
            return elements[0]
        joined: Batches = tf.nest.map_structure(lambda *rows: tf.stack(rows), *elements)
        return joined

    def _call(self, due: tuple[int, ...], taken: Batches) -> _Call:
        """The compiled steps that take these turns, which are traced if they were not yet."""
        if due not in self._calls:
            names: list[str] = []
            specs = tf.nest.map_structure(self._spec, taken)
            updates = np.shape(self._gan.engine.updates.numbers(1, due))[0]

            def steps(
                number: tf.Tensor, leaves: tf.Tensor, keys: tf.Tensor, updates: tf.Tensor, rows: list[tf.Tensor]
            ) -> tf.Tensor:
                batches = tf.nest.pack_sequence_as(specs, rows)
                return self._steps(names, due, batches, number, leaves, keys, updates)

            steps_in_call = 1 if self.steps_per_call == 1 else None
            traced = tf.function(
                steps,
                input_signature=[
                    tf.TensorSpec([], tf.int64),
                    tf.TensorSpec([], tf.float32),
                    tf.TensorSpec([None], tf.int64),
                    tf.TensorSpec([steps_in_call, updates, 3], tf.float32),
                    tf.nest.flatten(specs),
                ],
                autograph=False,
            )
            function = traced.get_concrete_function()
            self._calls[due] = _Call(names, function.graph, _flat(function))
        return self._calls[due]

    def _spec(self, rows: tf.Tensor) -> tf.TensorSpec:
        """Of rows that a call gets; where it makes several steps, of any number of steps."""
        return tf.TensorSpec(rows.shape if self.steps_per_call == 1 else [None, *rows.shape[1:]], rows.dtype)

    def _steps(
        self,
        names: list[str],
        due: tuple[int, ...],
        batches: Batches,
        number: tf.Tensor,
        leaves: tf.Tensor,
        keys: tf.Tensor,
        updates: tf.Tensor,
    ) -> tf.Tensor:
        """Steps one after the other on all replicas; float32 [steps, names + 1], means, with `leaves` at the end."""

        def replica(batches: Batches, number: tf.Tensor, keys: tf.Tensor, updates: tf.Tensor) -> tf.Tensor:
            measured = self._one_replica(batches, number, StepNumbers(keys, updates), due)
            names[:] = list(measured)
            return tf.stack([*measured.values(), leaves])

        if self._compiles:
            replica = tf.function(replica, jit_compile=True, autograph=False)

        def one(i: tf.Tensor | int, read: Batches) -> tf.Tensor:
            arguments = (read, number + tf.cast(i, tf.int64), keys, updates[i])
            return self._strategy.reduce("MEAN", self._strategy.run(replica, args=arguments), axis=None)

        if self.steps_per_call == 1:
            return one(0, batches)[None]
        count = tf.shape(updates)[0]
        _, rows = tf.while_loop(
            lambda i, _: i < count,
            lambda i, rows: (i + 1, rows.write(i, one(i, tf.nest.map_structure(lambda each: each[i], batches)))),
            (0, tf.TensorArray(tf.float32, count)),
        )
        return rows.stack()

    def _one_replica(
        self, batches: Batches, number: tf.Tensor, numbers: StepNumbers, due: tuple[int, ...]
    ) -> dict[str, tf.Tensor]:
        """This replica's share of the global batch through one step.

        Every replica gets all rows of its worker (pictures are uint8, so they are small) and cuts: which row is in
        which batch then depends on seed and step alone, whatever the number of replicas.
        """
        context = tf.distribute.get_replica_context()
        of_worker = context.num_replicas_in_sync // distribution.workers(self._strategy)[1]
        place = context.replica_id_in_sync_group % of_worker

        def cut(rows: tf.Tensor) -> tf.Tensor:
            share = rows.shape[0] // of_worker
            return tf.ensure_shape(rows[place * share : (place + 1) * share], [share, *rows.shape[1:]])

        return self._gan.step_of(tf.nest.map_structure(cut, batches), number, numbers, due)

    @contextlib.contextmanager
    def _enough_memory(self) -> Iterator[None]:
        try:
            yield
        except tf.errors.ResourceExhaustedError as error:
            raise UserError(self.too_large()) from error

    def too_large(self) -> str:
        """The line for steps that do not fit into the device's memory."""
        options, replicas = self._gan.options, self._strategy.num_replicas_in_sync
        of_sides = "smaller numbers in growing_batch_sizes, " if options.growing_batch_sizes else ""
        return (
            f"the device's memory is too small for this step, with batch_size {options.batch_size} on {replicas} "
            f"replica{'s' * (replicas > 1)}; what needs less: more accumulation_steps, gradient_checkpointing (for "
            f"networks of residual blocks), a smaller batch_size or width, {of_sides}precision mixed_bfloat16 or "
            "mixed_float16, more replicas, fewer --steps_per_call"
        )


def _flat(function: tf.types.experimental.ConcreteFunction) -> Callable[..., tf.Tensor]:
    """The traced function, called with the tensors of its signature, flat.

    TensorFlow's usual call first compares every argument with the signature, in Python, and prepares for a gradient
    through the function; beside a small network's step that takes long, and nobody differentiates through a step.
    """
    return lambda *tensors: function.inference_fn.call_preflattened([*tensors, *function.captured_inputs])
