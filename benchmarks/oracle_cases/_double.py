"""The product's formulas in float64: rounding vanishes there, mistakes stay."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

from compare_gan_tf2.runtime import precision


@contextlib.contextmanager
def doubled() -> Iterator[None]:
    """Within the block, what is built and computed is float64 wherever the product says float32.

    Networks are to be built within it. A layer whose dtype is the text "float32" keeps it, and what TensorFlow traced
    before too.
    """
    with contextlib.ExitStack() as stack:
        stack.callback(keras.config.set_floatx, keras.config.floatx())
        stack.callback(keras.config.set_dtype_policy, keras.config.dtype_policy())
        keras.config.set_floatx("float64")
        keras.config.set_dtype_policy("float64")
        for name in ("constant", "convert_to_tensor", "fill", "where"):
            stack.enter_context(mock.patch.object(tf, name, _of_values(getattr(tf, name))))
        for owner, name in ((tf, "eye"), (tf, "ones"), (tf, "one_hot"), (tf, "zeros"), (tf.random, "stateless_normal")):
            stack.enter_context(mock.patch.object(owner, name, _of_shapes(getattr(owner, name))))
        stack.enter_context(mock.patch.object(tf, "float32", tf.float64))
        stack.enter_context(precision.computing("float64"))
        yield


def _of_values(function: Callable[..., Any]) -> Callable[..., Any]:
    """`tf.constant` or its like, for which numbers of Python and float32 arrays are float64."""

    def wide(*given: Any, **named: Any) -> Any:
        values = (_wide(each) for each in given)
        return function(*values, **{name: _wide(each) for name, each in named.items()})

    return wide


def _wide(value: Any) -> Any:
    """float64 for float32 and for numbers of Python; other things as they are."""
    if isinstance(value, float | np.floating) or (isinstance(value, np.ndarray) and value.dtype == np.float32):
        return np.asarray(value, np.float64)
    if isinstance(value, list | tuple) and value and all(isinstance(each, float) for each in value):
        return np.asarray(value, np.float64)
    return value


def _of_shapes(function: Callable[..., Any]) -> Callable[..., Any]:
    """`tf.zeros` or its like, float64 where no dtype is asked for."""
    signature = inspect.signature(function)

    def wide(*given: Any, **named: Any) -> Any:
        bound = signature.bind(*given, **named)
        if bound.arguments.get("dtype") is None:
            bound.arguments["dtype"] = tf.float64
        return function(*bound.args, **bound.kwargs)

    return wide
