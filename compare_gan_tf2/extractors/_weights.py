"""Files of classifier weights: half precision, in a fixed order, with where they come from."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pathlib
from typing import Any

import keras
import numpy as np

from compare_gan_tf2 import npz
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import parse_json, replace_file

_METADATA = "metadata"


@dataclasses.dataclass(frozen=True)
class Weights:
    """Weights as they are used: rounded to half precision.

    Attributes:
        arrays: float16 arrays by path (layer/variable), in the order of the model's weights.
        metadata: what is known of their making, at least dataset, seed, epochs and test_accuracy.
    """

    arrays: dict[str, np.ndarray]
    metadata: dict[str, Any]

    @property
    def sha256(self) -> str:
        """Hexadecimal digest of the weights themselves: little-endian float16, row-major, in order; no metadata."""
        digest = hashlib.sha256()
        for array in self.arrays.values():
            digest.update(array.astype("<f2").tobytes())
        return digest.hexdigest()

    @property
    def short_hash(self) -> str:
        """The eight digits that stand in names."""
        return self.sha256[:8]

    def assign(self, model: keras.Model) -> None:
        """Puts the weights into a model, in its own precision."""
        model.set_weights([array.astype(np.float32) for array in self.arrays.values()])

    def write(self, path: pathlib.Path) -> None:
        """Writes the file whole or not at all, the same bytes for the same weights; UserError if it cannot be."""
        text = json.dumps({**self.metadata, "sha256": self.sha256}, sort_keys=True)
        contents: dict[str, Any] = {_METADATA: np.array(text), **self.arrays}
        with replace_file(path) as file:
            np.savez(file, **contents)


def rounded(model: keras.Model) -> dict[str, np.ndarray]:
    """A model's weights in half precision, by path and in order.

    Raises:
        FloatingPointError: if one is not finite there.
    """
    arrays = {}
    for variable in model.weights:
        with np.errstate(over="ignore"):  # reported below, with the name
            arrays[variable.path] = np.asarray(variable).astype(np.float16)
        if not np.isfinite(arrays[variable.path]).all():
            raise FloatingPointError(f"{variable.path} of the classifier is not finite in half precision")
    return arrays


def read(path: pathlib.Path, model: keras.Model, remedy: str) -> Weights:
    """Reads a file that belongs to a model of this structure.

    Args:
        path: the file.
        model: says which arrays there have to be.
        remedy: what the user should do about a damaged file.

    Raises:
        UserError: if the file is damaged or belongs to another network.
    """
    try:
        arrays = npz.read(path)
        metadata = parse_json(arrays.pop(_METADATA).item())
        expected = metadata.pop("sha256")
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise UserError(f"classifier weights {path} cannot be read ({error}); {remedy}") from error
    found = [(name, array.dtype, array.shape) for name, array in arrays.items()]
    if found != [(variable.path, np.dtype(np.float16), tuple(variable.shape)) for variable in model.weights]:
        raise UserError(f"classifier weights {path} belong to another network; {remedy}")
    weights = Weights(arrays, metadata)
    if weights.sha256 != expected:
        raise UserError(f"classifier weights {path} do not have the hash that they are stored with; {remedy}")
    return weights
