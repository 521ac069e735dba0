"""Random inputs of abilities beside latents: seeds of what is random in a network."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.gans import Stream
from compare_gan_tf2.runtime.draws import Seed

SEED = "seed"
_MOST = 2**31 - 1


def seeds() -> Stream:
    """The stream "seed", int64 [B], of an ability that is random if it is asked to be; see `runtime.row_seeds`."""
    return Stream(tf.TensorSpec([None], tf.int64, SEED), _drawn, optional=True)


def _drawn(count: int, purpose: str, seed: Seed) -> tf.Tensor:
    return tf.cast(seed.labels(f"{purpose}/{SEED}", count, _MOST), tf.int64)
