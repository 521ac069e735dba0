"""What replicas of one step tell each other, with gradients; on one device everything is as it is."""

from __future__ import annotations

import tensorflow as tf


def replicas() -> int:
    """How many replicas take part in the step; 1 outside of them."""
    context = tf.distribute.get_replica_context()
    return 1 if context is None else context.num_replicas_in_sync


def global_mean(share: tf.Tensor) -> tf.Tensor:
    """Mean over the replicas of a tensor of any shape; all replicas' shares count equally."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return share
    return context.all_reduce(tf.distribute.ReduceOp.MEAN, share)


def gathered(share: tf.Tensor) -> tf.Tensor:
    """The replicas' shares [b, ...], b static, one after the other [replicas b, ...]."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return share
    whole = context.all_gather(share, axis=0)
    return tf.ensure_shape(whole, [context.num_replicas_in_sync * share.shape[0], *share.shape[1:]])
