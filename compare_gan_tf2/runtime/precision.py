"""In which dtype networks compute: float32, or half of it inside a training step (Micikevicius et al. 2018).

Weights, optimisers, spectral norm, statistics, losses and penalties are float32 always; what is halved are activations
and the products of convolutions and matrices. Evaluation, samples and exports compute in float32. Which it is is read
while TensorFlow traces, per thread because MirroredStrategy traces every replica in a thread of its own.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import tensorflow as tf

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")

# Keras's own start and pace.
_FIRST_SCALE, _GOOD_UPDATES = 2.0**15, 2000


class _Computing(threading.local):
    dtype: tf.DType = tf.float32


_COMPUTING = _Computing()


@contextlib.contextmanager
def computing(precision: str) -> Iterator[None]:
    """Within the block networks compute as one of PRECISIONS says."""
    before = _COMPUTING.dtype
    _COMPUTING.dtype = tf.as_dtype(precision.removeprefix("mixed_"))
    try:
        yield
    finally:
        _COMPUTING.dtype = before


def compute_dtype() -> tf.DType:
    """Of activations, where the caller is."""
    return _COMPUTING.dtype


class LossScale:
    """Keeps float16's gradients away from 0: the loss is multiplied, its gradient divided (section 3.2 there).

    The factor is halved when a gradient overflows, and that update is left out; it is doubled after 2,000 good updates.
    A gradient that is not finite although the factor is 1 did not overflow: it goes through, and the losses tell of it.

    Args:
        add_state: add_state(name, start) makes a float32 scalar of the training's state.
        name: of the optimiser it is for.
        global_mean: mean of a tensor over the replicas.
    """

    def __init__(
        self,
        add_state: Callable[[str, float], tf.Variable],
        name: str,
        global_mean: Callable[[tf.Tensor], tf.Tensor],
    ):
        self._scale = add_state(f"loss_scale/{name}", _FIRST_SCALE)
        self._good = add_state(f"loss_scale/{name}/good_updates", 0.0)
        self._global_mean = global_mean

    def scaled(self, objective: tf.Tensor) -> tf.Tensor:
        """The objective times the factor."""
        return objective * tf.convert_to_tensor(self._scale)

    def apply(self, optimizer: Any, scaled: Sequence[tf.Tensor | None], variables: Sequence[Any]) -> None:
        """The optimiser's update of the variables, by gradients of the scaled objective; none if one overflowed."""
        scale, good = tf.convert_to_tensor(self._scale), tf.convert_to_tensor(self._good)
        finite = [tf.reduce_all(tf.math.is_finite(each)) for each in scaled if each is not None]
        is_finite = self._global_mean(tf.cast(tf.reduce_all(finite), tf.float32)) == 1.0
        grows = good + 1.0 >= _GOOD_UPDATES
        self._scale.assign(tf.where(is_finite, tf.where(grows, 2.0 * scale, scale), tf.maximum(scale / 2.0, 1.0)))
        self._good.assign(tf.where(is_finite & ~grows, good + 1.0, 0.0))
        counts = is_finite | (scale <= 1.0)
        # All is put back rather than left alone: a condition cannot be around what replicas do together.
        kept = [(each, tf.identity(tf.convert_to_tensor(each))) for each in (*variables, *optimizer.variables)]
        optimizer.apply([None if each is None else each / scale for each in scaled], variables)
        for variable, before in kept:
            variable.assign(tf.where(counts, tf.convert_to_tensor(variable), before))
