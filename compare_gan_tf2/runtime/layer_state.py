"""What becomes of layer state: vectors of spectral norm and moving statistics of batch norm.

A layer never assigns its state in a training call. It proposes the new value, and who called it decides: the engine of
the train step collects proposals and assigns them once per update (`collecting`), compare_gan's versions assigned in
every call (`assigning`), standing statistics average over batches (`cumulative`). Where nobody decides, nothing moves.
The decision is made while TensorFlow traces, so it costs nothing at run time; it is kept per thread because
MirroredStrategy traces every replica in a thread of its own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Proposal:
    """A new value for a layer's variable; the same in all replicas.

    Attributes:
        variable: a variable that is not trained, or one that data start (`data_start`).
        value: of its shape and dtype, without a gradient.
        always: whether it is assigned after every update, not only after updates that move the layer's network.
        first: whether, of several proposals in one update, the first one counts instead of their mean.
    """

    variable: Any
    value: tf.Tensor
    always: bool = False
    first: bool = False


class _Here(threading.local):
    take: Callable[[Proposal], None] | None = None
    heeds_quiet: bool = True
    is_quiet: bool = False
    # Which proposals are dropped.
    frozen: str = "none"
    averaged: Any = None


_HERE = _Here()


@contextlib.contextmanager
def _here(**values: Any) -> Iterator[None]:
    before = {name: getattr(_HERE, name) for name in values}
    _HERE.__dict__.update(values)
    try:
        yield
    finally:
        _HERE.__dict__.update(before)


def propose(variable: Any, value: tf.Tensor, *, always: bool = False, first: bool = False) -> None:
    """Offers a new value for a layer's variable; see `Proposal`."""
    offer(Proposal(variable, tf.stop_gradient(value), always, first))


def offer(proposal: Proposal) -> None:
    """Hands a proposal to whoever decides; drops it where state is frozen, or quiet and that is heeded."""
    if _HERE.take is None or _HERE.frozen == "all" or (_HERE.frozen == "first" and proposal.first):
        return
    if not (_HERE.is_quiet and _HERE.heeds_quiet):
        _HERE.take(proposal)


def follow(moving: Any, batch: tf.Tensor, decay: float) -> None:
    """Proposes moving <- decay moving + (1 - decay) batch for a moving statistic; within `cumulative` the mean."""
    n = _HERE.averaged
    if n is None:
        propose(moving, decay * moving + (1.0 - decay) * tf.stop_gradient(batch))
    else:
        n = tf.cast(n, tf.float32)
        propose(moving, (n * moving + tf.stop_gradient(batch)) / (n + 1.0))


@contextlib.contextmanager
def collecting() -> Iterator[list[Proposal]]:
    """Within the block proposals go into the list that it gives; `quiet` is heeded."""
    proposals: list[Proposal] = []
    with _here(take=proposals.append, heeds_quiet=True):
        yield proposals


@contextlib.contextmanager
def passing_on() -> Iterator[list[Proposal]]:
    """Within the block proposals go into the list that it gives, if they would be taken; to be offered again."""
    proposals: list[Proposal] = []
    with _here(take=None if _HERE.take is None else proposals.append):
        yield proposals


@contextlib.contextmanager
def assigning() -> Iterator[None]:
    """Within the block every proposal is assigned at once, in quiet calls too, as compare_gan's versions did."""
    with _here(take=_assign, heeds_quiet=False):
        yield


@contextlib.contextmanager
def cumulative(number: Any) -> Iterator[None]:
    """Within the block training calls average statistics over batches: moving <- (n moving + batch) / (n + 1).

    These are BigGAN's standing statistics (Brock et al. 2018, appendix C) once training calls were
    made with n = 0, 1, ..., N - 1: every batch counts the same and what was there before does not. Each batch is
    normalized by its own statistics, as in training; compare_gan normalized it by the average so far. To be entered
    where the layers are called, so inside the function that a strategy runs. Vectors of spectral norm stand still.

    Args:
        number: n, how many batches are averaged already; an int or a scalar tensor, also one that is being traced.
    """
    with _here(take=_assign, averaged=number, frozen="all" if _HERE.frozen == "all" else "first"):
        yield


def batches_averaged() -> Any:
    """The number given to `cumulative`, or None outside of it, where moving statistics decay exponentially."""
    return _HERE.averaged


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Within the block calls propose nothing: those of penalties and of consistency terms."""
    with _here(is_quiet=True):
        yield


@contextlib.contextmanager
def frozen(*, first_only: bool = False) -> Iterator[None]:
    """Within the block nothing moves, whoever decides; with first_only no proposals that are `first` (vectors)."""
    with _here(frozen=_HERE.frozen if first_only and _HERE.frozen == "all" else "first" if first_only else "all"):
        yield


def _assign(proposal: Proposal) -> None:
    proposal.variable.assign(proposal.value)
