"""Weights of the Inception network of 2015-12-05 out of the graph they were published in, or arrays of its names."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable, Mapping

import keras
import numpy as np
import tensorflow as tf

from compare_gan_tf2 import npz
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.extractors import _inception
from compare_gan_tf2.extractors._own_files import one_line

# The graph's 0.001, in its type; a file of arrays says nothing of it.
_EPSILON = float(np.float32(1e-3))
_KERNEL, _NORMALIZATION = "conv2d_params", "batchnorm"
# The last convolution, by which a prefix of all names is found.
_LAST = f"mixed_10/tower_2/conv/{_KERNEL}"


@dataclasses.dataclass(frozen=True)
class _Constants:
    """Arrays by the graph's names, and what the graph does with them.

    Attributes:
        get: the array of a name without prefix; None if there is none.
        nodes: the graph's nodes by name without prefix; empty for a file of arrays.
    """

    get: Callable[[str], np.ndarray | None]
    nodes: Mapping[str, tf.compat.v1.NodeDef]


def read(path: pathlib.Path, model: keras.Model) -> tuple[list[np.ndarray], bool]:
    """Weights with normalizations folded in, in float64 and then rounded: w / sqrt(v + e) and b - m / sqrt(v + e).

    A scale (gamma) is folded in too, unless the graph has one and says not to use it, as the original's does.

    Args:
        path: a frozen GraphDef (.pb) whose names may have a prefix, or a .npz of the arrays by their names in the
            graph: mixed_3/tower/conv_1/conv2d_params [height, width, in, out], .../batchnorm/beta, moving_mean,
            moving_variance [out], softmax/weights [2048, 1008], and softmax/biases [1008] if there are any.
        model: of `_inception.network`; says what there has to be.

    Returns:
        float32 arrays in the order of the model's weights, and whether the logits have biases: if the graph's node
        `logits` adds them, or, without such a node, if the file has them.

    Raises:
        UserError: if the file cannot be read, or an array is missing, has another shape or is not finite.
    """
    constants = _of_graph(path) if path.suffix == ".pb" else _of_arrays(path)
    weights: list[np.ndarray] = []
    biased = _adds_biases(constants)
    for layer in model.layers:
        if not layer.weights:
            continue
        shape, name = tuple(layer.kernel.shape), layer.name.replace(".", "/")
        if name == _inception.SOFTMAX:
            kernel = _array(constants, f"{name}/weights", shape, path)
            bias = _array(constants, f"{name}/biases", shape[-1:], path) if biased else np.zeros(shape[-1])
        else:
            kernel, bias = _folded(constants, name, shape, path)
        weights += [kernel.astype(np.float32), bias.astype(np.float32)]
    return weights, biased


def _folded(
    constants: _Constants, name: str, shape: tuple[int, ...], path: pathlib.Path
) -> tuple[np.ndarray, np.ndarray]:
    norm = f"{name}/{_NORMALIZATION}"
    kernel = _array(constants, f"{name}/{_KERNEL}", shape, path)
    beta, mean, variance = (
        _array(constants, f"{norm}/{each}", shape[-1:], path) for each in ("beta", "moving_mean", "moving_variance")
    )
    node = constants.nodes.get(norm)
    attributes = node.attr if node is not None else {}
    epsilon = attributes["variance_epsilon"].f if "variance_epsilon" in attributes else _EPSILON
    if variance.min() + epsilon <= 0:
        raise UserError(f"{norm}/moving_variance of {path} is negative")
    factor = 1.0 / np.sqrt(variance + epsilon)
    scaled = "scale_after_normalization" not in attributes or attributes["scale_after_normalization"].b
    if scaled and constants.get(f"{norm}/gamma") is not None:
        factor *= _array(constants, f"{norm}/gamma", shape[-1:], path)
    return kernel * factor, beta - mean * factor


def _array(constants: _Constants, name: str, shape: tuple[int, ...], path: pathlib.Path) -> np.ndarray:
    """float64."""
    try:
        array = constants.get(name)
    except ValueError as error:  # as many bytes as the shape needs have to be there
        raise UserError(f"{name} of {path} cannot be read: {one_line(error)}") from error
    if array is None:
        raise UserError(f"{path} is not the Inception network of 2015-12-05: it has no {name}")
    if array.shape != shape:
        raise UserError(
            f"{path} is not the Inception network of 2015-12-05: {name} has shape {array.shape}, not {shape}"
        )
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise UserError(f"{name} of {path} is not finite")
    return array


def _adds_biases(constants: _Constants) -> bool:
    node = constants.nodes.get("logits")
    while node is not None and node.op in ("Identity", "Reshape", "Squeeze") and node.input:
        node = constants.nodes.get(node.input[0])
    return constants.get(f"{_inception.SOFTMAX}/biases") is not None if node is None else node.op != "MatMul"


def _of_graph(path: pathlib.Path) -> _Constants:
    graph = tf.compat.v1.GraphDef()
    try:
        graph.ParseFromString(path.read_bytes())
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    except Exception as error:  # protobuf's own type of error
        raise UserError(f"{path} cannot be read as a frozen graph: it is damaged or of another kind") from error
    prefix = next((node.name.removesuffix(_LAST) for node in graph.node if node.name.endswith(_LAST)), "")
    nodes = {node.name.removeprefix(prefix): node for node in graph.node if node.name.startswith(prefix)}

    def get(name: str) -> np.ndarray | None:
        node = nodes.get(name)
        return tf.make_ndarray(node.attr["value"].tensor) if node is not None and node.op == "Const" else None

    return _Constants(get, nodes)


def _of_arrays(path: pathlib.Path) -> _Constants:
    try:
        arrays = npz.read(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read as an archive of arrays: {one_line(error)}") from error
    return _Constants(arrays.get, {})
