"""A convolutional network with random weights, the same on every machine; no training, no files and no logits.

Distances in the features of an untrained network tell images apart that differ in local statistics, and know nothing
of what the images show: a baseline for scores of trained features (Naeem et al. 2020).
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from compare_gan_tf2.extractors import Extractor, Request

_LAYERS, _WIDTH, _KERNEL, _STRIDE = 4, 64, 3, 2
# Everything the features depend on; the digits in the extractor's id follow from it.
RECIPE = {
    "version": 1,
    "input": "2 x - 1",
    "layers": _LAYERS,
    "width": _WIDTH,
    "kernel": _KERNEL,
    "stride": _STRIDE,
    "padding": "same",
    "weights": "He uniform of PCG64 seeded by 1000 channels + layer, words >> 11",
    "activation": "relu",
    "features": "mean and standard deviation over the positions of each layer",
}
_BATCH_SIZE = 100

# Options of the evaluation that have an effect.
OPTIONS: tuple[str, ...] = ()


def check(request: Request) -> None:
    """Nothing to refuse: any images will do."""


def has_logits(request: Request) -> bool:
    """Never: its weights are random."""
    del request
    return False


def load(request: Request) -> Extractor:
    """The extractor; it reads nothing.

    Returns:
        An extractor of 512 features: of each of four 3x3 convolutions of stride 2 with ReLU the 64 channels' means
        and then their standard deviations over all positions. Weights are drawn by whole-number arithmetic, so they
        are the same on every machine, and the features are to float32's rounding.
    """
    digits = hashlib.sha256(json.dumps(RECIPE, sort_keys=True).encode()).hexdigest()[:8]
    return Extractor(
        id=f"random_convolution_{digits}",
        description=f"random convolutions, {_LAYERS} layers of {_WIDTH}, recipe {digits}",
        num_logits=0,
        image_shape=request.dataset.image_shape,
        forward=_forward,
        batch_size=_BATCH_SIZE,
    )


def kernels(channels: int) -> list[np.ndarray]:
    """The weights float32 [3, 3, in, 64] of the four layers for images with this many channels.

    He et al. (2015), equation 10, as a uniform distribution of that variance. The words of the bit generator are used
    directly, for NumPy promises the same words for ever, and not the same distributions.
    """
    arrays, inputs = [], channels
    for layer in range(_LAYERS):
        shape = (_KERNEL, _KERNEL, inputs, _WIDTH)
        words = np.random.PCG64(1000 * channels + layer).random_raw(math.prod(shape))
        uniform = (words >> np.uint64(11)) * 2.0**-52 - 1.0
        arrays.append((uniform.reshape(shape) * math.sqrt(6.0 / math.prod(shape[:3]))).astype(np.float32))
        inputs = _WIDTH
    return arrays


def maps(images: tf.Tensor, weights: Sequence[np.ndarray]) -> list[tf.Tensor]:
    """What each layer makes of images float32 [B, H, W, C] in [0, 1]; the weights are of `kernels`."""
    hidden, found = 2 * images - 1, []
    for kernel in weights:
        hidden = tf.nn.relu(tf.nn.conv2d(hidden, kernel, _STRIDE, "SAME"))
        found.append(hidden)
    return found


def _forward(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    features = _network(images.shape[-1])(tf.constant(images))
    return features.numpy(), np.zeros((len(images), 0), np.float32)


@functools.cache
def _network(channels: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """Images float32 [B, H, W, channels] to features float32 [B, 512]."""
    weights = kernels(channels)

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, channels], tf.float32)])
    def features(images: tf.Tensor) -> tf.Tensor:
        found = []
        for hidden in maps(images, weights):
            mean, variance = tf.nn.moments(hidden, [1, 2])
            found += [mean, tf.sqrt(variance)]
        return tf.concat(found, axis=1)

    return features
