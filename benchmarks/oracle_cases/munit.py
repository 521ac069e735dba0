"""UNIT and MUNIT: cases unit32 and munit32 of oracle/image_to_image, and others of their form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError, _pytorch
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.gans import munit, unit
from compare_gan_tf2.options import Options

_DISCRIMINATORS = {f"discriminator_{domain}": (f"dis_{domain}/",) for domain in "ab"}
_OF_UNIT = {
    f"{ours}_{domain}": (f"gen_{domain}/{theirs}.",)
    for domain in "ab"
    for ours, theirs in (("encoder", "enc"), ("decoder", "dec"))
} | _DISCRIMINATORS
_OF_MUNIT = {
    f"{ours}_{domain}": tuple(f"gen_{domain}/{each}." for each in theirs)
    for domain in "ab"
    for ours, theirs in (
        ("content_encoder", ["enc_content"]), ("style_encoder", ["enc_style"]), ("decoder", ["dec", "mlp"])
    )
} | _DISCRIMINATORS  # fmt: skip
# The original's terms, without a weight -> the product's.
_SHARED = {
    "gen_recon_x_a": "loss/autoencoding_a", "gen_recon_x_b": "loss/autoencoding_b", "gen_adv_a": "loss/g_ba",
    "gen_adv_b": "loss/g_ab", "dis_a": "loss/d_a", "dis_b": "loss/d_b",
}  # fmt: skip
_LOSSES = {
    "UNIT": _SHARED | {
        "gen_recon_kl_a": "loss/code_a", "gen_recon_kl_b": "loss/code_b", "gen_cyc_x_a": "loss/cycle_a",
        "gen_cyc_x_b": "loss/cycle_b", "gen_recon_kl_cyc_aba": "loss/code_cycle_a",
        "gen_recon_kl_cyc_bab": "loss/code_cycle_b",
    },
    "MUNIT": _SHARED | {
        "gen_recon_s_a": "loss/style_a", "gen_recon_s_b": "loss/style_b", "gen_recon_c_a": "loss/content_a",
        "gen_recon_c_b": "loss/content_b", "gen_cycrecon_x_a": "loss/cycle_a", "gen_cycrecon_x_b": "loss/cycle_b",
    },
}  # fmt: skip


_WEIGHTS = {
    "autoencoding": "autoencoding_weight", "code": "kl_weight", "content": "code_weight", "cycle": "cycle_weight",
    "style": "code_weight",
}  # fmt: skip


class _Original(_pytorch.Original):
    """Norms stand before their convolutions there, and behind them here; styles are made by a 1x1 convolution there."""

    def in_order(self, stored: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Layer by layer, convolutions first."""
        places: dict[str, int] = {}
        for place, name in enumerate(stored):
            places.setdefault(_layer(name), place)
        names = sorted(stored, key=lambda name: (places[_layer(name)], ".norm." in name))
        return {name: _style_kernel(name, stored[name]) for name in names}


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps: outputs, losses, norms of gradients, weights."""
    names = {"UNIT": _OF_UNIT, "MUNIT": _OF_MUNIT}[case.said["system"]]
    original = _Original(case, names, comparison, rate=1e-4)
    gan = _gan(original)
    for number, step in enumerate(_pytorch.steps(case), 1):
        read = {domain: tf.constant(_pytorch.images(case, step, f"x_{domain}")) for domain in "ab"}
        drawn = _drawn(case, step)
        if number == 1:
            _compare_outputs(original, gan, read, drawn)
        found = taken(gan, number, {"discriminators": read}, drawn)
        original.losses(step, _losses(case, found.measured, gan.options))
        for (_, gradients), update in zip(found.gradients, ("D", "G"), strict=True):
            original.norms(f"{step}/{update}", gan.players, gradients)
        original.weights(f"after{number}", gan.players)


def _layer(name: str) -> str:
    """A parameter's layer, with its norm."""
    return re.sub(r"\.(conv|norm)\.[a-z]+$", "", name)


def _style_kernel(name: str, stored: np.ndarray) -> np.ndarray:
    return stored[:, :, 0, 0] if "enc_style" in name and stored.shape[2:] == (1, 1) else stored


