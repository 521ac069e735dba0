"""The images of a split that TFDS stored: any record by its number, without reading the others.

TFDS stores TFRecords: length, its checksum, the record, its checksum. One walk over the lengths finds where each record
lies; that and what a walk over the records themselves says (labels, names, sizes) is kept in the cache.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import os
import pathlib
import re
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from compare_gan_tf2.datasets._framing import Framing, decode_image
from compare_gan_tf2.datasets.images import BATCH, MOST_OF_BATCH, EncodedImages, at_once
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import kept_arrays
from compare_gan_tf2.progress import Progress

if TYPE_CHECKING:
    from compare_gan_tf2.datasets._tfds import TfdsDataset

# Bytes before a record (length, its checksum) and after it (its checksum).
_BEFORE, _AFTER = 12, 4
# Features that name an image within its data set, by which label files and hashes know it.
_NAMES = ("file_name", "id", "image/filename")
# To be raised when what is kept of a walk changes.
_FORMAT = 1
# compare_gan's seed of the order of its data sets.
_SEED = 547


class Records(EncodedImages):
    """A split of a prepared TFDS folder.

    Args:
        dataset: its entry.
        folder: of the version that is read.
        split: with or without a slice ("train[:90%]").
        framing: how images get their size.
        places: of the cache.
    """

    def __init__(self, dataset: TfdsDataset, folder: pathlib.Path, split: str, framing: Framing, places: Places):
        self._dataset, self._folder, self._split, self._framing = dataset, folder, split, framing
        self._cache_dir = places.cache_dir
        self.image_shape, self.varies = framing.image_shape, framing.varies
        with self._damage():
            builder = tfds.builder_from_directory(str(folder))
            if builder.info.file_format != tfds.core.FileFormat.TFRECORD:
                raise UserError(f"{folder} is stored as {builder.info.file_format.value}; only TFRecords are read")
            if split.partition("[")[0] not in builder.info.splits:
                raise UserError(
                    f"data set {dataset.name!r} has no split {split!r}; its splits: {', '.join(builder.info.splits)}"
                    f"{dataset.splits_hint}"
                )
            self._parts = [
                (pathlib.Path(part.filename), part.skip, part.skip + part.take if part.take >= 0 else None)
                for part in builder.info.splits[split].file_instructions
            ]
            self.number = builder.info.splits[split].num_examples
            features = builder.info.features
            named = [name for name in _NAMES if name in features and isinstance(features[name], tfds.features.Text)]
            self._name = named[0] if named else None
            # A label of another kind than a class may be of any type.
            label = ["label"] if dataset.num_classes and "label" in features else []
            wanted = ["image", *label, *named[:1]]
            self._features = {
                name: tf.io.FixedLenFeature([], tf.int64 if name == "label" else tf.string) for name in wanted
            }
            if features["image"].shape == framing.image_shape:
                self._framing = dataclasses.replace(framing, is_sized=True)

    def labels(self) -> np.ndarray:
        if self._dataset.labels == "single":
            return np.zeros(self.number, np.int32)
        if self._dataset.labels == "random":
            draws = np.random.default_rng(_SEED)
            return draws.integers(0, self._dataset.num_classes, self.number, np.int32)
        if not self._has_labels:
            return np.full(self.number, -1, np.int32)
        return self._facts["labels"]

    def keys(self) -> np.ndarray:
        return self._facts["names"] if self._name else super().keys()

    def usable(self) -> np.ndarray | None:
        if not self._dataset.least_side:
            return None
        return np.flatnonzero(self._facts["sides"].min(axis=1) >= self._dataset.least_side)

    def identity(self) -> str:
        return f"{self._state()} {self._framing} {self._dataset.labels} {self._dataset.num_classes}"

    def fetch(self, indices: np.ndarray) -> np.ndarray:
        files, starts, lengths = (self._places[name][indices] for name in ("files", "starts", "lengths"))
        records = np.empty(len(indices), object)
        # Opened for each batch anew: ImageNet has more files than a process may hold open.
        for number in np.unique(files):
            path = self._parts[number][0]
            try:
                with path.open("rb", buffering=0) as file:
                    for i in np.flatnonzero(files == number):
                        records[i] = os.pread(file.fileno(), int(lengths[i]), int(starts[i]))
            except OSError as error:
                raise UserError(f"cannot read {path}: {error.strerror}") from error
        return records

    def fetched(self, indices: tf.Tensor) -> tf.Tensor:
        return self._parsed(super().fetched(indices))["image"]

    def prepared(self, encoded: tf.Tensor, draw: tf.Tensor) -> tf.Tensor:
        return self._framing.apply(encoded, draw)

    def stream(self, count: int) -> tf.data.Dataset:
        given = None if self._dataset.labels == "own" else tf.constant(self.labels())

        @tf.autograph.experimental.do_not_convert
        def labeled(numbers: tf.Tensor, records: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            found = self._parsed(records)
            if given is not None:
                return found["image"], tf.gather(given, numbers)
            if not self._has_labels:
                return found["image"], tf.fill(tf.shape(numbers), -1)
            return found["image"], tf.cast(found["label"], tf.int32)

        # Unlike `fetch` this looks at the records' checksums.
        records = tf.data.Dataset.zip(tf.data.Dataset.range(count), self._in_order().take(count))
        size = at_once(self.image_shape, BATCH, MOST_OF_BATCH)
        return records.batch(size).map(labeled, num_parallel_calls=2, deterministic=True)

    def explain(self, error: Exception) -> UserError:
        """The one line for what TensorFlow or TFDS found wrong while reading."""
        try:
            with self._damage():
                self._find_places()  # names the file and the record, if one is cut off
                raise error
        except UserError as found:
            return found

    @property
    def _has_labels(self) -> bool:
        return bool(self._dataset.num_classes) and "label" in self._features

    def _parsed(self, records: tf.Tensor) -> dict[str, tf.Tensor]:
        """Records, text [n] -> the encoded image, label and name, each [n]."""
        found: dict[str, tf.Tensor] = tf.io.parse_example(records, self._features)
        return found

    def _in_order(self) -> tf.data.Dataset:
        """All records, one file after the other."""
        files = np.array([str(path) for path, _, _ in self._parts], np.str_)
        first = np.array([start for _, start, _ in self._parts], np.int64)
        count = np.array([-1 if end is None else end - start for _, start, end in self._parts], np.int64)
        return tf.data.Dataset.from_tensor_slices((files, first, count)).flat_map(
            lambda file, skip, take: tf.data.TFRecordDataset(file).skip(skip).take(take)
        )

    @functools.cached_property
    def _places(self) -> dict[str, np.ndarray]:
        """Number of the file, first byte and length of every record."""
        return self._kept("places", self._find_places)

    def _find_places(self) -> dict[str, np.ndarray]:
        files, starts, lengths = [], [], []
        for number, (path, first, end) in enumerate(self._parts):
            found, sizes = _walk(path)
            part = slice(first, end)
            files.append(np.full(len(found[part]), number, np.int32))
            starts.append(found[part])
            lengths.append(sizes[part])
        places = {
            "files": np.concatenate(files), "starts": np.concatenate(starts), "lengths": np.concatenate(lengths),
        }  # fmt: skip
        if len(places["files"]) != self.number:
            raise UserError(self._incomplete(len(places["files"])))
        return places

    @functools.cached_property
    def _facts(self) -> dict[str, np.ndarray]:
        """Labels int32 [N], names text [N], sides of the stored images int32 [N, 2]."""
        return self._kept("facts", self._find_facts)

    def _find_facts(self) -> dict[str, np.ndarray]:
        def sides_of(encoded: tf.Tensor) -> tf.Tensor:
            return tf.cond(
                tf.io.is_jpeg(encoded),
                lambda: tf.io.extract_jpeg_shape(encoded)[:2],
                lambda: tf.shape(decode_image(encoded))[:2],
            )

        @tf.autograph.experimental.do_not_convert
        def facts(records: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            found, shape = self._parsed(records), tf.shape(records)
            label = tf.cast(found["label"], tf.int32) if self._has_labels else tf.fill(shape, -1)
            name = found[self._name] if self._name else tf.fill(shape, "")
            if not self._dataset.least_side:
                return label, name, tf.zeros([shape[0], 2], tf.int32)
            return label, name, tf.map_fn(sides_of, found["image"], fn_output_signature=tf.TensorSpec([2], tf.int32))

        parts = []
        done = 0
        try:
            with Progress(f"labels of {self._dataset.name}", self.number, unit="image") as progress:
                for batch in self._in_order().batch(BATCH).map(facts, num_parallel_calls=2).as_numpy_iterator():
                    parts.append(batch)
                    done += len(batch[0])
                    progress.advance(done)
        except tf.errors.OpError as error:
            raise self.explain(error) from error
        labels, names, sides = (np.concatenate(each) for each in zip(*parts, strict=True))
        if len(labels) != self.number:
            raise UserError(self._incomplete(len(labels)))
        return {"labels": labels, "names": np.array([name.decode() for name in names]), "sides": sides}

    def _kept(self, what: str, compute: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """Arrays from the cache, or computed and put there."""
        matters = f"{_FORMAT} {self._state()} {self._dataset.num_classes} {self._dataset.least_side}"
        digest = hashlib.sha256(matters.encode(errors="surrogateescape")).hexdigest()
        name = self._dataset.builder.replace("/", "-")
        path = self._cache_dir / "records" / f"{name}-{what}-{digest[:16]}.npz"
        return kept_arrays(path, compute)

    def _state(self) -> str:
        """Split, and name, size and time of change of every file."""
        found = []
        for path in sorted({path for path, _, _ in self._parts}):
            with self._damage():
                state = path.stat()
            found.append(f"{path.name} {state.st_size} {state.st_mtime_ns}")
        return f"{self._split} {' '.join(found)}"

    def _incomplete(self, there: int) -> str:
        where = f"data set {self._dataset.name!r} in {self._folder}"
        return f"{where}: split {self._split} has {there} of {self.number} images"

    def _damage(self) -> _OneLine:
        return _OneLine(f"data set {self._dataset.name!r} in {self._folder} cannot be read")


class _OneLine:
    """Makes one line of the dozen types that TFDS and TensorFlow raise for a damaged folder."""

    def __init__(self, what: str):
        self._what = what

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Exception) and not isinstance(error, UserError):
            # Without the names of operations that TensorFlow puts around its messages.
            message = re.sub(r"^\{\{.*?\}\}\s*|\s*\[Op:.*", "", str(error).strip())
            lines = [line for line in message.splitlines() if line.strip()]
            raise UserError(f"{self._what}: {lines[0] if lines else type(error).__name__}") from error


def _walk(path: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
    """First bytes and lengths int64 [N] of the records of a file.

    Raises:
        UserError: if the file ends within a record, which is named.
    """
    starts: list[int] = []
    lengths: list[int] = []
    try:
        with path.open("rb", buffering=0) as file:
            place, size, descriptor = 0, os.fstat(file.fileno()).st_size, file.fileno()
            while place < size:
                head = os.pread(descriptor, 8, place)
                length = struct.unpack("<Q", head)[0] if len(head) == 8 else size
                if place + _BEFORE + length + _AFTER > size:
                    raise UserError(
                        f"{path} is cut off or damaged: record {len(starts)}, at byte {place} of {size}, is not "
                        "complete; prepare the data set again"
                    )
                starts.append(place + _BEFORE)
                lengths.append(length)
                place += _BEFORE + length + _AFTER
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    return np.array(starts, np.int64), np.array(lengths, np.int64)
