"""Feature maps that perceptual terms compare, of networks that also give features for scores; they have a gradient.

Johnson et al. 2016, section 3.2; who trains gives them to the GAN type (`BaseGan.feature_maps`).
"""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.extractors import Request, _own_files, _resize, classifier, model_file, random_convolution
from compare_gan_tf2.options import combinations

# Layers of the classifier, each the last one of a size.
_OF_CLASSIFIER = ("activation_1_2", "activation_2_2", "activation_3_2")


@dataclasses.dataclass(frozen=True)
class FeatureMaps:
    """What gives the maps.

    Attributes:
        id: goes into rows; two of one id give the same maps.
        of: images float32 [B, H, W, C] in [0, 1] -> maps float32 [B, ...], in the same order each time.
    """

    id: str
    of: Callable[[tf.Tensor], Sequence[tf.Tensor]]


def load(name: str, request: Request) -> FeatureMaps:
    """Those that option perceptual names.

    Args:
        name: "classifier", the data set's, trained first if it has none; "random_convolution"; or the place of a
            network of the user's, whose outputs are taken as they are, and which gets images of its own size, gray ones
            repeated to its channels, still in [0, 1]. Variables are not moved.
        request: with the data set and where its classifier is looked for.

    Raises:
        UserError: if a classifier cannot be trained, or a file cannot be read or takes other images.
    """
    if name == "random_convolution":
        return random(request.dataset.image_shape[2])
    return _of_classifier(request) if name == "classifier" else _of_file(dataclasses.replace(request, weights=name))


def random(channels: int) -> FeatureMaps:
    """Four layers of random convolutions of images with so many channels."""
    kernels = random_convolution.kernels(channels)
    return FeatureMaps("random_convolution", lambda images: random_convolution.maps(images, kernels))


def _of_classifier(request: Request) -> FeatureMaps:
    model, weights = classifier.trained(request)
    if model.input_shape[1:] != tuple(request.dataset.image_shape):
        raise UserError(
            f"option perceptual is classifier, which judges images of {'x'.join(map(str, model.input_shape[1:]))}, and "
            f"those of {request.dataset.name!r} are {'x'.join(map(str, request.dataset.image_shape))}"
        )
    maps = keras.Model(model.input, [model.get_layer(name).output for name in _OF_CLASSIFIER])
    name = f"classifier_{weights.metadata.get('dataset')}_{weights.short_hash}"
    return FeatureMaps(name, lambda images: maps(images, training=False))


def _of_file(request: Request) -> FeatureMaps:
    if not pathlib.Path(request.weights).exists():
        raise UserError(
            f"option perceptual is {request.weights}, and there is no such file; it is one of "
            f"{', '.join(combinations.FEATURE_MAPS)}, or a network: a SavedModel folder, .keras or .h5 file"
        )
    path, network = model_file.opened(request)
    shape = request.dataset.image_shape
    height, width, channels = (own or theirs for own, theirs in zip(network.image_shape, shape, strict=True))
    if channels not in (shape[2], 3 if shape[2] == 1 else None):
        raise UserError(
            f"option perceptual is {path}, which takes images of {channels} channels, and those of "
            f"{request.dataset.name!r} have {shape[2]}"
        )

    def of(images: tf.Tensor) -> list[tf.Tensor]:
        if tuple(images.shape[1:3]) != (height, width):
            images = tf.image.resize(images, [height, width])
        outputs = network.call(_resize.colors(images, channels))
        return [tf.cast(outputs[name], tf.float32) for name in sorted(outputs)]

    return FeatureMaps(f"{path.stem}_{_own_files.short_hash(path)}", of)
