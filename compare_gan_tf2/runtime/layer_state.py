"""Which layer state may move: vectors of spectral norm and statistics of batch norm.

A network's state belongs to its own optimiser step. When the other network's step, a penalty or an evaluation passes
through it, the state must stand still, although batch statistics are used as in training. The train step says so with
`frozen`; layers ask `moves`. Both are read while TensorFlow traces, so they cost nothing at run time. The record is
per thread because MirroredStrategy traces every replica in a thread of its own.

Standing statistics are the other way round: the only thing that moves then is what evaluation will use of batch norm.
`cumulative` says so, and layers ask `batches_averaged`.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

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


class _Cumulative(threading.local):
    number: Any = None


_CUMULATIVE = _Cumulative()


@contextlib.contextmanager
def cumulative(number: Any) -> Iterator[None]:
    """Within the block training calls average statistics over batches: moving <- (n moving + batch) / (n + 1).

    These are BigGAN's standing statistics (Brock et al. 2018, appendix C) once training calls were
    made with n = 0, 1, ..., N - 1: every batch counts the same and what was there before does not. Each batch is
    normalised by its own statistics, as in training; compare_gan normalised it by the average so far. To be entered
    where the layers are called, so inside the function that a strategy runs; vectors of spectral norm still move
    unless they are `frozen`, and frozen statistics do not move here either.

    Args:
        number: n, how many batches are averaged already; an int or a scalar tensor, also one that is being traced.
    """
    before = _CUMULATIVE.number
    _CUMULATIVE.number = number
    try:
        yield
    finally:
        _CUMULATIVE.number = before


def batches_averaged() -> Any:
    """The number given to `cumulative`, or None outside of it, where moving statistics decay exponentially."""
    return _CUMULATIVE.number


def moves(kind: str, training: bool) -> bool:
    """Whether a layer may update its state of this kind in the current call."""
    return bool(training) and kind not in _FROZEN.kinds
