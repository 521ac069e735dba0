"""Networks on many rows: a fixed number at a time, whatever the training's batch."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.progress import announce

BATCH_SIZE = 128
# After so many, how long all will take is known well enough.
_TIMED_BATCHES = 10


def in_batches(what: str, function: Callable[..., tf.Tensor], *inputs: Any) -> np.ndarray:
    """Calls a function on `BATCH_SIZE` rows at a time, the last batch filled up with the last row.

    Args:
        what: is being done, for an estimate if it takes long.
        function: traced once; from rows of the inputs to as many rows, each a function of its own input rows alone.
        inputs: arrays or tensors [N, ...], N at least 1; None is handed on.

    Returns:
        What function gives for all rows, [N, ...].
    """
    traced = tf.function(function)
    rows = [None if each is None else np.asarray(each) for each in inputs]
    count = len(inputs[0])
    parts = []
    begin = time.monotonic()
    for number, start in enumerate(range(0, count, BATCH_SIZE)):
        if number == 1:  # the first batch compiled
            begin = time.monotonic()
        elif number == _TIMED_BATCHES:
            announce(what, (time.monotonic() - begin) / (_TIMED_BATCHES - 1) * count / BATCH_SIZE)
        index = np.minimum(np.arange(start, start + BATCH_SIZE), count - 1)
        batch = [None if each is None else tf.constant(each[index]) for each in rows]
        parts.append(traced(*batch).numpy()[: count - start])
    return np.concatenate(parts)
