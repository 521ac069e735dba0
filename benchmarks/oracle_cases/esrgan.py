"""ESRGAN: cases esrgan128 and esrgan_pytorch_gan64 of oracle/image_to_image, and others of their forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError
from benchmarks.oracle_cases._restored import Compared, Parameters, images
from benchmarks.oracle_cases._steps import taken
from benchmarks.oracle_cases.srgan import NAMES, of_case, rates, stand_in, steps
from compare_gan_tf2.gans import esrgan


def compare(case: Case, comparison: Comparison) -> None:
    """All steps: losses, norms of gradients, weights."""
    is_authors = "net_g" in {name.split("/")[1] for name in case.arrays if name.startswith("init/")}
    parameters, gan = _authors(case) if is_authors else _pytorch_gan(case)
    compared = Compared(case, comparison, parameters)
    for i, step in enumerate(steps(case), 1):
        read = {name: tf.constant(images(case, f"input/{step}/{other}_u8")) for name, other in NAMES.items()}
        output = f"out/{step}/" + ("output" if is_authors else "gen_hr")
        if output in case.arrays:
            made = gan.generator(read["lr"], training=True)
            compared.output(output, made if is_authors else 2.0 * made - 1.0)
        found = taken(gan, i, {"generator": read}, {})
        compared.losses(step, _losses(found.measured, gan, is_authors))
        for (_, gradients), update in zip(found.gradients, "GD", strict=False):
            compared.norms(f"{step}/{update}", gradients)
        networks = {name: player.network for name, player in gan.players.items()}
        compared.weights(f"after{i}", networks, rates(gan))


def _authors(case: Case) -> tuple[dict[str, Parameters], Any]:
    _require(case, "Adam lr 1e-4, betas (0.9, 0.99), eps 1e-8")
    last = [name for name in case.arrays if name.startswith("init/net_d/conv") and name.endswith("weight")][-1]
    parameters = {
        "generator": Parameters(case, "net_g"),
        "discriminator": Parameters(case, "net_d", flattened={"linear1": len(case.arrays[last])}),
    }
    widths = {
        name: len(case.arrays[f"init/{net}.weight"]) / 64
        for name, net in (("generator", "net_g/conv_first"), ("discriminator", "net_d/conv0_0"))
    }
    values = {
        "gan": "esrgan", "translator_blocks": _blocks(parameters, r"body\.(\d+)\."), "pixel_weight": 0.005,
        "g_learning_rate": 1e-4, "d_learning_rate": 1e-4,
    }  # fmt: skip
    return parameters, _made(case, values, parameters, widths, centers=False)


def _pytorch_gan(case: Case) -> tuple[dict[str, Parameters], Any]:
    _require(case, "Adam lr 2e-4, betas (0.9, 0.999), eps 1e-8")
    parameters = {
        "generator": Parameters(case, "generator", shuffled=("upsampling",)),
        "discriminator": Parameters(case, "discriminator"),
    }
    filters = len(case.arrays["init/generator/conv1.weight"])
    values = {
        "gan": "esrgan", "architecture": "rrdb_patch", "relativistic": "pytorch_gan", "pixel_weight": 0.01,
        "translator_blocks": _blocks(parameters, r"res_blocks\.(\d+)\."), "beta2": 0.999,
        "pixel_steps": sum(name == "warmup" for name in steps(case)),
    }  # fmt: skip
    widths = dict.fromkeys(parameters, filters / 64)
    return parameters, _made(case, values, parameters, widths, centers=True)


def _require(case: Case, optimizer: str) -> None:
    if not case.said["optimiser"].startswith(optimizer):
        raise NotBuiltError(f"the optimizer is {case.said['optimiser']}")


def _blocks(parameters: Mapping[str, Parameters], pattern: str) -> int:
    """How many different numbers of blocks the names of the generator's parameters have."""
    return len({found[1] for name in parameters["generator"].names if (found := re.match(pattern, name))})


def _made(
    case: Case, values: dict[str, Any], parameters: dict[str, Parameters], widths: Mapping[str, float], *, centers: bool
) -> Any:
    name = f"input/{steps(case)[-1]}/hr_u8"
    zoom = case.arrays[name].shape[2] // case.arrays[name.replace("hr_u8", "lr_u8")].shape[2]
    shared = {"zoom": zoom, "adversarial_weight": 5e-3, "perceptual": "random_convolution"}
    made = of_case(case, name, shared | values, esrgan.Gan, parameters, widths)
    made.feature_maps = stand_in(case, centers=centers)
    return made


def _losses(measured: Mapping[str, float], gan: Any, is_authors: bool) -> dict[str, float]:
    """Those that the step measured, by the case's names."""
    weighted = {
        "pixel": gan.options.pixel_weight * measured["loss/pixel"],
        "game": gan.options.adversarial_weight * measured.get("loss/g", 0.0),
        "content": measured.get("loss/perceptual", 0.0),
    }
    if is_authors:
        of_generator = {"l_g_pix": weighted["pixel"], "l_g_percep": weighted["content"], "l_g_gan": weighted["game"]}
        return of_generator | {"l_d_real+l_d_fake": measured["loss/d"]}
    if "loss/g" not in measured:
        return {"G_pixel": measured["loss/pixel"]}
    return {
        "G_pixel": measured["loss/pixel"], "G_GAN": measured["loss/g"], "G_content": measured["loss/perceptual"],
        "G": sum(weighted.values()), "D": measured["loss/d"],
    }  # fmt: skip
