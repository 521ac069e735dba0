"""Which row stands at which place of the endless order of a source, and what is random about it: functions of a seed.

Nothing here is kept between calls, so that a place can be looked up without those before it.
"""

from __future__ import annotations

import zlib

import tensorflow as tf

# Rounds of the shuffling cipher. With TensorFlow's default of 4, epochs resemble each other.
_ROUNDS = 16


def shuffled(place: tf.Tensor, number: int, seed: int, source: str = "") -> tf.Tensor:
    """The row at every place int64 [n] of the endless order of a source: its number, below `number`, int64 [n]."""
    # One key per image, as a batch may cross into a new epoch. Hashed, for the cipher that shuffles gives nearly the
    # same order for neighboring keys. The op itself, because its public form tf.random.experimental.index_shuffle pads
    # a batch of keys along the wrong axis.
    purposes = ("order", "more order")
    key = tf.concat([hashed(seed, of_source(each, source), place // number) for each in purposes], axis=1)
    return tf.raw_ops.RandomIndexShuffle(
        index=place % number, seed=key[:, :3], max_index=tf.constant(number - 1, tf.int64), rounds=_ROUNDS
    )


def of_source(purpose: str, source: str) -> str:
    """The name under which a source draws for a purpose; that of the task's own data set is the purpose itself."""
    return f"{purpose}/{source}" if source else purpose


def hashed(seed: int, purpose: str, numbers: tf.Tensor) -> tf.Tensor:
    """64 bits for every number int64 [n], int32 [n, 2]: independent ones for another number, purpose or seed.

    Mixed as SplitMix64 does (Steele et al. 2014), with a third product, because TensorFlow's generators take one key
    for a whole tensor.
    """
    start = zlib.crc32(f"{seed}/{purpose}".encode())
    bits = tf.cast(numbers, tf.uint64) * tf.constant(0x9E3779B97F4A7C15, tf.uint64)
    # The seed's own hash in the upper half, so that no sequence of numbers is a part of another seed's.
    bits = tf.bitwise.bitwise_xor(bits, tf.constant((start << 32) | zlib.crc32(purpose.encode()), tf.uint64))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 0xBF58476D1CE4E5B9)):
        bits = tf.bitwise.bitwise_xor(bits, tf.bitwise.right_shift(bits, tf.constant(shift, tf.uint64)))
        bits *= tf.constant(factor, tf.uint64)
    bits = tf.bitwise.bitwise_xor(bits, tf.bitwise.right_shift(bits, tf.constant(32, tf.uint64)))
    return tf.bitcast(bits, tf.int32)
