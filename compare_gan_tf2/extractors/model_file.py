"""Your own network: a SavedModel folder, or a .keras or .h5 file that maps images to features."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Mapping

import keras
import numpy as np
import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.extractors import Extractor, Request, _own_files, _resize

_SUFFIXES = (".keras", ".h5")
_BATCH_SIZE = 50

# Read without importing this file.
READS_FILE = True
# Options of the evaluation that have an effect.
OPTIONS: tuple[str, ...] = ("extractor_weights", "resize")


def check(request: Request) -> None:
    """UserError if no network is named, or none of a known kind is there; its inside is seen when it is loaded."""
    _path(request)


def has_logits(request: Request) -> bool:
    """Taken for granted; whether a network gives them is seen when it is loaded."""
    del request
    return True


def load(request: Request) -> Extractor:
    """The network, its outputs as they are.

    It has to map images float32 [N, H, W, C] in [0, 1] to features [N, F], or to a mapping or sequence of features
    and logits [N, K]. If it has an input size of its own, images are resized to it as the request says; gray ones are
    repeated to its number of channels.

    Returns:
        An extractor named by the file's stem and the first digits of its SHA-256.

    Raises:
        UserError: if the file cannot be read, or does not map images so.
    """
    path, network = opened(request)
    shape = request.dataset.image_shape
    height, width, channels = (own or theirs for own, theirs in zip(network.image_shape, shape, strict=True))
    if channels not in (shape[-1], 3 if shape[-1] == 1 else None):
        raise UserError(
            f"{path} takes images of {channels} channels, and those of {request.dataset.name!r} have {shape[-1]}"
        )
    resized = (height, width) != shape[:2]

    # Without AutoGraph, which makes errors' texts longer.
    @tf.function(input_signature=[tf.TensorSpec([_BATCH_SIZE, *shape], tf.float32)], autograph=False)
    def traced(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images = _resize.resize(images, (height, width), request.resize)
        return _features_and_logits(network.call(_resize.colors(images, channels)), path)

    try:
        features, logits = traced.get_concrete_function().structured_outputs
    except UserError:
        raise
    except Exception as error:  # a network may fail at anything
        raise UserError(
            f"{path} does not take images of {request.dataset.name!r}: {_own_files.one_line(error)}"
        ) from error
    name = re.sub(r"[^A-Za-z0-9]+", "_", path.stem).strip("_").lower() or "network"
    digits = _own_files.short_hash(path)
    clean = "_clean" if resized and request.resize == "clean" else ""

    def forward(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found_features, found_logits = traced(tf.constant(images))
        return found_features.numpy(), found_logits.numpy()

    return Extractor(
        id=f"model_file_{name}{clean}_{digits}",
        description=f"network {path.name} of {height}x{width}x{channels} images"
        + (f", {request.resize} resize" if resized else "")
        + f", {features.shape[1]} features, weights {digits}",
        num_logits=logits.shape[1],
        image_shape=shape,
        forward=forward,
        resize=request.resize if resized else "none",
        batch_size=_BATCH_SIZE,
    )


def opened(request: Request) -> tuple[pathlib.Path, _own_files.Network]:
    """The user's network, and where it lies; UserError if it cannot be read."""
    path = _path(request)
    return path, _own_files.load_saved_model(path) if path.is_dir() else _keras_model(path)


def _path(request: Request) -> pathlib.Path:
    if not request.weights:
        raise UserError(
            "extractor model_file needs the network: name a SavedModel folder, .keras or .h5 file as weights"
        )
    path = pathlib.Path(request.weights).expanduser()
    if path.is_dir():
        if not _own_files.is_saved_model(path):
            raise UserError(f"folder {path} is no SavedModel: it has no saved_model.pb")
    elif not path.is_file():
        raise UserError(f"there is no network {path}")
    elif path.suffix not in _SUFFIXES:
        raise UserError(
            f"{path} is no network of a known kind; known: SavedModel folders, {', '.join(_SUFFIXES)} files"
        )
    return path


def _keras_model(path: pathlib.Path) -> _own_files.Network:
    try:
        model = keras.models.load_model(path, compile=False)
    except Exception as error:  # damage shows as one of many types
        raise UserError(f"network {path} cannot be read: {_own_files.one_line(error)}") from error
    shape = model.input_shape
    if not isinstance(shape, tuple) or len(shape) != 4:
        raise UserError(f"{path} takes {shape}, and has to take images [N, H, W, C] alone")
    return _own_files.Network(lambda images: _own_files.named(model(images, training=False)), shape[1:], model)


def _features_and_logits(outputs: Mapping[str, tf.Tensor], path: pathlib.Path) -> tuple[tf.Tensor, tf.Tensor]:
    """Features float32 [B, F] and logits float32 [B, K], K = 0 where there are none."""
    names = list(outputs)
    if len(names) == 1:
        chosen = names
    elif set(names) == {"features", "logits"}:
        chosen = ["features", "logits"]
    elif set(names) == {"output_0", "output_1"}:
        chosen = ["output_0", "output_1"]
    else:
        raise UserError(f"{path} gives {', '.join(names)}, and has to give features, or features and logits")
    found = []
    for name in chosen:
        output = outputs[name]
        if output.shape.rank != 2 or output.shape[1] is None or not output.dtype.is_floating:
            raise UserError(
                f"{path} gives {name} of shape {output.shape} and type {output.dtype.name}, and has to give floats "
                "[N, F]: average over positions first"
            )
        found.append(tf.cast(output, tf.float32))
    return found[0], found[1] if len(found) == 2 else tf.zeros([tf.shape(found[0])[0], 0])
