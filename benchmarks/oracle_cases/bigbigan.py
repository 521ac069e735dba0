"""BigBiGAN: updates of the discriminator with three scores, then of generator and encoder; oracle/latent_systems."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, _latent
from benchmarks.oracle_cases._layers import Joined, ListedNetwork
from benchmarks.oracle_cases._steps import Gradients, given, taken
from compare_gan_tf2.architectures.scored_pairs import SCORES
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import bigbigan
from compare_gan_tf2.options import Options


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps; of the first one also the outputs that are stored."""
    gan = _gan(case)
    updates = case.said["config"]["discriminator_updates_per_step"]
    for step in (1, 2):
        purposes = {_group(i, updates): f"discriminator/{i}" for i in range(updates)} | {"eg": "generator"}
        inputs = {purpose: case.below(f"in/step{step}/{group}/") for group, purpose in purposes.items()}
        drawn = {f"{purpose}/{name}": each[name] for purpose, each in inputs.items() for name in ("z", "noise")}
        batches = {purpose: {"images": tf.constant(each["real"])} for purpose, each in inputs.items()}
        if step == 1:
            with given(drawn):
                _compare_outputs(case, comparison, gan, inputs)
        found = taken(gan, step, batches, drawn)
        _compare_losses(case, comparison, step, found.measured)
        for i, (_, gradients) in enumerate(found.gradients[:-1]):
            _latent.compare_gradients(case, comparison, gan, f"grad_d{i}_{step}/", gradients)
        last: Gradients = found.gradients[-1][1]
        _latent.compare_gradients(case, comparison, gan, f"grad{step}/", last)
        _latent.compare_weights(case, comparison, gan, f"after{step}/")


def _group(number: int, updates: int) -> str:
    """What the case calls the inputs of one of the discriminator's updates."""
    return "d" if updates == 1 else f"d{number}"


def _gan(case: Case) -> Any:
    rates = case.said["optimizers"]
    values = _latent.options_of(rates["generator"], rates["discriminator"]) | {
        "gan": "bigbigan",
        "batch_size": case.said["config"]["batch"],
        "disc_iters": case.said["config"]["discriminator_updates_per_step"],
        "encoder_rate": rates["encoder"]["learning_rate"] / rates["generator"]["learning_rate"],
        "z_dim": case.said["config"]["z_dim"],
    }
    images = ListedNetwork(case, "encoder").input_shape_said
    dataset = dataclasses.replace(catalog.find("mnist"), image_shape=images)

    class OfCase(bigbigan.Gan):
        """The product's, on the case's networks."""

        def build_generator(self) -> keras.Model:
            return ListedNetwork(case, "generator")

        def build_encoder(self) -> keras.Model:
            return ListedNetwork(case, "encoder")

        def build_discriminator(self) -> keras.Model:
            parts = [ListedNetwork(case, name) for name in ("d_f", "d_h", "d_s_x", "d_s_z", "d_j")]
            of_images, of_codes, score_x, score_z, score_pairs = parts

            def judge(images: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
                x, z = of_images(images), of_codes(codes)
                return tf.concat([score_x(x), score_z(z), score_pairs(tf.concat([x, z], axis=1))], axis=1)

            return Joined(parts, judge)

    return OfCase(Options.from_dict(values), dataset)


def _compare_outputs(case: Case, comparison: Comparison, gan: Any, inputs: dict) -> None:
    """At the first weights: scores of the first update, and what the last one computes, which nothing moves before."""
    first, last = inputs["discriminator/0"], inputs["generator"]
    images, z = tf.constant(first["real"]), tf.constant(first["z"])
    with _latent.drawing("discriminator/0"):
        both = gan.judged(images, gan.drawn_codes(images), gan.players["generator"](z), z)
    found = {
        f"scores/{kind}_{name}": scores[:, place]
        for kind, scores in zip(("enc", "gen"), both, strict=True)
        for place, name in enumerate(SCORES)
    }
    with _latent.drawing("generator"):
        found["encoded"] = gan.drawn_codes(tf.constant(last["real"]))
    found["generated"] = gan.players["generator"](tf.constant(last["z"]))
    for name, each in found.items():
        comparison.close(f"out/{name}", each, case.arrays[f"out/{name}"], rtol=1e-3, atol=1e-5)


def _compare_losses(case: Case, comparison: Comparison, step: int, measured: dict[str, float]) -> None:
    """Of the discriminator's last update: the names of an update's measurements are the same in all."""
    expected, prefix = case.said["values"], f"step{step}/"
    updates = case.said["config"]["discriminator_updates_per_step"]
    last = _group(updates - 1, updates)
    terms = {
        f"{last}/{theirs}_{name}": measured[f"loss/d_{ours}_{name}"]
        for theirs, ours in (("enc", "real"), ("gen", "fake"))
        for name in SCORES
    }
    found = terms | {f"{last}/loss": sum(terms.values()), "encoder/loss": measured["loss/e"],
                     "generator/loss": measured["loss/g"]}  # fmt: skip
    for name, value in found.items():
        comparison.close(prefix + name, value, expected[prefix + name], rtol=1e-5, atol=1e-6)
