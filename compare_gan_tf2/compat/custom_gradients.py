"""Custom gradients that go when their graph, or the loaded module that they came with, goes.

TensorFlow 2.21 registers the gradient of every traced call of tf.custom_gradient, and every custom gradient of a loaded
SavedModel, under a new name for ever, and with it all of the graph. Its own all_reduce is such a call, so a process
that trained one model after the other kept every compiled step. Drop this once they can be collected.
"""

from __future__ import annotations

import inspect
import threading
import weakref
from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tensorflow.python.framework import ops

# Where the owner keeps its gradients. It is they that keep the owner besides, but such a circle can be collected.
_KEPT = "_compare_gan_gradients"
_LOADING = threading.Lock()


def release() -> None:
    """Keeps every gradient of a traced call, whoever traced it, for as long as its graph and no longer."""
    for name, entry in list(_entries().items()):
        if name.startswith("CustomGradient-"):
            graph = _graph_of(entry["type"])
            if graph is not None:
                _tie(name, graph)


def loaded(load: Callable[[], Any]) -> Any:
    """What load() gives, a SavedModel's object; its custom gradients are there for as long as it is."""
    with _LOADING:
        before = set(_entries())
        found = load()
        for name in _entries().keys() - before:
            # Not what another thread has traced meanwhile.
            if _entries()[name]["type"].__module__.endswith("function_deserialization"):
                _tie(name, found)
        return found


def _entries() -> dict[str, dict[str, Any]]:
    """TensorFlow's registered gradients; none in another TensorFlow, which may have mended it."""
    return getattr(ops.gradient_registry, "_registry", {})


def _graph_of(gradient: Callable) -> tf.Graph | None:
    """The graph of what tf.custom_gradient registered; None for anything else."""
    tape_gradient = inspect.getclosurevars(gradient).nonlocals.get("tape_grad_fn")
    if tape_gradient is None:
        return None
    results = tf.nest.flatten(inspect.getclosurevars(tape_gradient).nonlocals.get("result"))
    return getattr(results[0], "graph", None) if results else None


def _tie(name: str, owner: Any) -> None:
    """Hands the gradient that is registered under a name over to its owner."""
    entries = _entries()
    gradient = entries[name]["type"]
    kept = [*getattr(owner, _KEPT, ()), gradient]
    if isinstance(owner, tf.Graph):
        setattr(owner, _KEPT, kept)
    else:  # what can be saved takes everything that is set for a part of it
        owner.__dict__[_KEPT] = kept
    reference = weakref.ref(gradient)

    def gradient_while_there(*arguments: Any) -> Any:
        found = reference()
        assert found is not None  # who asks has the graph
        return found(*arguments)

    entries[name] = entries[name] | {"type": gradient_while_there}
    weakref.finalize(owner, entries.pop, name, None).atexit = False
