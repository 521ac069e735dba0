"""Cross-entropy of classes that a discriminator tells; on logits, never behind another softmax."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.architectures.networks import is_labelled
from compare_gan_tf2.runtime.replicas import global_mean


def of_labeled(logits: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
    """Mean over those images of all replicas that have a label; 0 if there is none.

    Where some lack one, a turn that has it must be `whole`.

    Args:
        logits: float32 [B, classes].
        classes: distributions float32 [B, classes], zeros where an image has no label.
    """
    counts = tf.cast(is_labelled(classes), tf.float32)
    each = tf.nn.softmax_cross_entropy_with_logits(classes, logits)
    return tf.math.divide_no_nan(tf.reduce_mean(counts * each), global_mean(tf.reduce_mean(counts)))
