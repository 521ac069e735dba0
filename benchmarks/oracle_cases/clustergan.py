"""ClusterGAN: updates of the discriminator, then of generator and encoder; cases of oracle/latent_systems."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError, _latent
from benchmarks.oracle_cases._layers import Joined, ListedNetwork
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import clustergan
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws

_SCALE = 0.1


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps; of the first one also the outputs that are stored."""
    gan, updates = _gan(case), _updates(case)
    for step in (1, 2):
        inputs = {f"discriminator/{i}": case.below(f"in/step{step}/d{i}/") for i in range(updates)}
        batches = {purpose: {"images": tf.constant(each["real"])} for purpose, each in inputs.items()}
        inputs |= {"generator": case.below(f"in/step{step}/ge/")}
        drawn: dict[str, np.ndarray] = {}
        for purpose, each in inputs.items():
            drawn[f"{purpose}/z/noise"] = each["noise"] / _SCALE
            drawn |= {f"{purpose}/share": each["epsilon"]} if "epsilon" in each else {}
        classes = {f"{purpose}/z/cluster": each["classes"] for purpose, each in inputs.items()}
        if step == 1:
            _compare_outputs(case, comparison, gan, inputs)
        with _classes_given(classes):
            found = taken(gan, step, batches, drawn)
        _compare_losses(case, comparison, step, found.measured)
        for i, (_, gradients) in enumerate(found.gradients):
            name = f"d{i}" if i < updates else "ge"
            _latent.compare_gradients(case, comparison, gan, f"grad_{name}_{step}/", gradients)
        _latent.compare_weights(case, comparison, gan, f"after{step}/")


def _updates(case: Case) -> int:
    """Of the discriminator in a step."""
    return sum(name.startswith("in/step1/d") and name.endswith("/real") for name in case.arrays)


def _gan(case: Case) -> Any:
    said, rates = case.said["config"], case.said["optimizers"]
    if said["game"] != "wgan_gp" or said["categories"] != 1 or case.arrays["in/step1/d0/epsilon"].size != 1:
        raise NotBuiltError("the game is not the original's: WGAN-GP with one share for a batch, clusters once")
    values = _latent.options_of(rates["ge"], rates["d"]) | {
        "gan": "clustergan", "batch_size": said["batch"], "disc_iters": _updates(case), "z_dim": said["noise"],
        "clusters": said["classes"], "noise_scale": _SCALE, "noise_weight": said["beta_n"],
        "cluster_weight": said["beta_c"],
    }  # fmt: skip
    images = ListedNetwork(case, "e").input_shape_said
    dataset = dataclasses.replace(catalog.find("mnist"), image_shape=images)

    class OfCase(clustergan.Gan):
        """The product's, on the case's networks."""

        def build_generator(self) -> keras.Model:
            return ListedNetwork(case, "g")

        def build_encoder(self) -> keras.Model:
            return ListedNetwork(case, "e")

        def build_discriminator(self) -> keras.Model:
            judge = ListedNetwork(case, "d")
            return Joined([judge], lambda images: (judge(images), None))

    return OfCase(Options.from_dict(values), dataset)


@contextlib.contextmanager
def _classes_given(classes: Mapping[str, np.ndarray]) -> Iterator[None]:
    """Within the block drawn classes are these, by their purposes."""

    def labels(seed: draws.Seed, purpose: str, count: int, num_classes: int) -> tf.Tensor:
        del seed, num_classes
        return tf.ensure_shape(tf.constant(classes[purpose], tf.int32), [count])

    with mock.patch.object(draws.Seed, "labels", labels):
        yield


def _compare_outputs(case: Case, comparison: Comparison, gan: Any, inputs: Mapping[str, Any]) -> None:
    """At the first weights: slopes of the first update, and what the last one computes, which nothing moves before."""
    first, last = inputs["discriminator/0"], inputs["generator"]
    fakes = gan.players["generator"](_latents(gan, first))
    between = first["epsilon"] * first["real"] + (1.0 - first["epsilon"]) * fakes
    generated = gan.players["generator"](_latents(gan, last))
    nets = {name: player.network for name, player in gan.players.items()}
    encoded = gan.abilities(nets)["encode"].call(generated)
    for name, each in {"slopes": gan.slopes(between), "generated": generated, "encoded": encoded}.items():
        comparison.close(f"out/{name}", each, case.arrays[f"out/{name}"], rtol=1e-3, atol=1e-5)


def _latents(gan: Any, inputs: Mapping[str, np.ndarray]) -> tf.Tensor:
    return gan.prior.join({"noise": tf.constant(inputs["noise"]), "cluster": tf.constant(inputs["classes"])})


def _compare_losses(case: Case, comparison: Comparison, step: int, measured: dict[str, float]) -> None:
    """Of the discriminator's last update: the names of an update's measurements are the same in all."""
    expected, prefix = case.said["values"], f"step{step}/"
    d = f"d{_updates(case) - 1}/"
    slope = 10.0 * measured["loss/d_slope"]
    said = case.said["config"]
    last = said["beta_n"] * measured["loss/noise"] + said["beta_c"] * measured["loss/cluster"]
    found = {
        f"{d}penalty": slope, f"{d}loss": measured["loss/d"] + slope, "ge/adversarial": measured["loss/g"],
        "ge/noise_error": measured["loss/noise"], "ge/class_error": measured["loss/cluster"],
        "ge/loss": measured["loss/g"] + last,
    }  # fmt: skip
    for name, value in found.items():
        comparison.close(prefix + name, value, expected[prefix + name], rtol=1e-5)
