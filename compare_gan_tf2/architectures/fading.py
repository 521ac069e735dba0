"""Images of one side as a larger or smaller one shows them, and what lies between; all have second derivatives."""

from __future__ import annotations

import tensorflow as tf


def enlarged(x: tf.Tensor, factor: int = 2) -> tf.Tensor:
    """Each pixel of [B, H, W, C] as factor x factor."""
    return x if factor == 1 else tf.repeat(tf.repeat(x, factor, axis=1), factor, axis=2)


def shrunk(x: tf.Tensor, factor: int = 2) -> tf.Tensor:
    """The mean of every factor x factor pixels of [B, H, W, C]."""
    return x if factor == 1 else tf.nn.avg_pool2d(x, factor, factor, "VALID")


def lerped(new: tf.Tensor, old: tf.Tensor, share: tf.Tensor) -> tf.Tensor:
    """(1 - share) new + share old, exactly one of them at 0 and 1."""
    share = tf.cast(share, new.dtype)
    return (1.0 - share) * new + share * old


def faded(images: tf.Tensor, fade: tf.Tensor | None) -> tf.Tensor:
    """Real images [B, S, S, C] of a side that is faded in: a share of them as the half of the side shows them."""
    return images if fade is None else lerped(images, enlarged(shrunk(images)), fade)
