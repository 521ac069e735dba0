"""Random numbers of training and evaluation: functions of seed, purpose and step alone.

Every replica draws the numbers of the global batch and takes its share, so one, two or four replicas train on the same
latents; nothing has to be saved to resume exactly.

TensorFlow draws the bits (Philox, Salmon et al. 2011), which are the same on every device. What makes floats of them is
here, because TensorFlow's kernels and XLA each do it in their own way, and a task's latents must not depend on that.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import threading
import types
import zlib
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import tensorflow as tf

# Below which a uniform number has no logarithm to be used.
_SMALLEST = 1e-7


@dataclasses.dataclass(frozen=True, eq=False)
class Seed:
    """Where random numbers of one step come from: keys by purpose, and the step's number.

    Attributes:
        key: key(purpose) -> the first half of the generator's key, an int or an int64 scalar tensor; see `key_of`.
        step: int64 scalar, the number of the step.
    """

    key: Callable[[str], int | tf.Tensor]
    step: tf.Tensor | int

    @classmethod
    def of(cls, seed: int, step: tf.Tensor | int) -> Seed:
        """The numbers of a seed that is known while TensorFlow traces."""
        return cls(lambda purpose: key_of(seed, purpose), step)

    def draw(self, distribution: str, purpose: str, shape: list[int]) -> tf.Tensor:
        """Numbers of a whole batch, float32 of the given shape; `draw` has the distributions."""
        return _DISTRIBUTIONS[distribution](shape, self._key(purpose))

    def labels(self, purpose: str, count: int, num_classes: int) -> tf.Tensor:
        """Labels of a whole batch, int32 [count], drawn uniformly from all classes."""
        return tf.random.stateless_uniform([count], self._key(purpose), 0, num_classes, tf.int32, alg="philox")

    def _key(self, purpose: str) -> tf.Tensor:
        return tf.stack([tf.cast(self.key(purpose), tf.int64), tf.cast(self.step, tf.int64)])


class Keys:
    """Keys as a tensor, so that tasks of other seeds can share one trace.

    While TensorFlow traces, every purpose that is asked for gets a place in the tensor; afterwards `values` fills the
    places for a seed.
    """

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def of(self, tensor: tf.Tensor) -> Callable[[str], tf.Tensor]:
        """The function of `Seed.key` that reads its keys from a tensor int64 [purposes]; see `values`."""

        def key(purpose: str) -> tf.Tensor:
            return tensor[self._places.setdefault(purpose, len(self._places))]

        return key

    def values(self, seed: int) -> np.ndarray:
        """The keys of a seed, int64 [purposes], in the order of their places."""
        return np.array([key_of(seed, purpose) for purpose in self._places], np.int64)


def key_of(seed: int, purpose: str) -> int:
    """The first half of the generator's key; crc32 rather than hash(), which differs from process to process."""
    return zlib.crc32(f"{seed}/{purpose}".encode()) & 0x7FFFFFFF


@dataclasses.dataclass(frozen=True, eq=False)
class Share:
    """Which rows of the whole batch the caller works on.

    Attributes:
        number: of the microbatch within this replica's rows.
        count: of microbatches.
        is_whole: whether the caller has the rows of all replicas.
    """

    number: int = 0
    count: int = 1
    is_whole: bool = False

    def rows(self, size: int) -> int:
        """Rows of the whole batch where a share has `size` rows."""
        return size if self.is_whole else size * self.count * _replicas()

    def cut(self, whole: tf.Tensor) -> tf.Tensor:
        """The share of rows [B, ...] of the whole batch."""
        size = whole.shape[0] // self.rows(1)
        if size == whole.shape[0]:
            return whole
        context, first = tf.distribute.get_replica_context(), self.number
        if _replicas() > 1:
            first += context.replica_id_in_sync_group * self.count
        return whole[first * size : (first + 1) * size]


class _Here(threading.local):
    seed: Seed | None = None
    purpose: str = ""
    share: Share = Share()
    # How often each name was counted within the block.
    counts: Mapping[str, int] = types.MappingProxyType({})
    # Batches that lie behind one another.
    batches: int = 1


