"""What a step reads, by purpose and stream: every source in an order of its own, each of whose places is counted.

A source is a set of rows; its streams are columns of the same rows, and what is random about a row (crop, flip) is
drawn once for all of them. Where a source stands before a step follows from the number of rows that earlier steps read,
so that nothing is saved, epochs are exact, and a step that reads less than another costs no rows.

Names of sources: "" is the data set of the task, and a part of it goes by the part's name ("a" and "b" of two unpaired
sets). `labeled` behind it takes the rows that have a label, and anything else makes another order of the same rows:
"labeled", "a/labeled", "/2", "b/styles".
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.compat import python_functions
from compare_gan_tf2.datasets._decoding import each
from compare_gan_tf2.datasets._order import hashed, of_source, shuffled
from compare_gan_tf2.datasets.images import BATCH, MOST_OF_BATCH, ArrayImages, EncodedImages, Images, at_once

# {purpose: {stream: rows}}
Batches = Mapping[str, Mapping[str, Any]]
LABELED = "labeled"
# Above so many bytes arrays are not copied into TensorFlow, but batches are gathered from them.
_MOST_COPIED = 2**28


@dataclasses.dataclass(frozen=True)
class Reading:
    """Rows of one source that a step reads for one purpose.

    Attributes:
        purpose: the key of the rows in a step's batches.
        source: that they are read from.
        streams: columns that are wanted.
        rows: of the whole batch.
        first_of: key of an earlier reading, whose first rows these are; "" for rows that no other has.
    """

    purpose: str
    source: str
    streams: tuple[str, ...]
    rows: int
    first_of: str = ""


def rows_read(readings: Sequence[Reading], source: str) -> int:
    """By how many rows a source moves on."""
    return sum(reading.rows for reading in readings if reading.source == source and not reading.first_of)


@dataclasses.dataclass(frozen=True)
class Column:
    """One stream of a source.

    Attributes:
        data: images [N, H, W, C], or an array [N, ...], by the source's own numbers of rows.
        other: (rows int64 [n], places int64 [n]) -> the rows int64 [n] that stand beside these; None for these.
    """

    data: Images | np.ndarray
    other: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Source:
    """Rows that are open for reading.

    Attributes:
        name: decides the order, together with the seed.
        columns: by the name of the stream.
        number: N, of all rows.
        selected: int64 [M], the numbers of those that are drawn; None for all.
        flips: whether half of all rows are mirrored, left to right, all their pictures alike.
    """

    name: str
    columns: Mapping[str, Column]
    number: int
    selected: np.ndarray | None = None
    flips: bool = False

    def explain(self, error: Exception) -> Exception:
        """The one line, as a UserError, for what went wrong while pictures were read; or the error itself."""
        for column in self.columns.values():
            if isinstance(column.data, Images) and (found := column.data.explain(error)) is not error:
                return found
        return error


@dataclasses.dataclass(frozen=True)
class Plan:
    """What the steps of a training read.

    Attributes:
        due: the kind of a step, by its number from 1; steps of a kind read the same.
        readings: by kind, in the order in which they are read.
        steady: whether all steps are of one kind.
        last_step: of the training.
    """

    due: Callable[[int], Any]
    readings: Callable[[Any], Sequence[Reading]]
    steady: bool = True
    last_step: int = 2**62

    def rows_before(self, source: str, step: int) -> int:
        """How many rows of a source are read in the steps before this one, counted from 1."""
        if self.steady:
            return (step - 1) * rows_read(self.readings(self.due(1)), source)
        return sum(rows_read(self.readings(self.due(each)), source) for each in range(1, step))

    def positions(self, kind: Any, source: str, first_step: int) -> Iterator[int]:
        """Where a source stands before each step of one kind, after so many steps."""
        place = self.rows_before(source, first_step + 1)
        for step in range(first_step + 1, self.last_step + 1):
            now = self.due(step)
            if now == kind:
                yield place
            place += rows_read(self.readings(now), source)


class StepRows:
    """Iterates over what every step reads, from the step after `first_step` on: {purpose: {stream: rows}}.

    Rows are whole numbers where they are pictures, as stored: uint8 or uint16 [rows of this host, H, W, C].

    Args:
        sources: by name.
        plan: what is read when.
        seed: decides every order, and what is random about a row.
        first_step: steps already taken.
        host: number of this host, which gets an equal share of every reading.
        hosts: how many there are.
    """

    def __init__(
        self, sources: Mapping[str, Source], plan: Plan, *, seed: int, first_step: int, host: int = 0, hosts: int = 1
    ):
        self._sources, self._plan, self._seed = sources, plan, seed
        self._first_step, self._host, self._hosts = first_step, host, hosts
        self._step = first_step
        self._iterators: dict[Any, Iterator] = {}

    def __iter__(self) -> StepRows:
        return self

    def __next__(self) -> Batches:
        """What the next step reads.

        Raises:
            UserError: if a picture cannot be read any more.
        """
        self._step += 1
        kind = self._plan.due(self._step)
        if kind not in self._iterators:
            self._iterators[kind] = iter(python_functions.of_dataset(lambda: self.of_kind(kind)))
        try:
            found: Batches = next(self._iterators[kind])
        except tf.errors.OpError as error:
            for source in self._sources.values():
                if (said := source.explain(error)) is not error:
                    raise said from error
            raise
        return found

    def of_kind(self, kind: Any) -> tf.data.Dataset:
        """What the steps of one kind read, in order."""
        readings = self._plan.readings(kind)
        names = list(dict.fromkeys(reading.source for reading in readings))
        parts = [self._of_source(kind, [each for each in readings if each.source == name]) for name in names]
        if not parts:
            return tf.data.Dataset.from_tensors({}).repeat()
        if len(parts) == 1:
            return parts[0].prefetch(self._ahead())

        @tf.autograph.experimental.do_not_convert
        def joined(*found: Batches) -> dict[str, dict[str, tf.Tensor]]:
            purposes = dict.fromkeys(purpose for each in found for purpose in each)
            return {p: {n: rows for each in found for n, rows in each.get(p, {}).items()} for p in purposes}

        return tf.data.Dataset.zip(tuple(parts)).map(joined).prefetch(self._ahead())

    def _ahead(self) -> int:
        """Steps that are made ahead: few where pictures have to be decoded."""
        return 2 if any(_is_decoded(source) for source in self._sources.values()) else 4

    def _of_source(self, kind: Any, readings: Sequence[Reading]) -> tf.data.Dataset:
        source = self._sources[readings[0].source]
        first = self._first_step
        if self._plan.steady:
            return rows_of_steps(source, readings, self._seed, self._host, self._hosts, first_step=first)
        starts = tf.data.Dataset.from_generator(
            lambda: self._plan.positions(kind, source.name, first), output_signature=tf.TensorSpec([], tf.int64)
        )
        return rows_of_steps(source, readings, self._seed, self._host, self._hosts, starts=starts)


class Epoch:
    """Iterates over all rows of a source once, {stream: rows [n, ...]}, in the order in which steps would read them.

    Attributes:
        number: how many rows there are.

    Args:
        source: to be read.
        seed: decides the order, and what is random about a row.
    """

    def __init__(self, source: Source, seed: int):
        self.number = source.number if source.selected is None else len(source.selected)
        self._source, self._seed = source, seed

    def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
        size, left = min(BATCH, self.number), self.number
        reading = Reading("", self._source.name, tuple(self._source.columns), size)
        steps = iter(python_functions.of_dataset(lambda: rows_of_steps(self._source, [reading], self._seed)))
        while left > 0:
            try:
                rows = next(steps)[reading.purpose]
            except tf.errors.OpError as error:
                raise self._source.explain(error) from error
            yield {name: each[:left].numpy() for name, each in rows.items()}
            left -= size


def rows_of_steps(
    source: Source,
    readings: Sequence[Reading],
    seed: int,
    host: int = 0,
    hosts: int = 1,
    *,
    first_step: int = 0,
    starts: tf.data.Dataset | None = None,
) -> tf.data.Dataset:
    """What steps read of one source, {purpose: {stream: rows [n, ...]}}.

    Args:
        source: to be drawn from.
        readings: of a step, in order, all of this source.
        seed: decides the order.
        host: number of this host.
        hosts: how many there are.
        first_step: steps already taken, if all steps read this.
        starts: the number of rows that were read before each step, int64, if not all do.
    """
    for reading in readings:
        if reading.rows % hosts:
            raise ValueError(f"{reading.rows} rows for {reading.purpose!r} cannot be divided among {hosts} hosts")
    offsets = _offsets(readings, host, hosts)
    # A step is made in chunks of equal size, so that a large batch is shared out and a small one is one piece of work.
    per_step, decodes = len(offsets), _is_decoded(source)
    size = _largest_divisor(per_step, _at_once(source)) if decodes else per_step
    chunks, total = per_step // size, rows_read(readings, source.name)
    streams = list(dict.fromkeys(name for reading in readings for name in reading.streams))
    drawn = _Drawn(source, streams, seed)
    table = tf.constant(offsets)

    # AutoGraph would look for tensors in their `if`s, of which there are none, each time that a stream is made.
    @tf.autograph.experimental.do_not_convert
    def chunk(start: tf.Tensor, part: tf.Tensor) -> dict[str, tf.Tensor]:
        return drawn.rows(start + tf.gather(table, part * size + tf.range(size, dtype=tf.int64)))

    @tf.autograph.experimental.do_not_convert
    def split(found: dict[str, tf.Tensor]) -> dict[str, dict[str, tf.Tensor]]:
        whole = {name: tf.reshape(rows, [per_step, *rows.shape[2:]]) for name, rows in found.items()}
        taken, place = dict[str, dict[str, tf.Tensor]](), 0
        for reading in readings:
            end = place + reading.rows // hosts
            taken[reading.purpose] = {name: whole[name][place:end] for name in reading.streams}
            place = end
        return taken

    @tf.autograph.experimental.do_not_convert
    def numbered(number: tf.Tensor) -> dict[str, tf.Tensor]:
        return chunk(number // chunks * total, number % chunks)

    calls = tf.data.AUTOTUNE if decodes else 2
    if starts is None:
        all_chunks = tf.data.Dataset.range(first_step * chunks, np.iinfo(np.int64).max)
        made = all_chunks.map(numbered, num_parallel_calls=calls, deterministic=True)
    else:
        parts = starts.flat_map(lambda start: tf.data.Dataset.range(chunks).map(lambda part: (start, part)))
        made = parts.map(chunk, num_parallel_calls=calls, deterministic=True)
    return made.batch(chunks, drop_remainder=True).map(split)


def _offsets(readings: Sequence[Reading], host: int, hosts: int) -> np.ndarray:
    """Places of a host's rows behind the first row that a step reads of a source, int64 [rows of the host]."""
    starts, place = dict[str, int](), 0
    for reading in readings:
        starts[reading.purpose] = starts[reading.first_of] if reading.first_of else place
        place += 0 if reading.first_of else reading.rows
    shares = [(starts[reading.purpose], reading.rows // hosts) for reading in readings]
    return np.concatenate([np.arange(share, dtype=np.int64) + start + host * share for start, share in shares])


class _Drawn:
    """Gives the rows at places of a source's endless order; within a graph."""

    def __init__(self, source: Source, streams: Sequence[str], seed: int):
        self._source, self._seed = source, seed
        self._columns = {name: (source.columns[name], _reader(source.columns[name].data)) for name in streams}
        self._selected = None if source.selected is None else tf.constant(source.selected, tf.int64)
        self._number = source.number if source.selected is None else len(source.selected)

    def rows(self, place: tf.Tensor) -> dict[str, tf.Tensor]:
        """Places int64 [n] -> rows [n, ...] by stream."""
        row = shuffled(place, self._number, self._seed, self._source.name)
        row = row if self._selected is None else tf.gather(self._selected, row)
        crop = self._hashed("crop", place)
        coin = self._hashed("flip", place)[:, 0] < 0 if self._source.flips else None
        found = {}
        for name, (column, reader) in self._columns.items():
            of = row if column.other is None else column.other(row, self._hashed("other", place))
            rows = reader(of, crop)
            if coin is not None and isinstance(column.data, Images):
                rows = tf.where(coin[:, None, None, None], tf.reverse(rows, [2]), rows)
            found[name] = rows
        return found

    def _hashed(self, purpose: str, place: tf.Tensor) -> tf.Tensor:
        return hashed(self._seed, of_source(purpose, self._source.name), place)


def of_another_class(
    labels: np.ndarray, selected: np.ndarray | None = None
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """For `Column.other`: to every row any row of another class, all of them equally likely.

    Args:
        labels: int32 [N], of two classes or more; rows without a label, -1, are taken for a class.
        selected: int64 [M], the numbers of the rows to choose from; None for all.
    """
    rows = np.arange(len(labels)) if selected is None else selected
    order = tf.constant(rows[np.argsort(labels[rows], kind="stable")], tf.int64)
    classes, firsts, counts = np.unique(np.sort(labels[rows]), return_index=True, return_counts=True)
    of_row = tf.constant(np.searchsorted(classes, labels), tf.int64)
    first, count, number = tf.constant(firsts, tf.int64), tf.constant(counts, tf.int64), len(rows)

    def other(row: tf.Tensor, draw: tf.Tensor) -> tf.Tensor:
        own = tf.gather(of_row, row)
        place = tf.cast(draw[:, 0], tf.int64) % (number - tf.gather(count, own))
        start = tf.gather(first, own)
        return tf.gather(order, tf.where(place < start, place, place + tf.gather(count, own)))

    return other


def _is_decoded(source: Source) -> bool:
    return any(isinstance(column.data, EncodedImages) for column in source.columns.values())


def _at_once(source: Source) -> int:
    """How many rows are decoded together."""
    shapes = [each.data.image_shape for each in source.columns.values() if isinstance(each.data, EncodedImages)]
    return min(at_once(shape, BATCH, MOST_OF_BATCH) for shape in shapes)


def _largest_divisor(number: int, most: int) -> int:
    return next(size for size in range(min(number, most), 0, -1) if number % size == 0)


def _reader(data: Images | np.ndarray) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """(rows int64 [n], draws int32 [n, 2]) -> what stands there [n, ...]."""
    if isinstance(data, EncodedImages):
        images = data
        return lambda row, draw: each(lambda one: images.prepared(*one), (images.fetched(row), draw), images)
    gather = _gather(data.images if isinstance(data, ArrayImages) else data)
    return lambda row, draw: gather(row)


def _gather(array: np.ndarray) -> Callable[[tf.Tensor], tf.Tensor]:
    """int64 [n] -> rows [n, ...]; large arrays are not copied into TensorFlow."""
    if array.nbytes <= _MOST_COPIED and not isinstance(array, np.memmap):
        with tf.device("/cpu:0"):  # where the pipeline runs; a GPU's memory is for the networks
            held = tf.constant(array)
        return lambda index: tf.gather(held, index)

    def gather(index: tf.Tensor) -> tf.Tensor:
        found = tf.numpy_function(lambda numbers: array[numbers], [index], tf.as_dtype(array.dtype), stateful=False)
        return tf.ensure_shape(found, [None, *array.shape[1:]])

    return gather
