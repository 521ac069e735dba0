"""Inception of 2015-12-05, as in published Inception scores and FIDs; you have to get its weights yourself."""

from __future__ import annotations

import functools
import os
import pathlib

import numpy as np
import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.extractors import (
    Extractor,
    Forward,
    Request,
    _frozen,
    _inception,
    _inception_weights,
    _own_files,
    _resize,
)

VARIABLE = "COMPARE_GAN_INCEPTION"
# Of TF-GAN's download, of OpenAI's, and of one's own making.
FILES = ("inceptionv1_for_inception_score.pb", "classify_image_graph_def.pb", "inception.npz")
_SOURCE = "http://download.tensorflow.org/models/frozen_inception_v1_2015_12_05.tar.gz"
_SUFFIXES = (".pb", ".npz")
_BATCH_SIZE = 32

# Read without importing this file.
READS_FILE = True
# Options of the evaluation that have an effect.
OPTIONS: tuple[str, ...] = ("extractor_precision", "extractor_weights", "resize")


def check(request: Request) -> None:
    """UserError if there are no weights, in one line with where they were looked for and where to get them."""
    _resize.require_colours(request.dataset)
    path = _find(request)
    if path.is_dir() and request.precision != "float32":
        raise UserError(f"SavedModel {path} computes as it was made; {request.precision} needs a .pb or .npz file")


def has_logits(request: Request) -> bool:
    """Always: the 1,008 outputs behind Inception scores."""
    del request
    return True


def load(request: Request) -> Extractor:
    """The network with the weights that the request names, or $COMPARE_GAN_INCEPTION, or cache_dir/inception has.

    Pixels in 0..255, not rounded, are resized to 299x299 as TensorFlow 1 did, or "clean" (see `_resize`), and taken as
    (x - 128) / 128; gray images are repeated to three channels. The weights are a frozen graph or .npz of the original
    layer names (see `_inception_weights.read`), computed by this package's own definition; or a SavedModel folder, as
    TF Hub's module tfgan/eval/inception, that maps images [N, 299, 299, 3] in [-1, 1] to `pool_3` and `logits`.

    Returns:
        An extractor of 2048 features (pool_3) and 1008 logits, for images of any size. Its id has the first digits of
        the file's SHA-256, and says where resize or precision are not the published ones.

    Raises:
        UserError: if there are no weights, or if they are damaged or another network's.
    """
    check(request)
    path = _find(request)
    digits = _own_files.short_hash(path)
    forward, logits, kind = _of_saved_model(path, request) if path.is_dir() else _of_weights(path, request)
    clean = "_clean" if request.resize == "clean" else ""
    precision = "" if request.precision == "float32" else f"_{request.precision}"
    return Extractor(
        id=f"inception{clean}_{digits}{precision}",
        description=f"Inception of 2015-12-05 ({kind}), {request.resize} resize to 299x299, {request.precision}, "
        f"weights {digits}",
        num_logits=logits,
        image_shape=None,
        forward=forward,
        resize=request.resize,
        batch_size=_BATCH_SIZE,
    )


def _find(request: Request) -> pathlib.Path:
    """The file of weights, or the folder of a SavedModel."""
    folder = request.cache_dir / "inception"
    for named, by in ((request.weights, "named as weights"), (os.environ.get(VARIABLE, ""), f"named by ${VARIABLE}")):
        if named:
            path = _in(pathlib.Path(named).expanduser())
            if path is None:
                kinds = f"a {' or '.join(_SUFFIXES)} file, a SavedModel, or a folder with one of {', '.join(FILES)}"
                raise UserError(f"{named}, {by} of Inception, has to be {kinds}")
            return path
    path = _in(folder)
    if path is None:
        raise UserError(
            f"extractor inception needs weights that do not come with this package: none of {', '.join(FILES)} is in "
            f"{folder}; unpack {_SOURCE} there, or name a file in ${VARIABLE} or as the extractor's weights"
        )
    return path


def _in(place: pathlib.Path) -> pathlib.Path | None:
    if place.is_file():
        return place if place.suffix in _SUFFIXES else None
    if _own_files.is_saved_model(place):
        return place
    return next((place / name for name in FILES if (place / name).is_file()), None)


def _of_weights(path: pathlib.Path, request: Request) -> tuple[Forward, int, str]:
    model = _inception.network(request.precision)
    weights, biased = _inception_weights.read(path, model)
    prepared = functools.partial(_prepared, mode=request.resize)
    forward = _frozen.forward(model, weights, _BATCH_SIZE, prepared)
    return forward, _inception.LOGITS, f"logits with{'' if biased else 'out'} biases"


def _of_saved_model(path: pathlib.Path, request: Request) -> tuple[Forward, int, str]:
    module = _own_files.load_saved_model(path)
    prepare = tf.function(functools.partial(_prepared, mode=request.resize), autograph=False)

    def forward(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = module.call(prepare(tf.constant(images)))
        if not {"pool_3", "logits"} <= set(found):
            raise UserError(f"SavedModel {path} gives {', '.join(found)}, and has to give pool_3 and logits")
        features, logits = (np.asarray(found[name], np.float32) for name in ("pool_3", "logits"))
        return features.reshape(len(images), -1), logits.reshape(len(images), -1)

    try:
        features, logits = forward(np.zeros((_BATCH_SIZE, _inception.SIZE, _inception.SIZE, 3), np.float32))
    except UserError:
        raise
    except Exception as error:  # a module may fail at anything
        raise UserError(f"SavedModel {path} does not take images: {_own_files.one_line(error)}") from error
    if features.shape[1] != _inception.FEATURES:
        raise UserError(f"SavedModel {path} gives pool_3 of {features.shape[1]} numbers, not {_inception.FEATURES}")
    return forward, logits.shape[1], "SavedModel"


def _prepared(images: tf.Tensor, mode: str) -> tf.Tensor:
    """From images float32 [B, H, W, C] in [0, 1] to [B, 299, 299, 3] in [-1, 1] (a cubic resize may leave it)."""
    pixels = _resize.resize(255.0 * images, (_inception.SIZE, _inception.SIZE), mode)
    return (_resize.colors(pixels, 3) - 128.0) / 128.0
