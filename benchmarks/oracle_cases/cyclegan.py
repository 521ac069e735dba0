"""CycleGAN: case cyclegan_resnet32 of oracle/image_to_image, and others of its form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError, _pytorch
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.gans import cyclegan
from compare_gan_tf2.options import Options

# G_A makes images of b, and D_A judges these.
_NAMES = {
    "generator_ab": ("G_A/",), "generator_ba": ("G_B/",), "discriminator_b": ("D_A/",), "discriminator_a": ("D_B/",),
}  # fmt: skip
_LOSSES = {
    "G_A": "loss/g_ab", "G_B": "loss/g_ba", "cycle_A": "loss/cycle_a", "cycle_B": "loss/cycle_b",
    "idt_A": "loss/identity_b", "idt_B": "loss/identity_a", "D_A": "loss/d_b", "D_B": "loss/d_a",
}  # fmt: skip


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps: losses, norms of gradients, weights."""
    original = _pytorch.Original(case, _NAMES, comparison)
    gan = _gan(original)
    for number, step in enumerate(_pytorch.steps(case), 1):
        images = {domain: tf.constant(_pytorch.images(case, step, f"real_{domain.upper()}")) for domain in "ab"}
        if number == 1:
            _compare_outputs(original, gan, images)
        drawn = {f"translators/buffer_{domain}": np.zeros([len(images["a"]), 2]) for domain in "ab"}
        found = taken(gan, number, {"translators": images}, drawn)
        original.losses(step, _losses(gan, found.measured))
        for (_, gradients), update in zip(found.gradients, ("G", "D"), strict=True):
            original.norms(f"{step}/{update}", gan.players, gradients)
        original.weights(f"after{number}", gan.players)


def _gan(original: _pytorch.Original) -> Any:
    case, stored = original.case, original.case.arrays
    filters = {name: len(stored[f"init/{name}/model.{layer}.weight"]) for name, layer in (("G_A", 1), ("D_A", 0))}
    if len(set(filters.values())) > 1:
        raise NotBuiltError("generators and discriminators have other widths")
    if not case.said["optimiser"].startswith("Adam lr 2e-4, betas (0.5, 0.999), eps 1e-8"):
        raise NotBuiltError(f"the optimizer is {case.said['optimiser']}")
    convolutions = {name: sum(each.startswith(f"init/{name}/") for each in stored) // 2 for name in ("G_A", "D_A")}
    values = {
        "gan": "cyclegan", "dataset": "cifar10", "batch_size": len(stored["input/step1/real_A_u8"]),
        "width": filters["G_A"] / 64,
        "translator_blocks": (convolutions["G_A"] - 6) // 2, "patch_layers": convolutions["D_A"] - 2,
        "learning_rate_decay": 0.0,
    }  # fmt: skip
    if identity := re.search(r"lambda_identity ([0-9.]*[0-9])", case.said.get("variant", "")):
        values["identity_weight"] = float(identity[1])

    class OfCase(cyclegan.Gan):
        """The product's, with the case's weights."""

        def build_translator(self, name: str) -> keras.Model:
            return original.filled(name, super().build_translator(name))

        def build_patch_discriminator(self, name: str) -> keras.Model:
            return original.filled(name, super().build_patch_discriminator(name))

    return OfCase(Options.from_dict(values), _pytorch.dataset(case, "real_A"))


def _compare_outputs(original: _pytorch.Original, gan: Any, images: Mapping[str, tf.Tensor]) -> None:
    a, b = images["a"], images["b"]
    ab, ba, of_a, of_b = (gan.players[name] for name in (*cyclegan.TRANSLATORS, *cyclegan.DISCRIMINATORS))
    found = {
        "fake_B": ab(a), "fake_A": ba(b), "rec_A": ba(ab(a)), "rec_B": ab(ba(b)), "idt_A": ab(b), "idt_B": ba(a),
    }  # fmt: skip
    outputs = {name: 2.0 * each - 1.0 for name, each in found.items()} | {"D_A_real": of_b(b), "D_B_real": of_a(a)}
    original.outputs("step1", outputs)


def _losses(gan: Any, measured: Mapping[str, float]) -> dict[str, float]:
    cycle, identity = gan.options.cycle_weight, gan.options.cycle_weight * gan.options.identity_weight
    weights = {"cycle_A": cycle, "cycle_B": cycle, "idt_A": identity, "idt_B": identity}
    found = {name: weights.get(name, 1.0) * measured[ours] for name, ours in _LOSSES.items() if ours in measured}
    return found | {"G": sum(value for name, value in found.items() if not name.startswith("D_"))}
