"""The generated images that are scored: the same ones for a task's checkpoint and for its exported module."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import tensorflow as tf

from compare_gan_tf2.runtime.large_images import made_at_once
from compare_gan_tf2.runtime.prior import Prior

BATCH_SIZE = 500
# Of an evaluation's seed; those above tell the batches of truncated latents apart.
_SEED_BITS = 31

# Images float32 [B, H, W, C] in [0, 1] and their labels int32 [B], or None.
Batches = Iterator[tuple[np.ndarray, np.ndarray | None]]


def generated_images(
    generate: Callable[[tf.Tensor, tf.Tensor | None], tf.Tensor],
    prior: Prior,
    num_classes: int,
    image_shape: Sequence[int],
    *,
    seed: int,
    repeat: int = 0,
    truncation: float = 0.0,
) -> Batches:
    """Batches of 500, of images beyond 256 pixels of fewer, without an end; by seed, repeat and truncation alone.

    Args:
        generate: latents float32 [B, length of the prior] and labels int32 [B], None without classes -> images.
        prior: of the latents.
        num_classes: of the labels; 0 for a generator that takes none.
        image_shape: (H, W, C).
        seed: of the evaluation.
        repeat: number of the evaluation, from 0; each has images of its own.
        truncation: keep latents within [-truncation, truncation]; 0 for all of them, other ones than the rest's.
    """
    purpose = f"evaluation/{repeat}" if repeat else "evaluation"
    number, size = 0, made_at_once(image_shape, BATCH_SIZE)
    while True:
        z, labels = prior.draw_with_labels(BATCH_SIZE, purpose, num_classes, seed=seed, step=number)
        if truncation:
            own = tf.constant(seed + (number << _SEED_BITS), tf.int64)
            z = prior.draw_truncated(BATCH_SIZE, seed=own, truncation=tf.constant(truncation))
        for start in range(0, BATCH_SIZE, size):
            part = slice(start, start + size)
            of_part = None if labels is None else labels[part]
            yield generate(z[part], of_part).numpy(), None if of_part is None else of_part.numpy()
        number += 1
