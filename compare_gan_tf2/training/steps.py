"""Generator steps as TensorFlow runs them: compiled, on all replicas of a strategy, several to a call."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.runtime import distribution


class Stepper:
    """Takes a GAN's steps.

    Args:
        gan: made within the strategy's scope.
        strategy: where it is trained.
        steps_per_call: of the generator, that one call of compiled code makes. More than 1 saves what a call costs,
            which shows where a step takes milliseconds; on a TPU it is a must.
        jit_compile: whether XLA compiles the step; on one replica only. Its rounding differs from TensorFlow's own.
    """

    def __init__(
        self, gan: BaseGan, strategy: tf.distribute.Strategy, *, steps_per_call: int = 1, jit_compile: bool = False
    ):
        replicas = strategy.num_replicas_in_sync
        if jit_compile and replicas > 1:
            raise UserError(f"--jit_compile is for one replica; there are {replicas}, whose variables XLA cannot reach")
        self.steps_per_call = steps_per_call
        self._gan, self._strategy = gan, strategy
        self._replica_step = tf.function(self._one_replica, jit_compile=True) if jit_compile else self._one_replica
        self._call = tf.function(self._loop if steps_per_call > 1 else self._one, reduce_retracing=True)

    def run(
        self, batches: Iterator, count: int, first: int, *, wants_to_leave: bool = False
    ) -> tuple[np.ndarray, bool]:
        """`count` generator steps after step `first`.

        Args:
            batches: of `pipeline.elements`, one for each step.
            count: of the steps.
            first: the last step that was taken before.
            wants_to_leave: whether this worker was asked to stop.

        Returns:
            measurements: float32 [count, names], averaged over the replicas, fetched once at the end.
            whether any worker was asked to stop; the same on all of them.

        Raises:
            UserError: if the networks do not fit into the device's memory, or another worker is gone.
        """
        leaves = tf.constant(float(wants_to_leave))
        parts = []
        with distribution.together(self._strategy), self._enough_memory():
            while count > 0:
                size = min(count, self.steps_per_call)
                taken = [next(batches) for _ in range(size)]
                number = tf.constant(first + 1, tf.int64)
                if self.steps_per_call == 1:
                    parts.append(self._call(*taken[0], number, leaves)[None])
                else:
                    parts.append(self._call(*(tf.stack(each) for each in zip(*taken, strict=True)), number, leaves))
                first, count = first + size, count - size
            measured = tf.concat(parts, axis=0).numpy()
        return measured[:, :-1], bool(measured[-1, -1] > 0)

    def _loop(self, pictures: tf.Tensor, labels: tf.Tensor, number: tf.Tensor, leaves: tf.Tensor) -> tf.Tensor:
        """Steps one after the other; all arguments as of `_one` with a further first axis."""
        count = tf.shape(pictures)[0]
        rows = tf.TensorArray(tf.float32, count, element_shape=[len(self._gan.measurements) + 1])
        for i in tf.range(count):
            rows = rows.write(i, self._one(pictures[i], labels[i], number + tf.cast(i, tf.int64), leaves))
        return rows.stack()

    def _one(self, pictures: tf.Tensor, labels: tf.Tensor, number: tf.Tensor, leaves: tf.Tensor) -> tf.Tensor:
        """One generator step on all replicas; float32 [names + 1], means over them, of `leaves` at the end."""
        measured = self._strategy.run(self._replica_step, args=(pictures, labels, number, leaves))
        return self._strategy.reduce("MEAN", measured, axis=None)

    def _one_replica(self, pictures: tf.Tensor, labels: tf.Tensor, number: tf.Tensor, leaves: tf.Tensor) -> tf.Tensor:
        """This replica's share of the global batch through one step.

        Every replica gets all images of its worker (uint8, so they are small) and cuts: which image is in which batch
        then depends on seed and step alone, whatever the number of replicas.
        """
        options, context = self._gan.options, tf.distribute.get_replica_context()
        share = options.batch_size // context.num_replicas_in_sync
        of_worker = context.num_replicas_in_sync // distribution.workers(self._strategy)[1]
        start = context.replica_id_in_sync_group % of_worker * share
        shape = [options.disc_iters, share]
        pictures = pictures[:, start : start + share]
        labels = labels[:, start : start + share]
        pictures = tf.ensure_shape(pictures, [*shape, *self._gan.dataset.image_shape])
        labels = tf.ensure_shape(labels, shape + labels.shape[2:].as_list())
        measured = self._gan.train_step(pictures, labels, number)
        return tf.stack([*(measured[name] for name in self._gan.measurements), leaves])

    @contextlib.contextmanager
    def _enough_memory(self) -> Iterator[None]:
        try:
            yield
        except tf.errors.ResourceExhaustedError as error:
            raise UserError(self._too_large()) from error

    def _too_large(self) -> str:
        options, replicas = self._gan.options, self._strategy.num_replicas_in_sync
        return (
            f"the device's memory is too small for this step, with batch_size {options.batch_size} on {replicas} "
            f"replica{'s' * (replicas > 1)}; what needs less: more accumulation_steps, gradient_checkpointing (for "
            "networks of residual blocks), a smaller batch_size or width, precision mixed_bfloat16 or mixed_float16, "
            "more replicas, fewer --steps_per_call"
        )
