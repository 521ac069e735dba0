"""CycleGAN: case cyclegan_resnet32 of oracle/image_to_image, and others of its form."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError
from benchmarks.oracle_cases._steps import Gradients, taken
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import cyclegan
from compare_gan_tf2.options import Options

# The product's names -> the original's: G_A makes images of b, and D_A judges these.
_NAMES = {"generator_ab": "G_A", "generator_ba": "G_B", "discriminator_b": "D_A", "discriminator_a": "D_B"}
_LOSSES = {
    "G_A": "loss/g_ab", "G_B": "loss/g_ba", "cycle_A": "loss/cycle_a", "cycle_B": "loss/cycle_b",
    "idt_A": "loss/identity_b", "idt_B": "loss/identity_a", "D_A": "loss/d_b", "D_B": "loss/d_a",
}  # fmt: skip
# Of the folder's README, at most: losses and outputs, weights after a step.
_RTOL, _ATOL_WEIGHTS = 1e-5, 1e-6
_FACTOR = 10.0  # on a case's own deviations of float32


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps: losses, norms of gradients, weights."""
    gan = _gan(case)
    steps = sorted({name.split("/")[1] for name in case.arrays if name.startswith("input/")})
    for number, step in enumerate(steps, 1):
        images = {domain: tf.constant(_images(case, step, domain)) for domain in "ab"}
        if number == 1:
            _compare_outputs(case, comparison, gan, images)
        drawn = {f"translators/buffer_{domain}": np.zeros([len(images["a"]), 2]) for domain in "ab"}
        found = taken(gan, number, {"translators": images}, drawn)
        _compare_losses(case, comparison, gan, step, found.measured)
        for (_, gradients), update in zip(found.gradients, ("G", "D"), strict=True):
            _compare_norms(case, comparison, gan, f"{step}/{update}", gradients)
        _compare_weights(case, comparison, gan, f"after{number}")