_HERE = _Here()


@contextlib.contextmanager
def drawing(seed: Seed, purpose: str, share: Share) -> Iterator[None]:
    """Within the block `rows_of` draws numbers of this seed and purpose, for this share of the whole batch."""
    before = (_HERE.seed, _HERE.purpose, _HERE.share, _HERE.counts)
    _HERE.seed, _HERE.purpose, _HERE.share, _HERE.counts = seed, purpose, share, {}
    try:
        yield
    finally:
        _HERE.seed, _HERE.purpose, _HERE.share, _HERE.counts = before


@contextlib.contextmanager
def behind_one_another(batches: int) -> Iterator[None]:
    """Within the block rows are so many batches, one behind the other, and `rows_of` draws for each of them apart.

    So real and generated images that are judged in one call have the same numbers on any number of replicas.
    """
    before, _HERE.batches = _HERE.batches, batches
    try:
        yield
    finally:
        _HERE.batches = before


def batches() -> int:
    """How many batches lie behind one another."""
    return _HERE.batches


def is_drawing() -> bool:
    """Whether the caller is within `drawing`, where `rows_of` draws."""
    return _HERE.seed is not None


def step() -> tf.Tensor | int:
    """The number of the step, from 1, that the caller is in; within `drawing`."""
    if _HERE.seed is None:
        raise RuntimeError("step is for the objectives of a GAN type, within draws.drawing")
    return _HERE.seed.step


def counted(name: str) -> str:
    """The name with the number of times that it was counted within this `drawing`, for a layer that is called often.

    One name is one draw: without the number real and generated images would share a layer's random numbers.
    """
    number = _HERE.counts.get(name, 0)
    _HERE.counts = {**_HERE.counts, name: number + 1}
    return f"{name}/{number}"


def counts() -> Mapping[str, int]:
    """How often each name was counted so far; for `counting_from`."""
    return _HERE.counts


@contextlib.contextmanager
def counting_from(before: Mapping[str, int]) -> Iterator[None]:
    """Within the block names are counted from an earlier point on, so that what is computed again draws the same."""
    now = _HERE.counts
    _HERE.counts = before
    try:
        yield
    finally:
        _HERE.counts = {name: max(now.get(name, 0), number) for name, number in {**now, **_HERE.counts}.items()}


def rows_of(distribution: str, name: str, shape: list[int]) -> tf.Tensor:
    """Random numbers for the rows of the caller's share; the same name gives the same numbers within one `drawing`.

    Args:
        distribution: as of `draw`.
        name: what the numbers are for; the purpose of the block goes before it.
        shape: of the share; its first axis is the batch.

    Returns:
        float32 of the given shape: the share's rows of a draw over the whole batch, so that neither replicas nor
        microbatches change the numbers of an image.
    """
    if _HERE.seed is None:
        raise RuntimeError("rows_of is for the objectives of a GAN type, within draws.drawing")
    size, rest = divmod(shape[0], _HERE.batches)
    assert not rest, f"{shape[0]} rows are not {_HERE.batches} batches"
    whole, purpose = [_HERE.share.rows(size), *shape[1:]], f"{_HERE.purpose}/{name}"
    if _HERE.batches == 1:
        return _HERE.share.cut(_HERE.seed.draw(distribution, purpose, whole))
    drawn = [_HERE.seed.draw(distribution, f"{purpose}/{i}", whole) for i in range(_HERE.batches)]
    return tf.concat([_HERE.share.cut(each) for each in drawn], 0)


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
    share = Share()
    return share.cut(Seed.of(seed, step).draw(distribution, purpose, [share.rows(shape[0]), *shape[1:]]))


def draw_labels(purpose: str, count: int, num_classes: int, *, seed: int, step: tf.Tensor | int) -> tf.Tensor:
    """This replica's share int32 [count] of labels drawn uniformly from all classes."""
    share = Share()
    return share.cut(Seed.of(seed, step).labels(purpose, share.rows(count), num_classes))


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


def _replicas() -> int:
    context = tf.distribute.get_replica_context()
    return 1 if context is None else context.num_replicas_in_sync
