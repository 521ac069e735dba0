"""CCGAN: case ccgan64 of oracle/image_to_image, and others of its form."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError
from benchmarks.oracle_cases._restored import Compared, Parameters, images, number
from benchmarks.oracle_cases._steps import given, taken
from benchmarks.oracle_cases.srgan import of_case, rates, steps
from compare_gan_tf2.gans import ccgan
from compare_gan_tf2.runtime.draws import Seed


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps: losses, norms of gradients, weights."""
    if not case.said["optimiser"].startswith("Torch7 Adam 2e-4, beta1 0.5"):
        raise NotBuiltError(f"the optimizer is {case.said['optimiser']}")
    parameters = {
        "generator": Parameters(case, "netG", drops_biases=True),
        "discriminator": Parameters(case, "netD", drops_biases=True),
        "classifier": Parameters(case, "netC"),
    }
    compared, gan = Compared(case, comparison, parameters), _gan(case, parameters)
    for i, step in enumerate(steps(case), 1):
        inputs = {name: tf.constant(images(case, f"input/{step}/{name}_u8")) for name in ("real", "fake", "labelled")}
        labels = tf.constant(case.arrays[f"input/{step}/label"].astype(np.int32))
        read = {
            "holes": {"images": inputs["real"], "images_again": inputs["fake"]},
            "classes": {"labeled_images": inputs["labelled"], "labels": labels},
        }
        drawn = _rectangles(case, gan, step)
        if i == 1:
            _compare_outputs(compared, gan, inputs, drawn)
        found = taken(gan, i, read, drawn)
        measured = found.measured
        compared.losses(
            step,
            {
                "D_real": measured["loss/d_real"], "D_fake": measured["loss/d_fake"], "G": measured["loss/g"],
                "C": measured["loss/class"],
            },
        )  # fmt: skip
        (_, d), (_, g), (_, classes) = found.gradients
        compared.norms(f"{step}/D", d)
        compared.norms(f"{step}/G", g)
        compared.norms(f"{step}_class/D", {"discriminator": classes["discriminator"]})
        compared.norms(f"{step}/C", {"classifier": classes["classifier"]})
        compared.weights(f"after{i}", {name: each.network for name, each in gan.players.items()}, rates(gan))


def _gan(case: Case, parameters: dict[str, Parameters]) -> Any:
    width = len(case.arrays["init/netG/enc.0.weight"]) / 64
    side, sizes = case.arrays["input/step1/fake_u8"].shape[2], _sizes(case)

    class Kind(ccgan.Gan):
        """The product's, with the case's classifier."""

        def build_classifier(self) -> keras.Model:
            return parameters["classifier"].fill(super().build_classifier())

    values = {
        "gan": "ccgan", "smallest_hole": min(sizes) / side, "largest_hole": max(sizes) / side,
        "label_smoothing": round(1.0 - number(case.said["variant"], r"target ([0-9.]*[0-9])"), 6),
    }  # fmt: skip
    return of_case(case, "input/step1/fake_u8", values, Kind, parameters, dict.fromkeys(parameters, width))


def _spans(case: Case, step: str) -> np.ndarray:
    """First rows and columns and sizes of the holes that the generator fills, int [B, 2, 2]."""
    hole = case.arrays[f"input/{step}/fake_keep"][:, 0] == 0
    there = np.stack([hole.any(axis=axis) for axis in (2, 1)], axis=1)
    return np.stack([there.argmax(axis=2), there.sum(axis=2)], axis=1)


def _sizes(case: Case) -> list[int]:
    return [int(each) for step in steps(case) for each in _spans(case, step)[:, 1].ravel()]


def _rectangles(case: Case, gan: Any, step: str) -> dict[str, np.ndarray]:
    """Numbers of which the product makes the step's holes."""
    (corners, sizes), side, all_sizes = _spans(case, step).swapaxes(0, 1), gan.dataset.image_shape[0], _sizes(case)
    drawn = {"holes/corner": (corners + 0.5) / (side - sizes)}
    if min(all_sizes) < max(all_sizes):
        drawn["holes/size"] = (sizes - min(all_sizes) + 0.5) / (max(all_sizes) - min(all_sizes) + 1)
    return {name: each.astype(np.float32) for name, each in drawn.items()}


def _compare_outputs(compared: Compared, gan: Any, inputs: dict[str, tf.Tensor], drawn: dict[str, np.ndarray]) -> None:
    with given(drawn):
        mask = gan.masks(len(inputs["fake"]), "holes", Seed.of(0, 1))
    made = gan.generator(ccgan.holes.filled(inputs["fake"], mask, 0.5), training=True)
    compared.output("out/step1/gen", 2.0 * made - 1.0)
    composite = gan.composite(inputs["fake"], mask, gan.generator, training=True)
    compared.output("out/step1/composite", 2.0 * composite - 1.0)
    compared.output("out/step1/D_real", tf.sigmoid(gan.discriminator(inputs["real"], training=True)[0]))
