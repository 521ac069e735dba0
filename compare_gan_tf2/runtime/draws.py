"""Random numbers of training and evaluation: functions of seed, purpose and step alone.

Every replica draws the numbers of the global batch and takes its share, so one, two or four replicas train on the same
latents; nothing has to be saved to resume exactly.

TensorFlow draws the bits (Philox, Salmon et al. 2011), which are the same on every device. What makes floats of them is
here, because TensorFlow's kernels and XLA each do it in their own way, and a task's latents must not depend on that.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable

import tensorflow as tf

# Below which a uniform number has no logarithm to be used.
_SMALLEST = 1e-7


def draw(distribution: str, purpose: str, shape: list[int], *, seed: int, step: tf.Tensor | int) -> tf.Tensor:
    """This replica's share of a draw over the global batch.

    Args:
        distribution: "uniform" on [-1, 1), "unit" on [0, 1), "normal" with mean 0 and variance 1, or "truncated":
            normal, drawn again beyond two deviations (Brock et al. 2018, section 3.1).
        purpose: what the numbers are for; other purposes get independent numbers.
        shape: of the share; its first axis is the batch.
        seed: of the task or the evaluation.
        step: generator step, or batch number in an evaluation.

    Returns:
        float32 of the given shape.
    """
    key, whole, share = _plan(purpose, shape, seed, step)
    return share(_DISTRIBUTIONS[distribution](whole, key))


def draw_labels(purpose: str, count: int, num_classes: int, *, seed: int, step: tf.Tensor | int) -> tf.Tensor:
    """This replica's share int32 [count] of labels drawn uniformly from all classes."""
    key, whole, share = _plan(purpose, [count], seed, step)
    return share(tf.random.stateless_uniform(whole, key, 0, num_classes, tf.int32, alg="philox"))


def _unit(shape: list[int], key: tf.Tensor) -> tf.Tensor:
    """Uniform on [0, 1), multiples of 2^-23: random bits as the mantissa of a number in [1, 2)."""
    bits = tf.random.stateless_uniform(shape, key, None, None, tf.uint32, alg="philox")
    mantissa = tf.bitwise.bitwise_and(bits, tf.constant(0x7FFFFF, tf.uint32))
    return tf.bitcast(tf.bitwise.bitwise_or(mantissa, tf.constant(0x3F800000, tf.uint32)), tf.float32) - 1.0


def _uniform(shape: list[int], key: tf.Tensor) -> tf.Tensor:
    """Uniform on [-1, 1)."""
    return 2.0 * _unit(shape, key) - 1.0


def _normal(shape: list[int], key: tf.Tensor) -> tf.Tensor:
    """N(0, 1), two of every two uniform numbers (Box and Muller 1958)."""
    count = math.prod(shape)
    pairs = tf.reshape(_unit([2 * -(-count // 2)], key), [-1, 2])
    radius = tf.sqrt(-2.0 * tf.math.log(tf.maximum(pairs[:, 0], _SMALLEST)))
    angle = 2.0 * math.pi * pairs[:, 1]
    both = tf.stack([tf.sin(angle) * radius, tf.cos(angle) * radius], axis=1)
    return tf.reshape(tf.reshape(both, [-1])[:count], shape)


def _truncated(shape: list[int], key: tf.Tensor) -> tf.Tensor:
    """N(0, 1) within two deviations, by the inverse of its distribution function."""
    most = math.erf(2.0 / math.sqrt(2.0))
    # In the middle of the steps of 2^-23, so that the ends are as far in as they can be.
    return math.sqrt(2.0) * tf.math.erfinv(most * (2.0 * _unit(shape, key) - 1.0 + 2.0**-23))


_DISTRIBUTIONS: dict[str, Callable[[list[int], tf.Tensor], tf.Tensor]] = {
    "normal": _normal,
    "truncated": _truncated,
    "uniform": _uniform,
    "unit": _unit,
}


def _plan(purpose: str, shape: list[int], seed: int, step: tf.Tensor | int):
    """Key of the draw, shape over all replicas, and what cuts this replica's share out."""
    # crc32 rather than hash(): the same in every process and version of Python.
    first = zlib.crc32(f"{seed}/{purpose}".encode()) & 0x7FFFFFFF
    key = tf.stack([tf.constant(first, tf.int64), tf.cast(step, tf.int64)])
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return key, shape, lambda numbers: numbers
    start = context.replica_id_in_sync_group * shape[0]
    whole = [context.num_replicas_in_sync * shape[0], *shape[1:]]
    return key, whole, lambda numbers: numbers[start : start + shape[0]]
