"""InfoGAN as its authors train it, and as PyTorch-GAN does in three phases; cases of oracle/latent_systems."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, _latent
from benchmarks.oracle_cases._layers import Joined, ListedNetwork
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import Outcome, infogan
from compare_gan_tf2.gans.adversarial import Batch
from compare_gan_tf2.options import Options

_GAME = "discriminator/0"
_LOG_TWO_PI = math.log(2.0 * math.pi)


class Guessing(Joined):
    """The discriminator of a case with what guesses codes."""

    def __init__(self, parts: list[ListedNetwork], call: Any, guess: Any):
        super().__init__(parts, call)
        self._guess = guess

    def guesses(self, features: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Logits of classes, then means."""
        del training
        return self._guess(features)


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps; of the first one also the images that are stored."""
    gan = _gan(case)
    phases = _phases(case)
    for step in (1, 2):
        given = case.below(f"in/step{step}/")
        z = {purpose: _joined(case, gan, step, phase) for phase, purpose in phases.items()}
        if step == 1:
            _compare_outputs(case, comparison, gan, z[_GAME], tf.constant(given["real"]))
        _latent.replay(gan, {"z": z})
        found = taken(gan, step, {_GAME: {"images": tf.constant(given["real"])}}, {})
        losses = _of_three_phases if _is_apart(case) else _of_authors
        for name, value in losses(case, step, found.measured).items():
            comparison.close(f"step{step}/{name}", value, case.said["values"][f"step{step}/{name}"], rtol=1e-5)
        if _is_apart(case):
            for update, (_, gradients) in zip(("g", "d", "info"), found.gradients, strict=True):
                prefix = f"grad_{update}{step}/"
                _latent.compare_gradients(case, comparison, gan, prefix, gradients, all_reached=False)
        else:
            gradients = {name: each for _, by_player in found.gradients for name, each in by_player.items()}
            _latent.compare_gradients(case, comparison, gan, f"grad{step}/", gradients)
        _latent.compare_weights(case, comparison, gan, f"after{step}/")


def _is_apart(case: Case) -> bool:
    return "info" in case.said["optimizers"]


def _phases(case: Case) -> dict[str, str]:
    """What the case calls a set of latents -> the purpose that the product draws it for."""
    return {"game": _GAME, "info": "information"} if _is_apart(case) else {"d": _GAME, "g": "generator"}


def _codes(case: Case, step: int, phase: str) -> list[np.ndarray]:
    """Codes as they are stored, classes first."""
    names = ("classes", "code") if _is_apart(case) else ("code0", "code1", "code2")
    return [case.arrays[f"in/step{step}/{phase}/{name}"] for name in names]


def _joined(case: Case, gan: Any, step: int, phase: str) -> tf.Tensor:
    noise, codes = case.arrays[f"in/step{step}/{phase}/noise"], _codes(case, step, phase)
    return gan.prior.join({"noise": noise, **dict(zip((code.name for code in gan.codes), codes, strict=True))})


def _gan(case: Case) -> Any:
    said, rates, is_apart = case.said["config"], case.said["optimizers"], _is_apart(case)
    values = _latent.options_of(rates["g"], rates["d"]) | {
        "dataset": "mnist", "gan": "infogan", "batch_size": said["batch"], "z_dim": said["noise"]
    }  # fmt: skip
    if is_apart:
        values |= {
            "codes": f"cat{said['classes']},unif{said['continuous']}", "information_update": "apart",
            "information_weight": said["weight_categorical"], "continuous_code_weight": said["weight_continuous"],
            "first_update": "generator", "loss": "least_squares_logits", "z_distribution": "normal",
        }  # fmt: skip
    else:
        short = {"categorical": "cat", "uniform": "unif"}
        values |= {
            "codes": ",".join(f"{short[kind]}{size}" for kind, size in said["codes"]),
            "information_weight": said["info_weight"], "learned_deviation": said["learned_deviation"],
        }  # fmt: skip
    dataset = dataclasses.replace(catalog.find("mnist"), image_shape=(said["size"], said["size"], 1))

    class OfCase(infogan.Gan):
        """The product's, on the case's networks; the third phase's original has no half of the generator's squares."""

        def build_generator(self) -> keras.Model:
            body = ListedNetwork(case, "g")
            made = Joined([body], lambda z, labels: body(z))
            made.z_dim = body.z_dim
            return made

        def build_discriminator(self) -> keras.Model:
            names = ("d_trunk", "d_adv", "d_aux", "d_code") if is_apart else ("d_trunk", "d_head", "q_head")
            trunk, head, *others = (ListedNetwork(case, name) for name in names)

            def judge(images: tf.Tensor, labels: tf.Tensor | None = None) -> tuple[tf.Tensor, tf.Tensor]:
                del labels
                features = trunk(images)
                return head(features), features

            def guess(features: tf.Tensor) -> tf.Tensor:
                found = tf.concat([each(features) for each in others], axis=1)
                return found if is_apart else _without_variances(found, said["codes"])

            return Guessing([trunk, head, *others], judge, guess)

        def generator_objective(self, batch: Batch) -> Outcome:
            self.adversarial_weight = 2.0 if is_apart else 1.0
            return super().generator_objective(batch)

        def discriminator_objective(self, batch: Batch, fake: tf.Tensor) -> Outcome:
            self.adversarial_weight = 1.0
            return super().discriminator_objective(batch, fake)

    return OfCase(Options.from_dict(values), dataset)


def _without_variances(outputs: tf.Tensor, codes: list[list[Any]]) -> tf.Tensor:
    """Columns of the authors' Q that count where deviations are fixed."""
    kept, start = list[tf.Tensor](), 0
    for kind, size in codes:
        kept.append(outputs[:, start : start + size])
        start += size if kind == "categorical" else 2 * size
    return tf.concat(kept, axis=1)


