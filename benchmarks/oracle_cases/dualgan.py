"""DualGAN: case dualgan128_wgan_gp of oracle/image_to_image, and others of its form."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError, _pytorch
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import dualgan
from compare_gan_tf2.options import Options

# A_d judges b, A_g makes b of a.
_NAMES = {
    "generator_ab": ("A_g_",), "generator_ba": ("B_g_",), "discriminator_b": ("A_d_",), "discriminator_a": ("B_d_",),
}  # fmt: skip
_LOSSES = {
    "D/Ad_loss_real": "loss/d_b_real", "D/Ad_loss_fake": "loss/d_b_fake", "D/Bd_loss_real": "loss/d_a_real",
    "D/Bd_loss_fake": "loss/d_a_fake", "G1/A_loss": "loss/cycle_a", "G1/B_loss": "loss/cycle_b",
}  # fmt: skip
_PENALTY_WEIGHT = 10.0


class _Original(_pytorch.Original):
    """Parameters in the layouts of TensorFlow."""

    def in_order(self, stored: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Gains stand before offsets there, and behind them here."""
        names = list[str]()
        for name in stored:
            names.insert(len(names) - name.endswith("/center"), name)
        return {name: stored[name] for name in names}

    def value(self, stored: np.ndarray) -> np.ndarray:
        """As it is."""
        return stored


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps: outputs, losses, norms of gradients, weights."""
    original = _Original(case, _NAMES, comparison, rate=5e-5)
    gan = _gan(original)
    drawn = {f"critics/0/between_{name.lower()}": case.arrays[f"input/epsilon_{name}"] for name in "AB"}
    steps = sorted({name.split("/")[1] for name in case.arrays if name.startswith("input/step")})
    for number, step in enumerate(steps, 1):
        read = {
            name.lower(): tf.constant(case.arrays[f"input/{step}/real_{name}_u8"] / np.float32(255)) for name in "AB"
        }
        if number == 1:
            _compare_outputs(original, gan, read)
        found = taken(gan, number, {"critics/0": read}, drawn)
        original.losses(step, _losses(found.measured, gan.options.cycle_weight))
        for (_, gradients), update in zip(found.gradients, ("D", "G1"), strict=True):
            original.norms(f"{step}/{update}", gan.players, gradients)
        original.weights(f"after{number}", gan.players)


def _gan(original: _Original) -> Any:
    case = original.case
    said = dict(re.findall(r"(gcn|dcn|batch|lambda) ([0-9.]*[0-9])", case.said["variant"]))
    if "wgan-gp, globalgan" not in case.said["variant"] or said["gcn"] != said["dcn"]:
        raise NotBuiltError(f"its variant is {case.said['variant']}")
    halved = sum(re.fullmatch(r"init/A_g_e[0-9]+_conv/w", name) is not None for name in case.arrays)
    options = Options.from_dict({
        "gan": "dualgan", "dataset": "cifar10", "batch_size": int(said["batch"]), "width": int(said["gcn"]) / 64,
        "cycle_weight": float(said["lambda"]), "unet_halvings": halved, "normalizes_one_pixel": True,
    })  # fmt: skip

    class OfCase(dualgan.Gan):
        """The product's, with the case's weights."""

        def build_translator(self, name: str) -> keras.Model:
            return original.filled(name, super().build_translator(name))

        def build_critic(self, name: str) -> keras.Model:
            return original.filled(name, super().build_critic(name))

    shape = case.arrays["input/step1/real_A_u8"].shape[1:]
    return OfCase(options, dataclasses.replace(catalog.find("cifar10"), image_shape=shape))


def _compare_outputs(original: _Original, gan: Any, read: Mapping[str, tf.Tensor]) -> None:
    a, b = read["a"], read["b"]
    ab, ba, of_b, of_a = (gan.players[name] for name in _NAMES)
    fake_b = ab(a)
    found = {
        "A2B": 2.0 * fake_b[:1] - 1.0, "A2B2A": 2.0 * ba(fake_b)[:1] - 1.0, "Ad_logits_real": of_b(b),
        "Ad_logits_fake": of_b(fake_b), "Bd_logits_fake": of_a(ba(b)),
    }  # fmt: skip
    for name, stored in original.case.below("out/step1/").items():
        original.comparison.close(name, found[name], stored, rtol=1e-4, atol=1e-5)


def _losses(measured: Mapping[str, float], weight: float) -> dict[str, float]:
    found = {name: measured[ours] for name, ours in _LOSSES.items()}
    penalties = measured["penalty/d_a"] + measured["penalty/d_b"]
    found["D/d_loss"] = sum(value for name, value in found.items() if name.startswith("D/"))
    found["D/d_loss"] += _PENALTY_WEIGHT * penalties
    cycles = weight * (found["G1/A_loss"] + found["G1/B_loss"])
    found["G1/g_loss"] = measured["loss/g_ab"] + measured["loss/g_ba"] + cycles
    return found