def _gan(case: Case) -> Any:
    stored = case.arrays
    filters = {name: len(stored[f"init/{name}/model.{layer}.weight"]) for name, layer in (("G_A", 1), ("D_A", 0))}
    if len(set(filters.values())) > 1:
        raise NotBuiltError("generators and discriminators have other widths")
    if not case.said["optimiser"].startswith("Adam lr 2e-4, betas (0.5, 0.999), eps 1e-8"):
        raise NotBuiltError(f"the optimizer is {case.said['optimiser']}")
    count, colors, height, width = stored["input/step1/real_A_u8"].shape
    convolutions = {name: sum(each.startswith(f"init/{name}/") for each in stored) // 2 for name in ("G_A", "D_A")}
    values = {
        "gan": "cyclegan", "dataset": "cifar10", "batch_size": count, "width": filters["G_A"] / 64,
        "translator_blocks": (convolutions["G_A"] - 6) // 2, "patch_layers": convolutions["D_A"] - 2,
        "learning_rate_decay": 0.0,
    }  # fmt: skip
    if identity := re.search(r"lambda_identity ([0-9.]*[0-9])", case.said.get("variant", "")):
        values["identity_weight"] = float(identity[1])

    class OfCase(cyclegan.Gan):
        """The product's, with the case's weights."""

        def build_translator(self, name: str) -> keras.Model:
            return _filled(case, name, super().build_translator(name))

        def build_patch_discriminator(self, name: str) -> keras.Model:
            return _filled(case, name, super().build_patch_discriminator(name))

    dataset = dataclasses.replace(catalog.find("cifar10"), image_shape=(height, width, colors))
    return OfCase(Options.from_dict(values), dataset)


def _filled(case: Case, name: str, network: Any) -> Any:
    for stored, variable in _paired(case, "init", name, network):
        variable.assign(_value(stored[1]))
    return network


def _paired(case: Case, prefix: str, name: str, network: Any) -> list[tuple[tuple[str, np.ndarray], Any]]:
    """((the original's name, its array), the product's variable) of a network, both in the order of the layers."""
    stored = case.below(f"{prefix}/{_NAMES[name]}/")
    assert len(stored) == len(network.trainable_variables)
    return list(zip(stored.items(), network.trainable_variables, strict=True))


def _value(stored: np.ndarray) -> np.ndarray:
    return stored.transpose(2, 3, 1, 0) if stored.ndim == 4 else stored


def _images(case: Case, step: str, domain: str) -> np.ndarray:
    stored = case.arrays[f"input/{step}/real_{domain.upper()}_u8"]
    return stored.transpose(0, 2, 3, 1).astype(np.float32) / 255.0


def _deviation(case: Case, kind: str, step: str = "") -> float:
    """What the case says of float32: the largest of a kind, or of one step's weights."""
    said: Mapping[str, float] = case.said["float32_deviation"][kind]
    return _FACTOR * (said[step] if step else max(said.values()))


def _compare_outputs(case: Case, comparison: Comparison, gan: Any, images: Mapping[str, tf.Tensor]) -> None:
    a, b = images["a"], images["b"]
    ab, ba, of_a, of_b = (gan.players[name] for name in (*cyclegan.TRANSLATORS, *cyclegan.DISCRIMINATORS))
    found = {
        "fake_B": ab(a), "fake_A": ba(b), "rec_A": ba(ab(a)), "rec_B": ab(ba(b)), "idt_A": ab(b), "idt_B": ba(a),
    }  # fmt: skip
    outputs = {name: 2.0 * each - 1.0 for name, each in found.items()} | {"D_A_real": of_b(b), "D_B_real": of_a(a)}
    for name, stored in case.below("out/step1/").items():
        expected = stored.transpose(0, 2, 3, 1)
        comparison.close(f"out/step1/{name}", outputs[name], expected, atol=_deviation(case, "arrays"))


def _compare_losses(case: Case, comparison: Comparison, gan: Any, step: str, measured: Mapping[str, float]) -> None:
    cycle, identity = gan.options.cycle_weight, gan.options.cycle_weight * gan.options.identity_weight
    weights = {"cycle_A": cycle, "cycle_B": cycle, "idt_A": identity, "idt_B": identity}
    found = {name: weights.get(name, 1.0) * measured[ours] for name, ours in _LOSSES.items() if ours in measured}
    found["G"] = sum(value for name, value in found.items() if not name.startswith("D_"))
    rtol = min(_RTOL, _deviation(case, "losses"))
    for name, value in found.items():
        comparison.close(f"{step}/{name}", value, case.said["losses"][f"{step}/{name}"], rtol=rtol)


def _compare_norms(case: Case, comparison: Comparison, gan: Any, where: str, gradients: Gradients) -> None:
    norms = case.said["gradient_norms"][where]
    for player, found in gradients.items():
        names = [name for (name, _), _ in _paired(case, "init", player, gan.players[player].network)]
        for name, gradient in zip(names, found, strict=True):
            of_original = f"{_NAMES[player]}/{name}"
            if of_original not in case.said["without_gradient"]:
                norm = 0.0 if gradient is None else np.linalg.norm(gradient)
                comparison.close(f"{where}/{of_original}", norm, norms[of_original], rtol=1e-4)


def _compare_weights(case: Case, comparison: Comparison, gan: Any, after: str) -> None:
    atol = min(_ATOL_WEIGHTS, _deviation(case, "weights_after", after))
    rate = gan.options.g_learning_rate
    for player, original in _NAMES.items():
        if case.is_reduced and not case.below(f"{after}/{original}/"):
            continue
        for (name, stored), variable in _paired(case, after, player, gan.players[player].network):
            of_original = f"{original}/{name}"
            if of_original not in case.said["without_gradient"]:
                allowed = rate if of_original in case.said["sensitive_to_rounding"] else atol
                comparison.close(f"{after}/{of_original}", variable.numpy(), _value(stored), atol=allowed)
