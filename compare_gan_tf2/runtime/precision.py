"""In which dtype networks compute: float32, or half of it inside a training step (Micikevicius et al. 2018).

Weights, optimizers, spectral norm, statistics, losses and penalties are float32 always; what is halved are activations
and the products of convolutions and matrices. Evaluation, samples and exports compute in float32. Which it is is read
while TensorFlow traces, per thread because MirroredStrategy traces every replica in a thread of its own.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

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

    The factor is halved when a gradient overflows, and that update is taken back, but for the layers' state that
    reference modes move in every pass; the factor is doubled after 2,000 good updates.

    Args:
        add_state: add_state(name, start) makes a float32 scalar of the training's state.
        name: of the optimizer it is for.
    """

    # Names of its states begin so.
    PREFIX = "loss_scale/"

    def __init__(self, add_state: Callable[[str, float], tf.Variable], name: str):
        self._scale = add_state(f"{self.PREFIX}{name}", _FIRST_SCALE)
        self._good = add_state(f"{self.PREFIX}{name}/good_updates", 0.0)

    def value(self) -> tf.Tensor:
        """The factor, a float32 scalar of 1 or more."""
        return tf.convert_to_tensor(self._scale)

    def adapt(self, is_finite: tf.Tensor) -> None:
        """Follows an update; is_finite says of all replicas' gradients whether they were finite."""
        scale, good = tf.convert_to_tensor(self._scale), tf.convert_to_tensor(self._good)
        grows = good + 1.0 >= _GOOD_UPDATES
        self._scale.assign(tf.where(is_finite, tf.where(grows, 2.0 * scale, scale), tf.maximum(scale / 2.0, 1.0)))
        self._good.assign(tf.where(is_finite & ~grows, good + 1.0, 0.0))
