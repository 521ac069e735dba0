"""Weights of original programs: cases of numbers that these computed, and small networks of ours by their names."""

import dataclasses
import functools
import json
import pathlib
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.options import Options
from compare_gan_tf2.style_weights import describing, files, names

TESTS = pathlib.Path(__file__).parents[1]
GOLDEN = TESTS / "golden" / "oracle_parity"
SHARED = TESTS.parents[1] / "shared" / "oracle" / "style_based"


@dataclasses.dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        arrays: as the importer takes them, with settings.
        numbers: all of the case.
        said: of the case, its configuration.
    """

    arrays: dict[str, np.ndarray]
    numbers: dict[str, np.ndarray]
    said: dict[str, Any]

    @property
    def z(self):
        """Latents, a tensor."""
        return tf.constant(self.numbers["in/z"])

    @property
    def labels(self):
        """Of the latents, or None."""
        one_hot = self.numbers.get("in/c", self.numbers.get("in/labels"))
        return None if one_hot is None else tf.constant(one_hot.argmax(axis=1), tf.int32)

    @property
    def images(self):
        """What the original made of the latents, as ours shows it: [B, H, W, C] in [0, 1]."""
        found = self.numbers.get("out/img_const", self.numbers.get("out/img/lod0"))
        if found is None:
            pytest.skip("the originals' images are not beside the checkout")
        return np.clip(0.5 * found.transpose(0, 2, 3, 1) + 0.5, 0.0, 1.0)


@functools.cache
def case(name):
    """A case of those beside the repository, which have all numbers, or of its own; without one the test is skipped."""
    place = next((folder / f"{name}.npz" for folder in (SHARED, GOLDEN) if (folder / f"{name}.npz").exists()), None)
    if place is None:
        pytest.skip("the originals' numbers are not beside the checkout")
    with np.load(place, allow_pickle=False) as stored:
        numbers = dict(stored)
    said = json.loads(place.with_suffix(".json").read_text())["config"]
    arrays = {f"{key[0].upper()}{key[1:]}": value for key, value in numbers.items() if key[:2] in ("g/", "d/")}
    told = {key: said[key] for key in ("conv_clamp",) if key in said}
    told |= {key: value for key, value in said.get("generator", {}).items() if key == "fused_scale"}
    return Case(arrays | {files.SETTINGS: np.array(json.dumps({"G": told, "D": told}))}, numbers, said)


def networks(description):
    """Our generator and discriminator of a description, as a task has them."""
    options = Options.unchecked({"seed": 3} | dict(description.options))
    makers = {
        "pggan": ("growing_generator", "growing_discriminator"),
        "stylegan": ("mixing_generator", "smoothing_discriminator"),
        "stylegan2_growing": ("mixing_generator", "smoothing_discriminator"),
        "stylegan2": ("style_generator", "style_discriminator"),
        "r3gan": ("generator", "discriminator"),
    }[description.system.architecture]
    module = components.load("architectures", description.system.architecture)
    return [getattr(module, each)(description.image_shape, options, description.num_classes) for each in makers]


def described(arrays):
    """The description of arrays."""
    return describing.describe(files.read(arrays))


def official(form, network, prefix):
    """Our network's weights by the original's names, in its layouts."""
    variables = network.named_variables()
    places = names.places(form, network.name, {path: len(each.shape) for path, each in variables.items()})
    return {f"{prefix}/{place.name}": place.layout.theirs(variables[path].numpy()) for path, place in places.items()}
