"""StarGAN: case stargan_domains32 of oracle/image_to_image, and others of its form, of domains or of attributes."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError, _pytorch
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import stargan, stargan_attributes
from compare_gan_tf2.options import Options

_NAMES = {"generator": ("G/",), "discriminator": ("D/",)}
_LOSSES = {
    "D_real": "loss/d_real", "D_fake": "loss/d_fake", "D_cls": "loss/d_class", "D_gp": "penalty/d",
    "G_fake": "loss/g", "G_cls": "loss/g_class", "G_rec": "loss/cycle",
}  # fmt: skip
_CYCLE, _PENALTY = 10.0, 10.0
# Of a loss: relative, and of the case's own deviation in float32, because means over patches are nearly 0.
_RTOL, _FACTOR = 1e-5, 10.0


class _Original(_pytorch.Original):
    """Offsets of norms stand in front of gains here, and the head of domains is a matrix."""

    def in_order(self, stored: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """With gains, the "weight"s of one number a channel, behind offsets."""
        names = list[str]()
        for name, each in stored.items():
            is_offset = name.endswith(".bias") and names[-1].endswith(".weight") and stored[names[-1]].ndim == each.ndim
            names.insert(len(names) - is_offset, name)
        return {name: stored[name] for name in names}

    def value(self, stored: np.ndarray) -> np.ndarray:
        """Square kernels of 2 pixels are those of the head."""
        found = super().value(stored)
        is_head = stored.ndim == 4 and stored.shape[2] == 2
        return found.reshape(math.prod(found.shape[:3]), -1) if is_head else found

    def losses(self, step: str, found: Mapping[str, float]) -> None:
        """Terms by the case's names."""
        said, deviations = self.case.said["losses"], self.case.said["float32_deviation"]["losses"]
        for name, each in found.items():
            where = f"{step}/{name}"
            self.comparison.close(where, each, said[where], rtol=_RTOL, atol=_FACTOR * deviations[where])


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps: outputs, losses, norms of gradients, weights."""
    original = _Original(case, _NAMES, comparison, rate=1e-4)
    gan, of_attributes = _gan(original)
    labels = "attributes" if of_attributes else "labels"
    for number, step in enumerate(_pytorch.steps(case), 1):
        images = tf.constant(_pytorch.images(case, step, "x_real"))
        own, other = (case.arrays[f"input/{step}/label_{each}"] for each in ("org", "trg"))
        rows = {"images": images, labels: tf.constant(own, tf.float32 if of_attributes else tf.int32)}
        if number == 1:
            _compare_outputs(original, gan, rows[labels], images, other)
        drawn = {
            "discriminator/0/between": case.arrays[f"input/{step}/alpha"], "discriminator/0/order": _order(own, other),
        }  # fmt: skip
        found = taken(gan, number, {"discriminator/0": rows}, drawn)
        original.losses(step, _losses(found.measured))
        for (_, gradients), update in zip(found.gradients, ("D", "G"), strict=True):
            original.norms(f"{step}/{update}", gan.players, gradients)
        original.weights(f"after{number}", gan.players)


def _gan(original: _Original) -> tuple[Any, bool]:
    case, stored = original.case, original.case.arrays
    if not case.said["optimiser"].startswith("Adam lr 1e-4, betas (0.5, 0.999), eps 1e-8"):
        raise NotBuiltError(f"the optimizer is {case.said['optimiser']}")
    of_attributes = stored["input/step1/label_org"].ndim == 2
    kinds = len(case.below("init/D/conv2.")["weight"])
    blocks = sum(re.fullmatch(r"init/G/main\.[0-9]+\.main\.0\.weight", name) is not None for name in stored)
    options = Options.from_dict({
        "gan": "stargan_attributes" if of_attributes else "stargan", "dataset": "cifar10", "disc_iters": 1,
        "batch_size": len(stored["input/step1/x_real_u8"]), "translator_blocks": blocks, "learning_rate_decay": 0.0,
    })  # fmt: skip

    class OfCase(stargan_attributes.Gan if of_attributes else stargan.Gan):  # type: ignore[misc]
        """The product's, with the case's widths and weights."""

        @property
        def conditions(self) -> int:
            return kinds

        def build_generator(self) -> keras.Model:
            return original.filled("generator", self._of_width("G", super().build_generator))

        def build_discriminator(self) -> keras.Model:
            return original.filled("discriminator", self._of_width("D", super().build_discriminator))

        def _of_width(self, network: str, build: Any) -> keras.Model:
            before = self.options
            self.options = before.replace(width=len(stored[f"init/{network}/main.0.weight"]) / 64)
            try:
                return build()
            finally:
                self.options = before

    _, colors, *sides = stored["input/step1/x_real_u8"].shape
    shape = (*sides, colors)
    return OfCase(options, dataclasses.replace(catalog.find("cifar10"), image_shape=shape)), of_attributes


def _order(own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Numbers [B] whose order makes of the labels of a batch those that its images shall have."""
    left, numbers = list(range(len(own))), np.zeros(len(own))
    for rank, wanted in enumerate(other):
        place = next(place for place in left if np.array_equal(own[place], wanted))
        left.remove(place)
        numbers[place] = rank / len(own)
    return numbers


def _compare_outputs(original: _Original, gan: Any, labels: tf.Tensor, images: tf.Tensor, other: np.ndarray) -> None:
    own, targets = gan.coded(labels), gan.coded(tf.cast(other, labels.dtype))
    generator = gan.players["generator"]
    judged, kinds = gan.players["discriminator"](images)
    fake = generator(images, targets)
    again = generator(fake, own)
    original.outputs("step1", {
        "D_src_real": judged, "D_cls_real": kinds, "x_fake": 2.0 * fake - 1.0, "x_reconst": 2.0 * again - 1.0,
    })  # fmt: skip


def _losses(measured: Mapping[str, float]) -> dict[str, float]:
    found = {name: measured[ours] for name, ours in _LOSSES.items()}
    found["D"] = found["D_real"] + found["D_fake"] + found["D_cls"] + _PENALTY * found["D_gp"]
    found["G"] = found["G_fake"] + found["G_cls"] + _CYCLE * found["G_rec"]
    return found
