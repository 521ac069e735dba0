"""tf.custom_gradient whose gradients go when their graph goes.

TensorFlow 2.21 registers the gradient of every call that it traces under a new name, for ever, and with it all of the
graph: a process that trained one model after the other kept every compiled step. Drop this once a traced
tf.custom_gradient can be collected.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tensorflow.python.framework import ops

# Where a graph keeps its gradients. It is they that keep the graph besides, but such a circle can be collected.
_KEPT = "_compare_gan_gradients"


def custom_gradient(function: Callable[..., Any]) -> Callable[..., Any]:
    """As tf.custom_gradient, for functions of positional tensors that give one tensor or several.

    Gradients are found by their name, as TensorFlow does within a graph, for as long as the graph is there.
    """
    decorated = tf.custom_gradient(function)

    @functools.wraps(function)
    def call(*tensors: Any) -> Any:
        result = decorated(*tensors)
        if not tf.executing_eagerly():
            _tie(tf.nest.flatten(result)[0].op, tf.compat.v1.get_default_graph())
        return result

    return call


def _tie(operation: tf.Operation, graph: tf.Graph) -> None:
    """Hands the registered gradient of an operation over to its graph."""
    entries = getattr(ops.gradient_registry, "_registry", {})
    name = operation.get_attr("_gradient_op_type").decode()
    if name not in entries:
        return  # another TensorFlow, which may have mended it
    kept = dict(entries[name])
    gradient = kept["type"]
    setattr(graph, _KEPT, [*getattr(graph, _KEPT, ()), gradient])
    reference = weakref.ref(gradient)

    def gradient_while_there(*arguments: Any) -> Any:
        return reference()(*arguments)

    entries[name] = kept | {"type": gradient_while_there}
    weakref.finalize(graph, entries.pop, name, None).atexit = False
