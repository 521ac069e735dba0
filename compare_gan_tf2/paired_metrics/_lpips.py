"""LPIPS, version 0.1: distance of two images in a trained network's features (Zhang et al. 2018), computed in float64.

Of the published implementation (richzhang/PerceptualSimilarity): pixels in [-1, 1] are shifted and scaled by channel;
after five of the network's rectified convolutions the features of every position are divided by their length; the
squared differences are weighted by channel, averaged over positions, and summed over the five layers.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import pathlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.paired_metrics import Setup, _lpips_weights

# A folder that has precedence over the setup's.
VARIABLE = "COMPARE_GAN_LPIPS"
CHANNELS = (1, 3)
# Pairs of images per call. Always as many: nothing retraces, and a result owes nothing to its batch's size.
BATCH = 8

_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)
_EPSILON = 1e-10

Distances = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclasses.dataclass(frozen=True)
class Convolution:
    """One rectified convolution of a network.

    Attributes:
        name: number among the layers of torchvision's `features`, by which its arrays are called.
        inputs, outputs: channels.
        size, stride, padding: of the kernel, in pixels; padded with zeros.
        pool: width of the maximum pool with stride 2 before it; 0 without.
        judged: whether images are compared by what it gives.
    """

    name: int
    inputs: int
    outputs: int
    size: int = 3
    stride: int = 1
    padding: int = 1
    pool: int = 0
    judged: bool = True


ALEX = (
    Convolution(0, 3, 64, size=11, stride=4, padding=2),
    Convolution(3, 64, 192, size=5, padding=2, pool=3),
    Convolution(6, 192, 384, pool=3),
    Convolution(8, 384, 256),
    Convolution(10, 256, 256),
)
VGG = (
    Convolution(0, 3, 64, judged=False),
    Convolution(2, 64, 64),
    Convolution(5, 64, 128, pool=2, judged=False),
    Convolution(7, 128, 128),
    Convolution(10, 128, 256, pool=2, judged=False),
    Convolution(12, 256, 256, judged=False),
    Convolution(14, 256, 256),
    Convolution(17, 256, 512, pool=2, judged=False),
    Convolution(19, 512, 512, judged=False),
    Convolution(21, 512, 512),
    Convolution(24, 512, 512, pool=2, judged=False),
    Convolution(26, 512, 512, judged=False),
    Convolution(28, 512, 512),
)
NETWORKS = {"alex": ALEX, "vgg": VGG}


def load(network: str, setup: Setup) -> tuple[Distances, str]:
    """The distance of images of the setup's shape, and the first digits of the SHA-256 of its file of weights.

    Args:
        network: of `NETWORKS`.
        setup: with the folder of weights.

    Returns:
        A function of two arrays uint8 [N, H, W, 1 or 3], that gives float64 [N], at least 0 with the
        published weights and 0 for equal images; and eight digits.

    Raises:
        UserError: if there are no weights, or they are damaged or another network's.
    """
    path = _path(network, setup)
    layers = NETWORKS[network]
    arrays = _lpips_weights.read(path, _shapes(layers))
    return functools.partial(_distances, _traced(layers, arrays, setup.image_shape)), _lpips_weights.digits(path)


def _path(network: str, setup: Setup) -> pathlib.Path:
    named = os.environ.get(VARIABLE)
    folder = pathlib.Path(named).expanduser() if named else setup.lpips_folder
    name = f"{network}.npz"
    if folder is None or not (folder / name).is_file():
        missing = f"{folder / name} is not there" if folder else f"name a folder with {name} in ${VARIABLE}"
        raise UserError(
            f"LPIPS needs weights that do not come with this package: {missing}; "
            f"with the package lpips they are made by: {_lpips_weights.recipe(network)}"
        )
    return folder / name


def _shapes(layers: Sequence[Convolution]) -> dict[str, tuple[int, ...]]:
    """Published names and shapes of the arrays: kernels [out, in, height, width], biases [out]."""
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in layers:
        shapes[f"features.{layer.name}.weight"] = (layer.outputs, layer.inputs, layer.size, layer.size)
        shapes[f"features.{layer.name}.bias"] = (layer.outputs,)
    for number, layer in enumerate(layer for layer in layers if layer.judged):
        shapes[f"lin{number}.model.1.weight"] = (1, layer.outputs, 1, 1)
    return shapes


def _traced(
    layers: Sequence[Convolution], arrays: Mapping[str, np.ndarray], image_shape: tuple[int, int, int]
) -> tf.types.experimental.PolymorphicFunction:
    """From pixels float64 [2, BATCH, H, W, C] in [0, 255] to distances float64 [BATCH]."""
    # TensorFlow's kernels are [height, width, in, out].
    kernels = [tf.constant(arrays[f"features.{layer.name}.weight"].transpose(2, 3, 1, 0)) for layer in layers]
    biases = [tf.constant(arrays[f"features.{layer.name}.bias"]) for layer in layers]
    judged = sum(layer.judged for layer in layers)
    weights = [tf.constant(arrays[f"lin{number}.model.1.weight"].reshape(-1)) for number in range(judged)]

    @tf.function(input_signature=[tf.TensorSpec([2, BATCH, *image_shape], tf.float64)], autograph=False)
    def distances(pixels: tf.Tensor) -> tf.Tensor:
        colors = tf.broadcast_to(pixels, [2, BATCH, *image_shape[:2], 3])
        hidden = tf.reshape(colors, [2 * BATCH, *image_shape[:2], 3]) / 127.5 - 1.0
        hidden = (hidden - tf.constant(_SHIFT, tf.float64)) / tf.constant(_SCALE, tf.float64)
        found = tf.zeros([BATCH], tf.float64)
        of_layers = iter(weights)
        for layer, kernel, bias in zip(layers, kernels, biases, strict=True):
            if layer.pool:
                hidden = tf.nn.max_pool2d(hidden, layer.pool, 2, "VALID")
            edges = [layer.padding, layer.padding]
            padded = tf.pad(hidden, [[0, 0], edges, edges, [0, 0]])
            hidden = tf.nn.relu(tf.nn.conv2d(padded, kernel, layer.stride, "VALID") + bias)
            if layer.judged:
                lengths = tf.sqrt(tf.reduce_sum(tf.square(hidden), axis=3, keepdims=True))
                directions = hidden / (lengths + _EPSILON)
                squared = tf.square(directions[:BATCH] - directions[BATCH:])
                found += tf.reduce_mean(tf.reduce_sum(squared * next(of_layers), axis=3), axis=(1, 2))
        return found

    return distances


def _distances(traced: Callable[[tf.Tensor], tf.Tensor], ones: np.ndarray, others: np.ndarray) -> np.ndarray:
    """float64 [N] of pairs uint8 [N, H, W, C]; the last batch is filled up with black images."""
    found = []
    for start in range(0, len(ones), BATCH):
        part = slice(start, start + BATCH)
        number = len(ones[part])
        pixels = np.zeros((2, BATCH, *ones.shape[1:]))
        pixels[0, :number], pixels[1, :number] = ones[part], others[part]
        found.append(traced(tf.constant(pixels)).numpy()[:number])
    return np.concatenate(found)
