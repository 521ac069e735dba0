"""Python functions within tf.data's pipelines, such as generators, that go when their pipeline goes.

TensorFlow 2.21 keeps every such function in the graph that is the default outside of all others, which no eager process
ever drops, and with it all that the function knows: a process that trained one model after the other kept the decoded
images of every data set. Drop this once they can be collected.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tensorflow.python.framework import ops

# Where the graph keeps functions, and where a dataset does.
_IN_GRAPH, _IN_DATASET = "_py_funcs_used_in_graph", "_compare_gan_functions"
_MAKING = threading.Lock()


def of_dataset(make: Callable[[], tf.data.Dataset]) -> tf.data.Dataset:
    """What make() gives; its Python functions are there for as long as it is, or an iterator over it."""
    with _MAKING:
        before = {id(each) for each in _functions()}
        made = make()
        ours = [each for each in _functions() if id(each) not in before]
        setattr(made, _IN_DATASET, ours)
        _functions()[:] = [each for each in _functions() if id(each) in before]
    return made


def _functions() -> list[Any]:
    """Those of the default graph; none in another TensorFlow, which may have mended it."""
    found: list[Any] = getattr(ops.get_default_graph(), _IN_GRAPH, [])
    return found
