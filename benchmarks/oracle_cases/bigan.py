"""BiGAN and ALI: joint updates of generator, encoder and discriminator; cases of oracle/latent_systems."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, _latent
from benchmarks.oracle_cases._layers import Joined, ListedNetwork
from benchmarks.oracle_cases._steps import given, taken
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import ali, bigan
from compare_gan_tf2.options import Options

# The case's names of generator and encoder, and how the discriminator joins its two parts.
_NAMES = {"BiGAN": ("g", "e"), "ALI": ("decoder", "encoder")}


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps; of the first one also the outputs that are stored."""
    gan = _gan(case)
    for step in (1, 2):
        given_ = case.below(f"in/step{step}/")
        drawn = {"pairs/z": given_["z"]} | ({"pairs/noise": given_["noise"]} if "noise" in given_ else {})
        images = tf.constant(given_["real"])
        if step == 1:
            _compare_outputs(case, comparison, gan, images, drawn)
        found = taken(gan, step, {"pairs": {"images": images}}, drawn)
        _compare_losses(case, comparison, step, found.measured)
        ((_, gradients),) = found.gradients
        _latent.compare_gradients(case, comparison, gan, f"grad{step}/", gradients)
        _latent.compare_weights(case, comparison, gan, f"after{step}/")


def _gan(case: Case) -> Any:
    generator, encoder = _NAMES[case.said["system"]]
    rates = case.said["optimizers"]
    values = _latent.options_of(rates["generator"], rates["discriminator"]) | {
        "gan": "bigan" if case.said["system"] == "BiGAN" else "ali",
        "batch_size": case.said["config"]["batch"],
        "z_dim": case.said["config"]["z_dim"],
    }
    kind = bigan.Gan if case.said["system"] == "BiGAN" else ali.Gan
    images = ListedNetwork(case, encoder).input_shape_said
    dataset = dataclasses.replace(catalog.find("mnist"), image_shape=images)

    class OfCase(kind):  # type: ignore[misc, valid-type]
        """The product's, on the case's networks."""

        def build_generator(self) -> keras.Model:
            return ListedNetwork(case, generator)

        def build_encoder(self) -> keras.Model:
            return ListedNetwork(case, encoder)

        def build_discriminator(self) -> keras.Model:
            of_images, of_codes, joint = (ListedNetwork(case, name) for name in ("d_x", "d_z", "d_joint"))

            def judge(images: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
                x, z = of_images(images), of_codes(codes)
                return joint(x + z if kind is bigan.Gan else tf.concat([x, z], axis=1))

            return Joined([of_images, of_codes, joint], judge)

    return OfCase(Options.from_dict(values), dataset)


def _compare_losses(case: Case, comparison: Comparison, step: int, measured: dict[str, float]) -> None:
    expected = {
        name.removeprefix(f"step{step}/"): value
        for name, value in case.said["values"].items()
        if name.startswith(f"step{step}/")
    }
    d, e, g = measured["loss/d_real"] + measured["loss/d_fake"], measured["loss/e"], measured["loss/g"]
    if case.said["system"] == "BiGAN":
        found = {
            "d/real": measured["loss/d_real"], "d/generated": measured["loss/d_fake"], "d/loss": d / 2,
            "eg/real_pairs_called_generated": e, "eg/generated_pairs_called_real": g, "eg/loss": (e + g) / 2,
        }  # fmt: skip
    else:
        found = {"d/loss": d, "g/loss": e + g}
    for name, value in found.items():
        comparison.close(f"step{step}/{name}", value, expected[name], rtol=1e-5)


def _compare_outputs(case: Case, comparison: Comparison, gan: Any, images: tf.Tensor, drawn: dict) -> None:
    """What the step computes on its way, and what the trained model could be asked for, at the first weights."""
    expected, z = case.below("out/"), tf.constant(drawn["pairs/z"])
    fakes = gan.players["generator"](z)
    with given(drawn), _latent.drawing("pairs"):
        codes = gan.drawn_codes(images)
    real, fake = gan.judged(images, codes, fakes, z)
    found = {"generated": fakes, "d/real_logits": real[:, 0], "d/generated_logits": fake[:, 0],
             "code": codes, "encoded": codes, "reconstruction": gan.players["generator"](codes)}  # fmt: skip
    for name in expected:
        comparison.close(f"out/{name}", found[name], expected[name], rtol=1e-3, atol=1e-5)
    if "step1/EGr" in case.said["values"]:
        error = np.linalg.norm(images - gan.reconstruct(images), axis=1).mean()
        comparison.close("step1/EGr", error, case.said["values"]["step1/EGr"], rtol=1e-5)
