"""What the cases of networks that grow share: names, layouts, gradients, weights, steps at one level of detail."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison
from benchmarks.oracle_cases._official import ours
from benchmarks.oracle_cases._steps import Gradients
from compare_gan_tf2.architectures.fading import enlarged, shrunk
from compare_gan_tf2.options.growing import Level, Schedule
from compare_gan_tf2.style_weights.names import Form

# Of the folder's README: outputs of networks, and gradients as parts of a tensor's largest element.
_RTOL = 1e-5
_OF_LARGEST = 1e-5
# Of a gradient that goes through one of a penalty.
_OF_LARGEST_SECOND = 1e-4
# One rounding of the scores' own gradients, which are near 1 and cancel in the last bias of a critic.
_OF_ONE = 6e-8
# Of a step of Adam, for weights.
_OF_STEP = 5e-3


def levels_of_detail(case: Case) -> list[tuple[str, float]]:
    """The text that names one in the case's arrays, and the number."""
    return [(f"lod{lod:g}", float(lod)) for lod in case.said["config"]["lods"]]


def at(lod: float) -> tuple[int, tf.Tensor | None]:
    """Level and fade."""
    return int(lod), tf.constant(lod - int(lod), tf.float32) if lod % 1 else None


def schedule_at(lod: float, side: int, batch: int) -> Schedule:
    """One whose every step has nearly this level of detail, within a fade of 2^40 images."""
    level, images = int(lod), 2**40
    fade = images if lod % 1 else 0
    seen = round((1.0 - lod % 1) * images) if fade else 0
    return Schedule((Level(level, side >> level, batch, 1.0, 1, seen, 0, fade),), ())


def compare_generator(case: Case, comparison: Comparison, made: Callable[[str, int, Any], tf.Tensor]) -> None:
    """Images at all levels of detail.

    Args:
        case: whose arrays are out/img/lod<x>, of the largest side.
        comparison: to be added to.
        made: (name, level, fade) -> images around [-1, 1] of the level's side.
    """
    for name, lod in levels_of_detail(case):
        level, fade = at(lod)
        images = enlarged(made(name, level, fade), 1 << level)
        close(comparison, f"out/img/{name}", images, nhwc(case.arrays[f"out/img/{name}"]))


def compare_discriminator(case: Case, comparison: Comparison, discriminator: Any, labels: Any = None) -> None:
    """Scores of real images at all levels of detail, and logits of classes."""
    for name, lod in levels_of_detail(case):
        level, fade = at(lod)
        images = shrunk(tf.constant(nhwc(case.arrays["in/real"])), 1 << level)
        outputs, _ = discriminator.judged(images, level, fade)
        found = discriminator.logits(outputs, labels)
        close(comparison, f"out/scores/{name}", found, case.arrays[f"out/scores/{name}"])
        if f"out/label_logits/{name}" in case.arrays:
            close(comparison, f"out/label_logits/{name}", outputs[:, 1:], case.arrays[f"out/label_logits/{name}"])


def close(comparison: Comparison, where: str, found: Any, expected: np.ndarray, rtol: float = _RTOL) -> None:
    """Takes note of outputs of networks."""
    comparison.close(where, found, expected, rtol=rtol, atol=rtol * float(np.abs(expected).max()))


@dataclasses.dataclass
class Steps:
    """Two steps of a case: gradients are compared, and noted for what they say of the weights afterwards.

    Attributes:
        case: whose numbers are expected.
        comparison: to be added to.
        gan: whose steps are taken.
        form: of the case's networks.
        leave_out: names of the product of weights that are not compared.
    """

    case: Case
    comparison: Comparison
    gan: Any
    form: Form
    leave_out: tuple[str, ...] = ()
    _unsure: dict[str, dict[str, np.ndarray]] = dataclasses.field(default_factory=dict)

    def gradients(self, step: int, gradients: Gradients) -> None:
        """Of one update."""
        for player, list_ in gradients.items():
            network, key = self.gan.players[player].network, player[0]
            share = _OF_LARGEST_SECOND if key == "d" else _OF_LARGEST
            found = _by_name(network, list_)
            stored = ours(self.form, network, self.case.below(f"grad/step{step}/{key}/"))
            if stored and not self.case.is_reduced:
                self.comparison.equal_names(f"grad/step{step}/{key}", set(found), set(stored))
            for name in sorted(set(found) & set(stored)):
                atol = share * float(np.abs(stored[name]).max()) + _OF_ONE
                self.comparison.close(f"grad/step{step}/{key}/{name}", found[name], stored[name], atol=atol)
            for name, each in found.items():
                # With beta1 = 0 Adam's steps are of nearly full size also where a gradient is no more than rounding.
                rounding = (share * np.abs(each).max() + _OF_ONE) / np.maximum(np.abs(each), 1e-30)
                before = self._unsure.setdefault(key, {}).get(name, 0.0)
                self._unsure[key][name] = before + 2.0 * np.minimum(rounding, 1.0)

    def weights(self) -> None:
        """What is trained, after the last step, and its average."""
        networks = {"g": self.gan.generator, "ema": self.gan.average, "d": self.gan.discriminator}
        for where, network in networks.items():
            key = "d" if where == "d" else "g"
            stored = ours(self.form, network, self.case.below(f"after/{where}/"))
            found = {name: each.numpy() for name, each in network.named_variables().items() if each.trainable}
            if not self.case.is_reduced:
                self.comparison.equal_names(f"after/{where}", set(found), set(stored))
            rate = self.case.said["training"]["learning_rate"]
            for name in sorted(set(found) & set(stored) - {*self.leave_out}):
                size = max(float(np.abs(stored[name]).max()), 1.0)
                atol = 2.4e-7 * size + rate * (_OF_STEP + self._unsure[key][name])
                self.comparison.close(f"after/{where}/{name}", found[name], stored[name], atol=atol)


def _by_name(network: Any, gradients: list[np.ndarray | None]) -> dict[str, np.ndarray]:
    """Gradients by the names of their variables, zeros in place of none."""
    found = {
        id(variable): np.zeros(variable.shape) if each is None else each
        for variable, each in zip(network.trainable_variables, gradients, strict=True)
    }
    return {name: found[id(each)] for name, each in network.named_variables().items() if id(each) in found}


def nhwc(images: np.ndarray) -> np.ndarray:
    """Of [N, C, H, W]."""
    return np.ascontiguousarray(images.transpose(0, 2, 3, 1))
