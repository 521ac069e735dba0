"""Inception v3 of keras.applications, with other weights than published FIDs; reads a local file, no download."""

from __future__ import annotations

import functools
import os
import pathlib

import keras
import numpy as np
import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.extractors import Extractor, Request, _frozen, _own_files, _resize

# Keras's name of the file with the logits' layer, as it downloads it itself.
FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels.h5"
_SOURCE = f"https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/{FILE}"
_SUFFIXES = (".h5", ".keras")
_SIZE, _LOGITS = 299, 1000
_BATCH_SIZE = 32

# Read without importing this file.
READS_FILE = True
# Options of the evaluation that have an effect.
OPTIONS: tuple[str, ...] = ("extractor_weights", "resize")


def check(request: Request) -> None:
    """UserError if the weights are not there, in one line with where to get them."""
    _resize.require_colours(request.dataset)
    _path(request)


def has_logits(request: Request) -> bool:
    """Always: ImageNet's 1,000 classes."""
    del request
    return True


def load(request: Request) -> Extractor:
    """The network with the weights that the request names, or that Keras keeps under ~/.keras/models.

    Pixels in 0..255, not rounded, are resized to 299x299 as the request says and taken as x / 127.5 - 1, as the
    network was trained; gray images are repeated to three channels. It computes in float32.

    Returns:
        An extractor of 2048 features (the average over positions of the last block) and 1000 logits.

    Raises:
        UserError: if the weights are not there, damaged or another network's.
    """
    check(request)
    path = _path(request)
    digits = _own_files.short_hash(path)
    clean = "_clean" if request.resize == "clean" else ""
    model = _model(path)
    prepared = functools.partial(_prepared, mode=request.resize)
    return Extractor(
        id=f"keras_inception{clean}_{digits}",
        description=f"Inception v3 of keras.applications, {request.resize} resize to 299x299, weights {digits}",
        num_logits=_LOGITS,
        image_shape=None,
        forward=_frozen.forward(model, [np.asarray(each) for each in model.weights], _BATCH_SIZE, prepared),
        resize=request.resize,
        batch_size=_BATCH_SIZE,
    )


def _path(request: Request) -> pathlib.Path:
    if request.weights:
        path = pathlib.Path(request.weights).expanduser()
        if not path.is_file() or path.suffix not in _SUFFIXES:
            raise UserError(f"{path}, named as weights of keras_inception, has to be a {' or '.join(_SUFFIXES)} file")
        return path
    path = pathlib.Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "models" / FILE
    if not path.is_file():
        raise UserError(
            f"extractor keras_inception needs weights that do not come with this package: there is no {path}; "
            f"get it from {_SOURCE}, or name a file as the extractor's weights"
        )
    return path


def _model(path: pathlib.Path) -> keras.Model:
    """From images [N, 299, 299, 3] to (features, logits)."""
    # Without weights, and so without a download.
    network = keras.applications.InceptionV3(weights=None, classifier_activation=None)
    try:
        network.load_weights(path)
    except Exception as error:  # damage and other networks' files show as one of many types
        raise UserError(f"{path} has no weights of keras_inception: {_own_files.one_line(error)}") from error
    model = keras.Model(network.inputs[0], (network.get_layer("avg_pool").output, network.outputs[0]))
    if any(not np.isfinite(variable).all() for variable in model.weights):
        raise UserError(f"weights in {path} are not finite")
    return model


def _prepared(images: tf.Tensor, mode: str) -> tf.Tensor:
    """From images float32 [B, H, W, C] in [0, 1] to [B, 299, 299, 3] in [-1, 1] (a cubic resize may leave it)."""
    pixels = _resize.resize(255.0 * images, (_SIZE, _SIZE), mode)
    return _resize.colors(pixels, 3) / 127.5 - 1.0
