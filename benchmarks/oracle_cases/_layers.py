"""Networks of the lists of layers in the JSON of oracle/latent_systems, as Keras networks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, NotBuiltError

_SIMPLE: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "flatten": lambda x: tf.reshape(x, [-1, math.prod(x.shape[1:])]),
    "global_sum": lambda x: tf.reduce_sum(x, [1, 2]),
    "maxpool2": lambda x: tf.nn.max_pool2d(x, 2, 2, "VALID"),
    "relu": tf.nn.relu,
    "sigmoid": tf.sigmoid,
    "softplus": tf.nn.softplus,
    "tanh": tf.tanh,
    "up2": lambda x: tf.repeat(tf.repeat(x, 2, axis=1), 2, axis=2),
}


class ListedNetwork(keras.Model):
    """One network of a case, with its weights at the start.

    Args:
        case: of the JSON.
        name: of the network.
    """

    def __init__(self, case: Case, name: str):
        super().__init__(name=name)
        said = case.said["networks"][name]
        self.layers_said: list[Mapping[str, Any]] = said["layers"]
        self.input_shape_said = tuple(said["input_shape"])
        self.z_dim = math.prod(self.input_shape_said[:1])
        self.named: dict[str, keras.Variable] = {}
        for path, value in case.below(f"w0/{name}/").items():
            start = keras.initializers.Constant(value)
            variable = self.add_weight(name=path.replace("/", "."), shape=value.shape, initializer=start)
            self.named[f"{name}/{path}"] = variable
        self._values = {path.partition("/")[2]: each for path, each in self.named.items()}
        self.built = True

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        del training
        x = tf.reshape(x, [-1, *self.input_shape_said])
        for layer in self.layers_said:
            x = self._through(layer, x)
        return x

    def named_variables(self) -> dict[str, keras.Variable]:
        """All variables by the case's names."""
        return self.named

    def _through(self, layer: Mapping[str, Any], x: tf.Tensor) -> tf.Tensor:
        if layer["op"] in _SIMPLE:
            return _SIMPLE[layer["op"]](x)
        through = getattr(self, f"_{layer['op']}", None)
        if through is None:
            raise NotBuiltError(f"there is no layer {layer['op']!r}")
        return through(layer, x)

    def _value(self, layer: Mapping[str, Any], name: str, default: float) -> Any:
        found = self._values.get(f"{layer['name']}/{name}")
        return default if found is None else tf.convert_to_tensor(found)

    def _with_bias(self, layer: Mapping[str, Any], y: tf.Tensor) -> tf.Tensor:
        return y + self._value(layer, "bias", 0.0) if layer.get("bias", True) else y

    def _dense(self, layer: Mapping[str, Any], x: tf.Tensor) -> tf.Tensor:
        return self._with_bias(layer, x @ self._value(layer, "kernel", 0.0))

    def _conv(self, layer: Mapping[str, Any], x: tf.Tensor) -> tf.Tensor:
        kernel, padding = self._value(layer, "kernel", 0.0), layer.get("padding", "same").upper()
        return self._with_bias(layer, tf.nn.conv2d(x, kernel, layer["stride"], padding))

    def _deconv(self, layer: Mapping[str, Any], x: tf.Tensor) -> tf.Tensor:
        kernel, stride = self._value(layer, "kernel", 0.0), layer["stride"]
        batch, height, width, _ = x.shape
        shape = [batch, stride * height, stride * width, kernel.shape[2]]
        return self._with_bias(layer, tf.nn.conv2d_transpose(x, kernel, shape, stride, "SAME"))

    def _batch_norm(self, layer: Mapping[str, Any], x: tf.Tensor) -> tf.Tensor:
        axes = list(range(x.shape.rank - 1))
        centered = x - tf.reduce_mean(x, axes)
        y = centered * tf.math.rsqrt(tf.reduce_mean(tf.square(centered), axes) + layer["epsilon"])
        return y * self._value(layer, "gamma", 1.0) + self._value(layer, "beta", 0.0)

    def _leaky_relu(self, layer: Mapping[str, Any], x: tf.Tensor) -> tf.Tensor:
        return tf.nn.leaky_relu(x, layer["slope"])

    def _prelu(self, layer: Mapping[str, Any], x: tf.Tensor) -> tf.Tensor:
        return tf.maximum(x, 0.0) + self._value(layer, "slope", 0.0) * tf.minimum(x, 0.0)

    def _maxout(self, layer: Mapping[str, Any], x: tf.Tensor) -> tf.Tensor:
        return tf.reduce_max(tf.reshape(x, [*x.shape[:-1], -1, layer["pieces"]]), axis=-1)

    def _embedding(self, layer: Mapping[str, Any], x: tf.Tensor) -> tf.Tensor:
        return tf.one_hot(x, layer["classes"]) @ self._value(layer, "table", 0.0)

    def _reshape(self, layer: Mapping[str, Any], x: tf.Tensor) -> tf.Tensor:
        return tf.reshape(x, [-1, *layer["shape"]])


class Joined(keras.Model):
    """Several networks of a case as one player.

    Args:
        parts: the networks; their variables are the player's, in this order.
        call: call(*inputs) -> outputs.
    """

    def __init__(self, parts: list[ListedNetwork], call: Callable[..., Any]):
        super().__init__(name="_".join(part.name for part in parts))
        self.parts = parts
        self._call = call
        self.built = True

    def call(self, *inputs: tf.Tensor, training: bool = False) -> Any:
        del training
        return self._call(*inputs)

    def named_variables(self) -> dict[str, keras.Variable]:
        """All variables by the case's names."""
        return {name: variable for part in self.parts for name, variable in part.named.items()}


def gradients_by_name(
    network: Any, gradients: list[np.ndarray | None], *, only_reached: bool = False
) -> dict[str, np.ndarray]:
    """What a player's variables got, by the case's names; 0 where nothing reached one, or without these."""
    names = {id(variable): name for name, variable in network.named_variables().items()}
    return {
        names[id(variable)]: np.zeros(variable.shape) if each is None else each
        for variable, each in zip(network.trainable_variables, gradients, strict=True)
        if each is not None or not only_reached
    }