def _of_authors(case: Case, step: int, measured: dict[str, float]) -> dict[str, float]:
    """Losses by the case's names.

    The authors take the entropy of uniform codes by the density of a normal distribution.
    """
    found = {}
    for phase in "dg":
        uniform = np.concatenate(_codes(case, step, phase)[1:], axis=1).astype(np.float64)
        theirs = np.mean(np.sum(0.5 * (_LOG_TWO_PI + uniform**2), axis=1))
        categorical = measured[f"information/{phase}_categorical_1"]
        continuous = sum(measured[f"information/{phase}_uniform_{number}"] for number in (1, 2))
        continuous += theirs - 2 * math.log(2.0)
        adversarial = measured[f"loss/{phase}"]
        found |= {
            f"{phase}/adversarial": adversarial, f"{phase}/discrete/mutual_information": categorical,
            f"{phase}/continuous/mutual_information": continuous,
            f"{phase}/loss": adversarial - categorical - continuous,
        }  # fmt: skip
    return found


def _of_three_phases(case: Case, step: int, measured: dict[str, float]) -> dict[str, float]:
    said = case.said["config"]
    categorical = math.log(said["classes"]) - measured["information/categorical_1"]
    count = said["continuous"]
    squares = count * (math.log(2.0) - 0.5 * _LOG_TWO_PI) - measured["information/uniform_1"]
    continuous = 2.0 * squares / count
    total = said["weight_categorical"] * categorical + said["weight_continuous"] * continuous
    return {
        "g/loss": 2.0 * measured["loss/g"], "d/loss": measured["loss/d"], "info/categorical": categorical,
        "info/continuous": continuous, "info/loss": total,
    }  # fmt: skip


def _compare_outputs(case: Case, comparison: Comparison, gan: Any, z: tf.Tensor, images: tf.Tensor) -> None:
    fakes = gan.generator(z, None)
    real, fake = gan.discriminator(images, None), gan.discriminator(fakes, None)
    found = {"generated": fakes, "d/p_real": tf.sigmoid(real[0])[:, 0], "d/p_fake": tf.sigmoid(fake[0])[:, 0],
             "d/q": gan.discriminator.guesses(fake[1])}  # fmt: skip
    for name, expected in case.below("out/").items():
        if name == "d/q":
            expected = _without_variances(tf.constant(expected), case.said["config"]["codes"]).numpy()
        comparison.close(f"out/{name}", found[name], expected, rtol=1e-3, atol=1e-5)
