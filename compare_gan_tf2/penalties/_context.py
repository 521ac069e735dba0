"""What a penalty may look at."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Context:
    """One update's networks and data, this replica's share of the batch.

    Attributes:
        discriminate: images float32 [B, H, W, C], labels int32 [B] or None -> logits [B, 1], as in training but with
            the layers' state standing still.
        real: float32 [B, H, W, C] in [0, 1].
        fake: float32 [B, H, W, C] in [0, 1]; no gradient flows into the generator.
        labels: int32 [B], of the real images; None if the model is unconditional.
        uniform: uniform(purpose, shape) -> float32 in [0, 1), a function of seed, step and purpose;
            shape starts with B.
    """

    discriminate: Callable[[tf.Tensor, tf.Tensor | None], tf.Tensor]
    real: tf.Tensor
    fake: tf.Tensor
    labels: tf.Tensor | None
    uniform: Callable[[str, list[int]], tf.Tensor]