def _drawn(case: Case, step: str) -> dict[str, np.ndarray]:
    """Random numbers by the purposes that the product draws them for."""
    found = {}
    for name, numbers in case.below(f"input/{step}/").items():
        if given := re.fullmatch(r"(dis|gen)_(n|s)_(a|b)(_recon)?", name):
            turn = {"dis": "discriminators", "gen": "autoencoders"}[given[1]]
            what = f"{'noise' if given[2] == 'n' else 'style'}_{given[3]}{'_again' if given[4] else ''}"
            found[f"{turn}/{what}"] = numbers.transpose(0, 2, 3, 1) if given[2] == "n" else numbers[:, :, 0, 0]
    return found


def _gan(original: _Original) -> Any:
    case = original.case
    said = case.said["hyperparameters"]
    generator, discriminator = said["gen"], said["dis"]
    if said["vgg_w"] or discriminator["gan_type"] != "lsgan" or generator["n_downsample"] != 2:
        raise NotBuiltError("it has another objective or other networks")
    is_unit = case.said["system"] == "UNIT"
    weights = (
        {"kl_weight": said["recon_kl_w"], "cycle_weight": said["recon_x_cyc_w"]}
        if is_unit
        else {
            "code_weight": said["recon_s_w"], "cycle_weight": said["recon_x_cyc_w"], "z_dim": generator["style_dim"],
            "style_units": generator["mlp_dim"],
        }
    )  # fmt: skip
    options = Options.from_dict({
        "gan": case.said["system"].lower(), "dataset": "cifar10", "width": generator["dim"] / 64,
        "batch_size": len(case.arrays["input/step1/x_a_u8"]), "translator_blocks": generator["n_res"],
        "patch_layers": discriminator["n_layer"], "patch_scales": discriminator["num_scales"],
        "autoencoding_weight": float(said["recon_x_w"]), "l2_in_gradient": said["weight_decay"],
        **{name: float(each) if name.endswith("weight") else each for name, each in weights.items()},
    })  # fmt: skip
    base: Any = unit.Gan if is_unit else munit.Gan

    class OfCase(base):
        """The product's, with the case's widths and weights."""

        def build_part(self, name: str, network: str) -> keras.Model:
            before = self.options
            if network == "multiscale_discriminator":
                self.options = before.replace(width=discriminator["dim"] / 64)
            try:
                return original.filled(name, super().build_part(name, network))
            finally:
                self.options = before

    return OfCase(options, _pytorch.dataset(case, "x_a"))


def _compare_outputs(
    original: _Original, gan: Any, read: Mapping[str, tf.Tensor], drawn: Mapping[str, np.ndarray]
) -> None:
    a, players = read["a"], gan.players
    found = {f"dis_a_real_scale{i}": each for i, each in enumerate(players["discriminator_a"](a))}
    if original.case.said["system"] == "UNIT":
        code = players["encoder_a"](a)
        found |= {
            "hidden_a": code, "reconstruction_a_without_noise": 2.0 * gan.decoded("a", code) - 1.0,
            "translation_ab_without_noise": 2.0 * gan.decoded("b", code) - 1.0,
        }  # fmt: skip
    else:
        content, styles = gan.content("a", a), {domain: gan.style(domain, read[domain]) for domain in "ab"}
        translation = gan.styled("b", content, tf.constant(drawn["discriminators/style_b"]))
        found |= {
            "content_a": content, "reconstruction_a": 2.0 * gan.styled("a", content, styles["a"]) - 1.0,
            "translation_ab": 2.0 * translation - 1.0,
        }  # fmt: skip
        found |= {f"style_{domain}": each[:, None, None, :] for domain, each in styles.items()}
    original.outputs("step1", found)


def _losses(case: Case, measured: Mapping[str, float], options: Options) -> dict[str, float]:
    ours = {theirs: name for theirs, name in _LOSSES[case.said["system"]].items() if name in measured}
    found = {theirs: measured[name] for theirs, name in ours.items()}
    for kind in ("dis", "gen"):
        found[f"{kind}_total"] = sum(
            _weight(name, options) * measured[name] for theirs, name in ours.items() if theirs.startswith(kind)
        )
    return found


def _weight(name: str, options: Options) -> float:
    option = _WEIGHTS.get(name.partition("/")[2].partition("_")[0])
    return float(getattr(options, "kl_weight" if "code_cycle" in name else option)) if option else 1.0
