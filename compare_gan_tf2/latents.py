"""Random numbers of training and evaluation: functions of seed, purpose and step alone.

Every replica draws the numbers of the global batch and takes its share, so one, two or four replicas train on the same
latents; nothing has to be saved to resume exactly.
"""

from __future__ import annotations

import zlib

import tensorflow as tf

# The prior's support, by distribution.
BOUNDS: dict[str, tuple[float, float] | None] = {
    "uniform": (-1.0, 1.0),
    "normal": None,
    "truncated": (-2.0, 2.0),
}


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
    if distribution == "normal":
        return share(tf.random.stateless_normal(whole, key, alg="philox"))
    if distribution == "truncated":
        return share(tf.random.stateless_truncated_normal(whole, key, alg="philox"))
    low = {"uniform": -1.0, "unit": 0.0}[distribution]
    return share(tf.random.stateless_uniform(whole, key, low, 1.0, alg="philox"))


def draw_labels(purpose: str, count: int, num_classes: int, *, seed: int, step: tf.Tensor | int) -> tf.Tensor:
    """This replica's share int32 [count] of labels drawn uniformly from all classes."""
    key, whole, share = _plan(purpose, [count], seed, step)
    return share(tf.random.stateless_uniform(whole, key, 0, num_classes, tf.int32, alg="philox"))


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
