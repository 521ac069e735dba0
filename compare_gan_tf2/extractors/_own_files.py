"""Networks in files that the user brings: their digits, their signatures, and answers to what is wrong with them."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from compare_gan_tf2.compat import pattern_characters
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import add_to_digest

# Signatures a module may have, the first that is there is used.
_SIGNATURES = ("serving_default", "default")


@dataclasses.dataclass(frozen=True)
class Network:
    """A network that takes one batch of images.

    Attributes:
        call: from images float32 [B, H, W, C] to named outputs; to be used inside a tf.function or outside.
        image_shape: (H, W, C), None where it takes any.
        owner: holds the variables, and has to live as long as call is used.
    """

    call: Callable[[tf.Tensor], Mapping[str, tf.Tensor]]
    image_shape: tuple[int | None, int | None, int | None]
    owner: Any = dataclasses.field(repr=False)


def short_hash(path: pathlib.Path) -> str:
    """First eight digits of the SHA-256 of a file, or of a folder's files with their names, whatever their order."""
    digest = hashlib.sha256()
    if not path.is_dir():
        add_to_digest(digest, path)
        return digest.hexdigest()[:8]
    for file in sorted(each for each in path.rglob("*") if each.is_file()):
        digest.update(os.fsencode(file.relative_to(path)) + b"\0")
        add_to_digest(digest, file)
    return digest.hexdigest()[:8]


def is_saved_model(path: pathlib.Path) -> bool:
    """Whether a folder holds a SavedModel, as TF Hub's modules are."""
    return (path / "saved_model.pb").is_file()


def load_saved_model(path: pathlib.Path) -> Network:
    """A SavedModel's signature serving_default or default, or its only one, or else the module as a function.

    Raises:
        UserError: if it cannot be read, or takes anything but one float32 batch of images.
    """
    try:
        # TF Hub's modules of the first format hold several graphs, of which the one without tags is for inference.
        tags: list[str] | None = [] if (path / "tfhub_module.pb").exists() else None
        with pattern_characters.avoided(path) as place:
            module = tf.saved_model.load(place, tags=tags)
    except Exception as error:  # damage shows as one of many types
        raise UserError(f"SavedModel {path} cannot be read: {one_line(error)}") from error
    signatures = dict(getattr(module, "signatures", {}))
    chosen = [name for name in _SIGNATURES if name in signatures] or list(signatures)[: len(signatures) == 1]
    if chosen:
        function = signatures[chosen[0]]
        inputs = function.structured_input_signature[1]
        if len(inputs) != 1:
            raise UserError(f"signature {chosen[0]} of {path} takes {len(inputs)} inputs, and has to take images alone")
        [(name, spec)] = inputs.items()
        return Network(lambda images: function(**{name: images}), _image_shape(spec, path), module)
    if not callable(module):
        found = f"signatures {', '.join(signatures)}" if signatures else "no signature"
        raise UserError(f"SavedModel {path} has {found}, and needs one named {' or '.join(_SIGNATURES)}")
    shapes = [_spec_of(function, path) for function in getattr(module.__call__, "concrete_functions", [])]
    return Network(lambda images: named(module(images)), shapes[0] if shapes else (None, None, None), module)


def _spec_of(function: Any, path: pathlib.Path) -> tuple[int | None, int | None, int | None]:
    tensors = [spec for spec in tf.nest.flatten(function.structured_input_signature) if isinstance(spec, tf.TensorSpec)]
    if len(tensors) != 1:
        raise UserError(f"{path} takes {len(tensors)} tensors, and has to take images alone")
    return _image_shape(tensors[0], path)


def _image_shape(spec: tf.TensorSpec, path: pathlib.Path) -> tuple[int | None, int | None, int | None]:
    if spec.shape.rank is None and spec.dtype == tf.float32:
        return None, None, None
    if spec.shape.rank != 4 or spec.dtype != tf.float32:
        raise UserError(f"{path} takes {spec.dtype.name} of shape {spec.shape}, and has to take float32 [N, H, W, C]")
    height, width, channels = spec.shape[1:]
    return height, width, channels


def named(outputs: Any) -> dict[str, tf.Tensor]:
    """Outputs by name: a mapping's own names, and output_0, output_1 and so on for those of a sequence or the only one.

    These are the names that Keras gives them in a SavedModel.
    """
    if isinstance(outputs, Mapping):
        return dict(outputs)
    if isinstance(outputs, Sequence):
        return {f"output_{number}": output for number, output in enumerate(outputs)}
    return {"output_0": outputs}


def one_line(error: BaseException) -> str:
    """The first line of an exception's text, or its type's name, at most 200 characters."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:200]
