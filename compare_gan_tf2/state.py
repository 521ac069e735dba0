"""Which layer state may move: vectors of spectral norm and statistics of batch norm.

A network's state belongs to its own optimiser step. When the other network's step, a penalty or an evaluation passes
through it, the state must stand still, although batch statistics are used as in training. The train step says so with
`frozen`; layers ask `moves`. Both are read while TensorFlow traces, so they cost nothing at run time. The record is
per thread because MirroredStrategy traces every replica in a thread of its own.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

VECTORS = "vectors"
STATISTICS = "statistics"


class _Frozen(threading.local):
    kinds: frozenset[str] = frozenset()


_FROZEN = _Frozen()


@contextlib.contextmanager
def frozen(*kinds: str) -> Iterator[None]:
    """Within the block state of these kinds stands still; of both kinds if none is named."""
    before = _FROZEN.kinds
    _FROZEN.kinds = before | frozenset(kinds or (VECTORS, STATISTICS))
    try:
        yield
    finally:
        _FROZEN.kinds = before


def moves(kind: str, training: bool) -> bool:
    """Whether a layer may update its state of this kind in the current call."""
    return bool(training) and kind not in _FROZEN.kinds
