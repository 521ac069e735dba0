"""LSUN for TFDS 4.9.10 without tensorflow_io.

TFDS reads LSUN's LMDB files by `tensorflow_io.IODataset.from_lmdb`, and no release of tensorflow_io loads with
TensorFlow 2.21 (each is built for one TensorFlow, and older). This module puts a reader by the package `lmdb` in its
place, for as long as a data set is prepared. Drop it once TFDS's builder of LSUN reads without
tensorflow_io, or tensorflow_io is released for the lowest TensorFlow that setup.py allows.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import types
from collections.abc import Iterator

import tensorflow as tf
import tensorflow_datasets as tfds

from compare_gan_tf2.compat import lmdb_pages

_NAME = "tensorflow_io"
# Records that pass from Python to TensorFlow at a time; one by one they take twice as long.
_TOGETHER = 64


@contextlib.contextmanager
def stand_in() -> Iterator[None]:
    """While the block runs, `tfds.core.lazy_imports.tensorflow_io` has an `IODataset.from_lmdb`."""
    importer = tfds.core.lazy_imports
    # The property of the class, not what it gives: that would be the import that fails.
    before = vars(importer)[_NAME]
    setattr(importer, _NAME, types.SimpleNamespace(IODataset=types.SimpleNamespace(from_lmdb=from_lmdb)))
    try:
        yield
    finally:
        setattr(importer, _NAME, before)


def from_lmdb(path: str | os.PathLike) -> tf.data.Dataset:
    """All (key, value) of an LMDB file, text scalars in the order of the keys; read while it is iterated.

    TFDS iterates in a graph of its own, where only a tf.data.Dataset is taken.

    Raises:
        UserError: if the file is damaged.
    """
    import lmdb

    lmdb_pages.check(path)

    def records() -> Iterator[tuple[list[bytes], list[bytes]]]:
        # No lock file: the folder may be read-only, and nobody writes.
        opened = lmdb.open(os.fspath(path), subdir=False, readonly=True, lock=False)
        with opened, opened.begin() as transaction:
            cursor = iter(transaction.cursor())
            while some := list(itertools.islice(cursor, _TOGETHER)):
                keys, values = zip(*some, strict=True)
                yield list(keys), list(values)

    texts = tf.TensorSpec((None,), tf.string)
    return tf.data.Dataset.from_generator(records, output_signature=(texts, texts)).unbatch()
