"""DiscoGAN: cases discogan64 and discogan64_extra_layers of oracle/image_to_image, and others of their form."""

from __future__ import annotations

import re
from typing import Any

import keras
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError, _pytorch
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.gans import discogan
from compare_gan_tf2.options import Options

# generator_B makes B of A.
_NAMES = {
    "generator_ab": ("generator_B/",), "generator_ba": ("generator_A/",), "discriminator_a": ("discriminator_A/",),
    "discriminator_b": ("discriminator_B/",),
}  # fmt: skip
_LOSSES = {
    "recon_A": "loss/cycle_a", "recon_B": "loss/cycle_b", "gen_A": "loss/g_ba", "gen_B": "loss/g_ab",
    "fm_A": "loss/features_a", "fm_B": "loss/features_b", "dis_A": "loss/d_a", "dis_B": "loss/d_b",
}  # fmt: skip
_FIRST_SHARE = 0.01


def compare(case: Case, comparison: Comparison) -> None:
    """All iterations: outputs, losses of both objectives, norms of gradients, weights."""
    original = _pytorch.Original(case, _NAMES, comparison)
    gan = _gan(original)
    for number, step in enumerate(_pytorch.steps(case), 1):
        a, b = (tf.constant(_pytorch.images(case, step, name)) for name in "AB")
        ab, ba, judge_a, judge_b = (gan.players[name] for name in _NAMES)
        fake_b = ab(a)
        outputs = {"AB": fake_b, "ABA": ba(fake_b), "D_A_real": tf.sigmoid(judge_a(a)[0]),
                   "D_B_fake": tf.sigmoid(judge_b(fake_b)[0])}  # fmt: skip
        original.outputs(step, outputs)
        terms = {**gan.d(a, b), **gan.g(a, b, tf.constant(number, tf.int64))}
        found = {name: float(terms[ours].value) for name, ours in _LOSSES.items()}
        totals = {
            f"{kind}_total": sum(float(each.weight * each.value) for each in objective.values())
            for kind, objective in (("dis", gan.d(a, b)), ("gen", gan.g(a, b, tf.constant(number, tf.int64))))
        }
        original.losses(step, found | totals)
        (_, gradients), = taken(gan, number, {"domains": {"a": a, "b": b}}, {}).gradients  # fmt: skip
        update = "D" if "discriminator_a" in gradients else "G"
        original.norms(f"{step}/{update}", gan.players, gradients)
        original.weights(f"after{number}", gan.players)


def _gan(original: _pytorch.Original) -> Any:
    case = original.case
    if not case.said["optimiser"].startswith("Adam lr 2e-4, betas (0.5, 0.999), eps 1e-8, weight decay 1e-5"):
        raise NotBuiltError(f"the optimizer is {case.said['optimiser']}")
    kernels = [each for name, each in case.below("init/generator_A/").items() if each.ndim == 4]
    width = len(kernels[0]) / 64
    narrow = min(len(each) for each in kernels[1 : len(kernels) - 1]) if _has_bottleneck(case) else 0
    shares = [float(each) for each in re.findall(r"0\.[0-9]+", case.said["variant"].partition("rate")[2])]
    options = Options.from_dict({
        "gan": "discogan", "dataset": "cifar10", "batch_size": len(case.arrays["input/iter0/A_u8"]), "width": width,
        "bottleneck_channels": round(narrow / width), "curriculum_steps": shares.count(_FIRST_SHARE),
        "reconstruction_share": shares[-1],
    })  # fmt: skip

    class OfCase(discogan.Gan):
        """The product's, with the case's weights."""

        def build_translator(self, name: str) -> keras.Model:
            return original.filled(name, super().build_translator(name))

        def build_feature_discriminator(self, name: str) -> keras.Model:
            return original.filled(name, super().build_feature_discriminator(name))

    return OfCase(options, _pytorch.dataset(case, "A"))


def _has_bottleneck(case: Case) -> bool:
    return "extra_layers" in case.said["variant"]
