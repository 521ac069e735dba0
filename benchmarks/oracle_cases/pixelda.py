"""PixelDA: cases pixelda32 and pixelda_pytorch_gan32 of oracle/image_to_image, and others of their form."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError, _pytorch
from benchmarks.oracle_cases._steps import Gradients, taken
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import pixelda
from compare_gan_tf2.options import Options

_TASK_WEIGHT = 0.1
# A gradient that is this share of its variable's largest one, or less, is that of rounding in float32.
_ROUNDING = 1e-5


class _Original(_pytorch.Original):
    """Matrices from and to maps have these in PyTorch's order; the authors' case has offsets in front of kernels."""

    def in_order(self, stored: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """A block's two convolutions behind each other, and offsets of norms behind the kernels in front of these."""
        if "generator/fc_beta" not in stored:
            return stored if "discriminator/body.0.c.weight" not in stored else _offsets_last(stored)
        first = [name for name in stored if name.split("/")[1][:2] in ("fc", "fi")]
        blocks = [name for name in stored if name.split("/")[1][:2] in ("a.", "b.")]
        blocks.sort(key=lambda name: (int(name.split(".")[1]), name.split("/")[1][0]))
        last = [name for name in stored if name.split("/")[1].startswith("out")]
        return _offsets_last({name: stored[name] for name in (*first, *blocks, *last)})

    def value(self, stored: np.ndarray) -> np.ndarray:
        """Of matrices whose rows or columns are a map's numbers, these by places first."""
        _, colors, height, width = _shape(self.case)
        rows = stored.shape[0] if stored.ndim < 3 else 0
        if stored.ndim < 3 and rows == colors * height * width:
            shaped = stored.reshape(colors, height, width, *stored.shape[1:])
            moved = np.moveaxis(shaped, 0, 2).reshape(stored.shape)
            return moved.transpose() if stored.ndim == 2 else moved
        is_after_map = stored.ndim == 2 and stored.shape[1] > _shape(self.case)[2]
        return super().value(self._by_places(stored) if is_after_map else stored)

    def _by_places(self, stored: np.ndarray) -> np.ndarray:
        """A matrix [units, C h w] of PyTorch-GAN's classifier as [units, h w C]; the authors' are in this order."""
        kernels = [each for each in self.case.below("init/classifier/").values() if each.ndim == 4]
        if not kernels:
            return stored
        side = _shape(self.case)[2] >> len(kernels)
        return stored.reshape(-1, len(kernels[-1]), side, side).transpose(0, 2, 3, 1).reshape(len(stored), -1)

    def settle(self, after: str, players: Mapping[str, Any], gradients: Gradients) -> None:
        """Gives weights whose gradients are those of rounding, so that Adam moves them anywhere, the case's values."""
        for player, found in gradients.items():
            if not self.case.below(f"{after}/{self.names[player][0]}"):
                continue
            pairs = self.paired(after, player, players[player].network)
            for ((_, stored), variable), gradient in zip(pairs, found, strict=True):
                if gradient is None:
                    continue
                now, expected = variable.numpy(), self.value(stored)
                is_rounding = np.abs(gradient) < _ROUNDING * np.abs(gradient).max()
                is_rounding &= np.abs(now - expected) < 2.1 * self.rate
                variable.assign(np.where(is_rounding, expected, now))


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps: outputs, losses, norms of gradients, weights."""
    is_authors = "task/c2.c.weight" in case.below("init/")
    (_authors if is_authors else _pytorch_gan)(case, comparison)


def _authors(case: Case, comparison: Comparison) -> None:
    names = {"generator": ("generator/",), "discriminator": ("discriminator/",), "classifier": ("task/",)}
    # Five times the rate of other cases.
    original = _Original(case, names, comparison, rate=1e-3, atol_weights=5e-6)
    if not case.said["optimiser"].startswith("Adam 1e-3, beta1 0.5, beta2 0.999, epsilon 1e-8 added to sqrt(v)"):
        raise NotBuiltError(f"the optimizer is {case.said['optimiser']}")
    widths = {
        "generator": len(case.arrays["init/generator/first.c.weight"]) / 64,
        "discriminator": len(case.arrays["init/discriminator/body.0.c.weight"]) / 64,
        "classifier": len(case.arrays["init/task/source.c.weight"]) / 32,
    }
    blocks = sum(name.startswith("init/generator/a.") and name.endswith("weight") for name in case.arrays)
    gan = _gan(original, {"translator_blocks": blocks, "d_dropout": 0.0, "d_noise": 0.0}, widths)
    for number, step in enumerate(_pytorch.steps(case), 1):
        read = {
            purpose: {
                "a": tf.constant(_pytorch.images(case, step, f"{side}_source")),
                "b": tf.constant(_pytorch.images(case, step, f"{side}_target")),
                "labels": tf.constant(case.arrays[f"input/{step}/{side}_label"], tf.int32),
            }
            for side, purpose in (("D", "discriminator"), ("G", "generator"))
        }
        drawn = {f"{purpose}/z": case.arrays[f"input/{step}/{purpose[0].upper()}_noise"] for purpose in read}
        rows, z = read["discriminator"], drawn["discriminator/z"]
        original.outputs(step, {
            "D_target_logit": gan.players["discriminator"](rows["b"]),
            "transferred_in_D_step": 2.0 * gan.players["generator"](rows["a"], z) - 1.0,
        })  # fmt: skip
        found = taken(gan, number, read, drawn)
        original.losses(step, _authors_losses(found.measured, gan.options))
        for (_, gradients), update in zip(found.gradients, ("D", "G"), strict=True):
            original.norms(f"{step}/{update}", gan.players, gradients)
        original.weights(f"after{number}", gan.players)


def _authors_losses(measured: dict[str, float], options: Options) -> dict[str, float]:
    """Without weights, and both sums."""
    found = {
        "D_domain_transferred": measured["loss/d_fake"], "D_domain_target": measured["loss/d_real"],
        "D_task_source": measured["loss/class_source"], "D_task_transferred": measured["loss/class_made"],
        "G_style": measured["loss/g"], "G_task_source": measured["loss/class_source_in_g"],
        "G_task_transferred": measured["loss/class_made_in_g"],
    }  # fmt: skip
    weights = {
        "D_d": options.judge_weight, "D_t": 1.0, "G_s": options.adversarial_weight, "G_t": options.g_class_weight,
    }  # fmt: skip
    parts = {name: weights[name[:3]] * each for name, each in found.items()}
    return found | {side: sum(each for name, each in parts.items() if name[0] == side) for side in "DG"}


def _pytorch_gan(case: Case, comparison: Comparison) -> None:
    names = {name: (f"{name}/",) for name in ("generator", "discriminator", "classifier")}
    original = _Original(case, names, comparison)
    if not case.said["optimiser"].startswith("Adam lr 2e-4, betas (0.5, 0.999), eps 1e-8"):
        raise NotBuiltError(f"the optimizer is {case.said['optimiser']}")
    width = len(case.arrays["init/generator/l1.0.weight"]) / 64
    blocks = sum(name.endswith("block.0.weight") for name in case.below("init/generator/"))
    values = {
        "architecture": "pixelda_pytorch_gan", "translator_blocks": blocks, "adversarial_loss": "least_squares",
        "adversarial_weight": 1.0, "judge_weight": 0.5, "g_class_weight": _TASK_WEIGHT / 2,
        "classifier_moves": "generator", "first_update": "generator", "g_learning_rate": 2e-4, "d_learning_rate": 2e-4,
    }  # fmt: skip
    gan = _gan(original, values, dict.fromkeys(names, width), is_pytorch=True)
    for number, step in enumerate(_pytorch.steps(case), 1):
        rows = {
            "a": tf.constant(_pytorch.images(case, step, "imgs_A")),
            "b": tf.constant(_pytorch.images(case, step, "imgs_B")),
            "labels": tf.constant(case.arrays[f"input/{step}/labels_A"], tf.int32),
        }
        z = case.arrays[f"input/{step}/z"]
        if number == 1:
            made, judge = gan.players["generator"](rows["a"], z), gan.players["discriminator"]
            original.outputs(step, {"fake_B": 2.0 * made - 1.0, "D_real": judge(rows["b"])})
        found = taken(gan, number, {"generator": rows}, {"generator/z": z})
        measured = found.measured
        task = 0.5 * (measured["loss/class_source_in_g"] + measured["loss/class_made_in_g"])
        losses = {
            "G_adv": measured["loss/g"], "G_task": task, "G": measured["loss/g"] + _TASK_WEIGHT * task,
            "D_real": measured["loss/d_real"], "D_fake": measured["loss/d_fake"],
            "D": 0.5 * (measured["loss/d_real"] + measured["loss/d_fake"]),
        }  # fmt: skip
        original.losses(step, losses)
        for (_, gradients), update in zip(found.gradients, ("G", "D"), strict=True):
            original.norms(f"{step}/{update}", gan.players, gradients)
            original.settle(f"after{number}", gan.players, gradients)
        original.weights(f"after{number}", gan.players)


def _gan(original: _Original, values: dict[str, Any], widths: dict[str, float], *, is_pytorch: bool = False) -> Any:
    case = original.case
    options = Options.from_dict({"gan": "pixelda", "dataset": "cifar10", "batch_size": _shape(case)[0]} | values)

    class OfCase(pixelda.Gan):
        """The product's, with the case's widths and weights, and PyTorch's Adam where the case has that."""

        def setup(self) -> None:
            super().setup()
            if is_pytorch:
                self.optimizers = {
                    side: dataclasses.replace(said, corrects_epsilon=True, variable_norm=0.0)
                    for side, said in self.optimizers.items()
                }

        def build_generator(self) -> keras.Model:
            return self._of_width("generator", super().build_generator)

        def build_discriminator(self) -> keras.Model:
            return self._of_width("discriminator", super().build_discriminator)

        def build_classifier(self) -> keras.Model:
            return self._of_width("classifier", super().build_classifier)

        def _of_width(self, player: str, build: Any) -> keras.Model:
            before, self.options = self.options, self.options.replace(width=widths[player])
            try:
                return original.filled(player, build())
            finally:
                self.options = before

    _, colors, *sides = _shape(case)
    return OfCase(options, dataclasses.replace(catalog.find("cifar10"), image_shape=(*sides, colors)))


def _shape(case: Case) -> tuple[int, ...]:
    return next(each.shape for name, each in case.arrays.items() if name.endswith("_u8"))


def _offsets_last(stored: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Offsets of norms, which stand in front of the kernels before these, behind them."""
    names, offsets = list[str](), list[str]()
    for name in stored:
        if name.endswith("beta"):
            offsets.append(name)
            continue
        names += [name, *offsets]
        offsets.clear()
    return {name: stored[name] for name in names}
