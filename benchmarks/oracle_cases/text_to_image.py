"""Text to image: case text_to_image64 of oracle/image_to_image, and others of its form."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError, _pytorch
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import text_to_image
from compare_gan_tf2.options import Options

_NAMES = {"generator": ("netG/",), "discriminator": ("netD/",)}


class _Original(_pytorch.Original):
    """Convolutions without their biases, which never act; those of 1 to 4x4 pixels and back are matrices here."""

    def in_order(self, stored: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The text's layers stand behind the image's in the discriminator, and in front in the generator, as here."""
        weights = {name: each for name, each in stored.items() if name.endswith(".weight")}
        return {
            name: each
            for name, each in stored.items()
            if name in weights or weights[name.replace(".bias", ".weight")].ndim < 4
        }

    def value(self, stored: np.ndarray) -> np.ndarray:
        """Kernels of the first and the last layer are known by their shapes."""
        found = super().value(stored)
        if stored.ndim == 4 and self.is_first(stored):
            return stored.transpose(0, 2, 3, 1).reshape(len(stored), -1)
        is_last = stored.ndim == 4 and stored.shape[0] == 1 and stored.shape[2] == 4
        return found.reshape(-1, 1) if is_last else found

    def is_first(self, stored: np.ndarray) -> bool:
        """Whether it is the kernel [inputs, channels, 4, 4] from one pixel to 4x4."""
        return stored.shape == self.case.arrays["init/netG/net.0.weight"].shape


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps: outputs, losses, norms of gradients, weights."""
    original = _Original(case, _NAMES, comparison)
    gan = _gan(original)
    for number, step in enumerate(_pytorch.steps(case), 1):
        rows = {
            "images": tf.constant(_pytorch.images(case, step, "real")), "caption": case.arrays[f"input/{step}/text"],
            "wrong": tf.constant(_pytorch.images(case, step, "wrong")),
        }  # fmt: skip
        noise_d, noise_g = (case.arrays[f"input/{step}/noise_{side}"][:, :, 0, 0] for side in "DG")
        _compare_outputs(original, gan, step, rows, noise_d)
        drawn = {"discriminator/z": noise_d, "generator/z": noise_g}
        found = taken(gan, number, {"discriminator": rows}, drawn)
        share = gan.options.wrong_images
        of_d = {"D_real": 1.0, "D_wrong": share, "D_fake": 1.0 - share}
        losses = {name: each * found.measured[f"loss/{name.lower()}"] for name, each in of_d.items()}
        original.losses(step, losses | {"G": found.measured["loss/g"]})
        for (_, gradients), update in zip(found.gradients, ("D", "G"), strict=True):
            original.norms(f"{step}/{update}", gan.players, gradients)
        original.weights(f"after{number}", gan.players)


def _compare_outputs(original: _Original, gan: Any, step: str, rows: dict[str, Any], noise: np.ndarray) -> None:
    judge, texts = gan.players["discriminator"], rows["caption"]
    shown = {"D_real": rows["images"], "D_wrong": rows["wrong"]}
    found = {name: tf.sigmoid(judge(each, texts))[:, 0] for name, each in shown.items()}
    original.outputs(step, found | {"fake_in_D_step": 2.0 * gan.players["generator"](noise, texts) - 1.0})


def _gan(original: _Original) -> Any:
    case, stored = original.case, original.case.arrays
    if not case.said["optimiser"].startswith("Torch7 Adam 2e-4, beta1 0.5"):
        raise NotBuiltError(f"the optimizer is {case.said['optimiser']}")
    shares = re.search(r"published cls ([0-9]+\.?[0-9]*)\b", case.said["notes"])
    if shares is None:
        raise NotBuiltError("its notes do not say the share of wrong images")
    texts, noise = stored["input/step1/text"], stored["input/step1/noise_D"]
    options = Options.from_dict({
        "gan": "text_to_image", "dataset": "cifar10", "batch_size": len(texts), "text_units": texts.shape[1],
        "text_steps": 0, "wrong_images": float(shares[1]), "z_dim": noise.shape[1], "learning_rate_decay": 0.0,
    })  # fmt: skip
    projected = len(stored["init/netG/fc.0.weight"])

    class OfCase(text_to_image.Gan):
        """The product's, with the case's widths and weights, and vectors in place of captions."""

        def texts_of(self, caption: tf.Tensor) -> tf.Tensor:
            return tf.constant(caption)

        def build_generator(self) -> keras.Model:
            filters = len(stored["init/netG/net.14.weight"])
            return original.filled("generator", self._of_width(filters / 128, super().build_generator))

        def build_discriminator(self) -> keras.Model:
            filters = len(stored["init/netD/conv.0.weight"])
            return original.filled("discriminator", self._of_width(filters / 64, super().build_discriminator))

        def _of_width(self, width: float, build: Any) -> keras.Model:
            before, self.options = self.options, self.options.replace(width=width, projected_units=projected)
            try:
                return build()
            finally:
                self.options = before

    _, colors, *sides = stored["input/step1/real_u8"].shape
    return OfCase(options, dataclasses.replace(catalog.find("cifar10"), image_shape=(*sides, colors)))
