"""InstaGAN: case instagan_set32 of oracle/image_to_image, and others of its form."""

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
from compare_gan_tf2.gans import instagan
from compare_gan_tf2.options import Options

# G_A makes images of b, and D_A judges these.
_NAMES = {
    "generator_ab": ("G_A/",), "generator_ba": ("G_B/",), "discriminator_b": ("D_A/",), "discriminator_a": ("D_B/",),
}  # fmt: skip
_LOSSES = {
    "G_A": "loss/g_ab", "G_B": "loss/g_ba", "cyc_A": "loss/cycle_a", "cyc_B": "loss/cycle_b",
    "idt_B": "loss/identity_a", "idt_A": "loss/identity_b", "ctx_A": "loss/context_a", "ctx_B": "loss/context_b",
    "D_A": "loss/d_b", "D_B": "loss/d_a",
}  # fmt: skip
_CYCLE = 10.0
# Of losses and norms of the first group; of later ones, which start from pictures that were made: what is a rounding
# in these turns units on and off, and so moves norms by far more.
_RTOL, _RTOL_NORMS, _RTOL_LATER, _RTOL_NORMS_LATER = 1e-5, 1e-4, 1e-4, 2e-2
_ATOL_WEIGHTS = 5e-6


class _Original(_pytorch.Original):
    """Kernels behind biases, and vectors of spectral norm beside them."""

    def in_order(self, stored: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Without the vectors, and biases last."""
        names = list[str]()
        for name in stored:
            if name.endswith(("weight_u", "weight_v")):
                continue
            is_behind_bias = name.endswith("weight_bar") and names[-1].endswith("bias")
            names.insert(len(names) - is_behind_bias, name)
        return {name: stored[name] for name in names}

    def losses(self, step: str, found: Mapping[str, float]) -> None:
        """Weighted terms by the case's names."""
        rtol = _RTOL if step == "pass1" else _RTOL_LATER
        for name, each in found.items():
            where = f"{step}/{name}"
            self.comparison.close(where, each, self.case.said["losses"][where], rtol=rtol)

    def deviation(self, kind: str, step: str = "") -> float:
        """Of weights more than the case says: few of very many have gradients that are nearly 0."""
        found = super().deviation(kind, step)
        return max(found, _ATOL_WEIGHTS) if kind == "weights_after" else found

    def norms_tolerance(self, where: str) -> float:
        """Of norms of gradients, relative."""
        return _RTOL_NORMS if where.startswith("pass1/") else _RTOL_NORMS_LATER


def compare(case: Case, comparison: Comparison) -> None:
    """One step of several groups of masks: losses, norms of gradients, weights."""
    original = _Original(case, _NAMES, comparison, atol_weights=_ATOL_WEIGHTS)
    gan, groups = _gan(original)
    rows = {domain: _rows(case, f"real_{domain.upper()}") for domain in "ab"}
    rows |= {f"masks_{domain}": _rows(case, f"segs_{domain.upper()}") for domain in "ab"}
    for domain in "ab":
        found = 2.0 * gan.chosen(rows[f"masks_{domain}"]) - 1.0
        expected = case.arrays[f"out/selected_{domain.upper()}_segs"].transpose(0, 2, 3, 1)
        comparison.close(f"selected_{domain}", found, expected, atol=1e-6)
    measured = list[Mapping[str, float]]()
    # Measurements of later groups take the place of earlier ones.
    take = gan.engine._take

    def noted(*arguments: Any) -> Any:
        found = take(*arguments)
        measured.append({name: float(each) for name, each in found.items()})
        if len(measured) % 2 == 0:
            original.weights(f"after{len(measured) // 2}", gan.players)
        return found

    gan.engine._take = noted
    drawn = {f"translators/{group}/buffer_{domain}": np.zeros([1, 2]) for group in range(groups) for domain in "ab"}
    found = taken(gan, 1, {"translators": rows}, drawn)
    for group in range(groups):
        both = measured[2 * group] | measured[2 * group + 1]
        original.losses(f"pass{group + 1}", _losses(both))
        for (_, gradients), update in zip(found.gradients[2 * group : 2 * group + 2], ("G", "D"), strict=True):
            original.norms(f"pass{group + 1}/{update}", gan.players, gradients)


def _rows(case: Case, name: str) -> tf.Tensor:
    return tf.constant(case.arrays[f"input/{name}_u8"].transpose(0, 2, 3, 1).astype(np.float32) / 255.0)


def _losses(measured: Mapping[str, float]) -> dict[str, float]:
    """With the weights that the case's numbers have."""
    found = {}
    for name, ours in _LOSSES.items():
        found[name] = measured[ours] * (_CYCLE if name[0] in "ci" else 1.0)
    found["G"] = sum(each for name, each in found.items() if name[0] != "D")
    return found


def _gan(original: _Original) -> tuple[Any, int]:
    case, stored = original.case, original.case.arrays
    if not case.said["optimiser"].startswith("Adam lr 2e-4, betas (0.5, 0.999)"):
        raise NotBuiltError(f"the optimizer is {case.said['optimiser']}")
    said = dict(re.findall(r"(ins_max|ins_per) ([0-9]+)", case.said["variant"]))
    blocks = sum(
        re.fullmatch(r"init/G_A/encoder_img\.[0-9]+\.conv_block\.1\.weight", name) is not None for name in stored
    )
    kernels = case.below("init/D_A/feature_img.")
    options = Options.from_dict({
        "gan": "instagan", "dataset": "cifar10", "most_masks": int(said["ins_max"]),
        "masks_at_once": int(said["ins_per"]), "translator_blocks": blocks, "learning_rate_decay": 0.0,
        "patch_layers": sum(name.endswith("weight_bar") for name in kernels),
    })  # fmt: skip
    widths = {"G": len(stored["init/G_A/encoder_img.1.weight"]) / 64, "D": len(kernels["0.module.weight_bar"]) / 64}

    class OfCase(instagan.Gan):
        """The product's, with the case's widths and weights."""

        def setup(self) -> None:
            super().setup()
            for name, begins in _NAMES.items():
                if name.startswith("discriminator"):
                    vectors = [
                        each for key, each in case.below(f"init/{begins[0]}").items() if key.endswith("weight_u")
                    ]
                    self.state[f"vectors/{name[-1]}"].assign(np.concatenate(vectors))

        def build_set_translator(self, name: str) -> keras.Model:
            return original.filled(name, self._of_width("G", lambda: super(OfCase, self).build_set_translator(name)))

        def build_set_judge(self, name: str) -> keras.Model:
            return original.filled(name, self._of_width("D", lambda: super(OfCase, self).build_set_judge(name)))

        def _of_width(self, side: str, build: Any) -> keras.Model:
            before, self.options = self.options, self.options.replace(width=widths[side])
            try:
                return build()
            finally:
                self.options = before

    _, colors, *sides = stored["input/real_A_u8"].shape
    shape = (*sides, colors)
    groups = options.most_masks // options.masks_at_once
    return OfCase(options, dataclasses.replace(catalog.find("cifar10"), image_shape=shape)), groups
