"""pix2pix: cases pix2pix_unet32 and pix2pix_pixel_discriminator of oracle/image_to_image, and others of their form."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError, _pytorch
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.gans import pix2pix
from compare_gan_tf2.options import Options

_NAMES = {"generator": ("G/",), "discriminator": ("D/",)}
_LOSSES = {"D_fake": "loss/d_fake", "D_real": "loss/d_real", "G_GAN": "loss/g", "G_L1": "loss/l1"}


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps: outputs, losses, norms of gradients, weights."""
    original = _pytorch.Original(case, _NAMES, comparison)
    gan = _gan(original)
    for number, step in enumerate(_pytorch.steps(case), 1):
        pair = {
            name: tf.constant(_pytorch.images(case, step, stored))
            for name, stored in (("input", "real_A"), ("target", "real_B"))
        }
        made = 2.0 * gan.players["generator"](pair["input"]) - 1.0
        original.outputs(step, {"D_real": gan.judged(**_as_judged(pair)), "fake_B": made})
        found = taken(gan, number, {"pairs": pair}, {})
        original.losses(step, _losses(found.measured, gan.options.pixel_weight))
        for (_, gradients), update in zip(found.gradients, ("D", "G"), strict=True):
            original.norms(f"{step}/{update}", gan.players, gradients)
        original.weights(f"after{number}", gan.players, statistics=["generator"])


def _as_judged(pair: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    return {"inputs": pair["input"], "others": pair["target"]}


def _losses(measured: dict[str, float], weight: float) -> dict[str, float]:
    found = {name: measured[ours] * (weight if name == "G_L1" else 1.0) for name, ours in _LOSSES.items()}
    found["D"] = 0.5 * (found["D_fake"] + found["D_real"])
    found["G"] = found["G_GAN"] + found["G_L1"]
    return found


def _gan(original: _pytorch.Original) -> Any:
    case = original.case
    if not case.said["optimiser"].startswith("Adam lr 2e-4, beta1 0.5, beta2 0.999, eps 1e-8"):
        raise NotBuiltError(f"the optimizer is {case.said['optimiser']}")
    halvings = sum(name.endswith("weight") and each.ndim == 4 for name, each in case.below("init/G/").items()) // 2
    kernels = [each for each in case.below("init/D/").values() if each.ndim == 4]
    is_of_pixels = kernels[0].shape[-1] == 1
    options = Options.from_dict({
        "gan": "pix2pix", "dataset": "cifar10", "batch_size": len(case.arrays["input/step1/real_A_u8"]),
        "g_normalization": _norm(case, "G"), "d_normalization": _norm(case, "D"), "unet_halvings": halvings,
        "unet_dropout": 0.0, "pixel_discriminator": is_of_pixels, "patch_layers": max(1, len(kernels) - 2),
        "learning_rate_decay": 0.0,
    })  # fmt: skip

    class OfCase(pix2pix.Gan):
        """The product's, with the case's widths and weights."""

        def build_generator(self) -> keras.Model:
            return original.filled("generator", self._of_width("G", super().build_generator))

        def build_discriminator(self) -> keras.Model:
            return original.filled("discriminator", self._of_width("D", super().build_discriminator))

        def _of_width(self, network: str, build: Any) -> keras.Model:
            filters = len(next(iter(case.below(f"init/{network}/").values())))
            before, self.options = self.options, self.options.replace(width=filters / 64)
            try:
                return build()
            finally:
                self.options = before

    return OfCase(options, _pytorch.dataset(case, "real_A"))


def _norm(case: Case, network: str) -> str:
    if any("running_mean" in name for name in case.below(f"init/{network}/")):
        return "batch"
    raise NotBuiltError("only batch norm is compared")
