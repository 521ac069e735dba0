"""O-GAN: one update of generator and encoder, scores and codes; cases of oracle/latent_systems."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError, _latent
from benchmarks.oracle_cases._layers import Joined, ListedNetwork
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import ogan
from compare_gan_tf2.options import Options


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps; of the first one also the outputs that are stored. The case's images are in [-1, 1]."""
    gan = _gan(case)
    for step in (1, 2):
        inputs = case.below(f"in/step{step}/")
        images, z = tf.constant(0.5 * inputs["real"] + 0.5), inputs["z"]
        if step == 1:
            _compare_outputs(case, comparison, gan, images, tf.constant(z))
        found = taken(gan, step, {"both": {"images": images}}, {"both/z": z})
        _compare_losses(case, comparison, step, found.measured)
        ((_, gradients),) = found.gradients
        _latent.compare_gradients(case, comparison, gan, f"grad{step}/", gradients)
        _latent.compare_weights(case, comparison, gan, f"after{step}/")


def _gan(case: Case) -> Any:
    said, rates = case.said["config"], case.said["optimizers"]["both"]
    constants = ogan.published(ogan.Optimizer("rmsprop", 1.0))
    if (rates["kind"], rates["rho"], rates["epsilon"]) != ("rmsprop", constants.square_decay, constants.epsilon):
        raise NotBuiltError("its optimizer is not the original's")
    values = {
        "gan": "ogan", "batch_size": said["batch"], "correlation_weight": said["correlation_weight"],
        "d_learning_rate": rates["learning_rate"], "g_learning_rate": rates["learning_rate"], "z_dim": said["z_dim"],
    }  # fmt: skip
    images = ListedNetwork(case, "e").input_shape_said
    dataset = dataclasses.replace(catalog.find("mnist"), image_shape=images)

    class OfCase(ogan.Gan):
        """The product's, on the case's networks, between which images are in [0, 1]."""

        def build_generator(self) -> keras.Model:
            make = ListedNetwork(case, "g")
            network = Joined([make], lambda z: 0.5 * make(z) + 0.5)
            network.z_dim = make.z_dim
            return network

        def build_discriminator(self) -> keras.Model:
            encode = ListedNetwork(case, "e")
            return Joined([encode], lambda images: encode(2.0 * images - 1.0))

    return OfCase(Options.from_dict(values), dataset)


def _compare_losses(case: Case, comparison: Comparison, step: int, measured: dict[str, float]) -> None:
    """The published loss has a term that is 0, and whose gradient is that of `loss/g`."""
    expected, prefix = case.said["values"], f"step{step}/"
    weight = case.said["config"]["correlation_weight"]
    quadratic = 0.25 * measured["loss/d_quadratic"]
    found = {
        "t1": measured["loss/d"], "qp": quadratic, "correlation": measured["correlation"],
        "loss": measured["loss/d"] + quadratic - weight * measured["correlation"],
    }  # fmt: skip
    for name, value in found.items():
        comparison.close(prefix + name, value, expected[prefix + name], rtol=1e-5, atol=1e-7)


def _compare_outputs(case: Case, comparison: Comparison, gan: Any, images: tf.Tensor, z: tf.Tensor) -> None:
    """At the first weights."""
    encode, generate = gan.players["discriminator"], gan.players["generator"]
    nets = {name: player.network for name, player in gan.players.items()}
    of_real, of_fake = encode(images), encode(generate(z))
    codes = gan.abilities(nets)["encode"].call(images)
    found = {
        "encoded_real": of_real, "score_real": ogan.score(of_real), "code_real": codes,
        "encoded_generated": of_fake, "correlations": ogan.correlation(z, of_fake),
        "reconstruction": 2.0 * generate(codes) - 1.0,
    }  # fmt: skip
    for name, each in found.items():
        comparison.close(f"out/{name}", each, case.arrays[f"out/{name}"], rtol=1e-3, atol=1e-5)
