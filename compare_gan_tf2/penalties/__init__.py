"""Penalties added to an objective; the file's name is the penalty's name.

A file defines `discriminator(context)` and `generator(context)`, either of them None, and states these facts of itself:
    STATE: names of float32 scalars that it keeps over a training.
    WHOLE_BATCH: whether it compares images of the batch with each other, so that the batch is never cut.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Context:
    """One update's networks and data, this replica's share of the batch.

    Attributes:
        discriminate: images float32 [B, H, W, C], labels or None -> logits [B, 1], as in training but with the layers'
            state standing still.
        generate: z float32 [B, z_dim], labels or None -> images float32 [B, H, W, C] as the discriminator is shown them
            (through the same augmentation as `fake`), the state standing still.
        logits: () -> logits [B, 1] of real and of fake, this update's own, computed once however often it is called.
            In the discriminator's update only.
        real: float32 [B, H, W, C], as shown to the discriminator: in [0, 1] unless augmented.
        fake: () -> float32 [B, H, W, C] likewise; of z and fake_labels, computed once however often it is called. In
            the discriminator's update no gradient flows into the generator. In the generator's it does, and the call
            is the one that moves the layers' state: what must see the same state is called before.
        labels: int32 [B] or soft, float32 [B, classes], of the real images; None if the model is unconditional.
        fake_labels: of the generated images, in the same form; None if the model is unconditional.
        z: float32 [B, z_dim], latents of the generated images.
        uniform: uniform(purpose, shape) -> float32 in [0, 1), a function of seed, step, purpose; shape starts with B.
        normal: normal(purpose, shape) -> float32 from N(0, 1), likewise.
        global_mean: replaces this replica's means by means over all replicas (whose shares are equal), any shape, with
            gradients.
        kernels: raw kernels of the network that is updated, before any weight normalization; embeddings included,
            biases and gains not.
        state: the penalty's own float32 scalar variables, by the names in its STATE; all start at 0.
    """

    discriminate: Callable[[tf.Tensor, tf.Tensor | None], tf.Tensor]
    generate: Callable[[tf.Tensor, tf.Tensor | None], tf.Tensor]
    logits: Callable[[], tuple[tf.Tensor, tf.Tensor]]
    real: tf.Tensor
    fake: Callable[[], tf.Tensor]
    labels: tf.Tensor | None
    fake_labels: tf.Tensor | None
    z: tf.Tensor
    uniform: Callable[[str, list[int]], tf.Tensor]
    normal: Callable[[str, list[int]], tf.Tensor]
    global_mean: Callable[[tf.Tensor], tf.Tensor]
    kernels: Sequence[tf.Tensor]
    state: Mapping[str, tf.Variable]
