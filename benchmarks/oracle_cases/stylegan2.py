"""StyleGAN2 with lazy R1 and path length: cases sg2_train_* of oracle/style_based."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison
from benchmarks.oracle_cases._official import ours
from benchmarks.oracle_cases._steps import Gradients, given, taken
from benchmarks.oracle_cases._stylegan2 import discriminator, form, generator, nhwc
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import stylegan2
from compare_gan_tf2.gans.engine import Batches
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.style_weights.networks import fill

# The case's names of the phases, and the turns'.
_PHASES = {"Gmain": "generator", "Greg": "path_length", "Dmain": "discriminator", "Dreg": "r1"}
# Of the folder's README: parts of a tensor's largest element, for gradients of first order, and of penalties.
_OF_LARGEST = {"Gmain": 1e-5, "Greg": 1e-4, "Dmain": 1e-5, "Dreg": 1e-4}
# Squares of differences of lengths, which are gradients themselves and nearly equal.
_RTOL_PATHS = 1e-4
# Of a step of Adam, for weights.
_OF_STEP = 5e-3


def compare(case: Case, comparison: Comparison) -> None:
    """Both iterations: losses, gradients, the mean path length, and in the end weights and their average."""
    config = case.said["config"]
    gan = _gan(case)
    for name, network in (("g", gan.generator), ("g", gan.average), ("d", gan.discriminator)):
        fill(form(config), network, case.below(f"{name}/"))
    _compare_path_lengths(case, comparison, gan)
    for iteration in range(config["iterations"]):
        prefix = f"it{iteration}"
        drawn: dict[str, np.ndarray] = {}
        for phase, turn in _PHASES.items():
            drawn |= _drawn(case, f"{prefix}/z/{phase}", f"{prefix}/{phase}", turn, config)
        found = taken(gan, iteration + 1, _batches(case, prefix), drawn)
        _compare_losses(case, comparison, prefix, found.measured)
        phases = {turn: phase for phase, turn in _PHASES.items()}
        for turn, gradients in found.gradients:
            _compare_gradients(case, comparison, gan, f"{prefix}/{phases[turn]}", gradients)
    for name, network in (("g", gan.generator), ("ema", gan.average), ("d", gan.discriminator)):
        _compare_weights(case, comparison, network, f"after/{name}/")


def _gan(case: Case) -> Any:
    config, adam = case.said["config"], case.said["config"]["adam"]
    side, colors = config["resolution"], case.arrays["in/it0/real"].shape[1]
    classes = tuple(map(str, range(config["c_dim"] or 10)))
    dataset = dataclasses.replace(catalog.find("cifar10"), image_shape=(side, side, colors), class_names=classes)

    class OfCase(stylegan2.Gan):
        """The product's, on networks of the case's sizes."""

        def build_generator(self) -> keras.Model:
            noise = {"const": "constant", "random": "random"}[config["noise_mode"]]
            return generator(config, colors, noise)

        def build_discriminator(self) -> keras.Model:
            return discriminator(config, colors)

    values = {
        "gan": "stylegan2", "dataset": "cifar10", "batch_size": config["batch"], "z_dim": config["z_dim"],
        "r1_gamma": config["r1_gamma"], "r1_interval": config["d_reg_interval"],
        "path_length_weight": config["pl_weight"], "path_length_interval": config["g_reg_interval"],
        "style_mixing": config["style_mixing_prob"], "beta1": float(adam["beta1"]), "beta2": adam["beta2"],
        "g_learning_rate": config["base_learning_rate"], "d_learning_rate": config["base_learning_rate"],
        "ema_kimg": config["ema_kimg"], "ema_rampup": 0.0, "conditional": bool(config["c_dim"]),
        "fake_labels": "uniform",
        "label_mapping_layers": config["d_mapping_layers"],
    }  # fmt: skip
    return OfCase(Options.from_dict(values), dataset)


def _batches(case: Case, prefix: str) -> Batches:
    """What an iteration reads: real images and their labels."""
    images = 0.5 * nhwc(case.arrays[f"in/{prefix}/real"]) + 0.5
    read = {"images": tf.constant(images)}
    if f"in/{prefix}/real_c" in case.arrays:
        read["labels"] = tf.constant(case.arrays[f"in/{prefix}/real_c"].argmax(axis=1), tf.int32)
    return {"discriminator": read}


def _drawn(case: Case, z: str, phase: str, turn: str, config: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """What a phase draws, by the purposes of the product's random numbers."""
    stored = case.arrays
    if f"in/{z}" not in stored:
        return {}
    count = config["batch"] // config["pl_batch_shrink"] if turn == "path_length" else config["batch"]
    found = {f"{turn}/z": stored[f"in/{z}"][:count]}
    if (labels := z.replace("/z/", "/c/")) != z and f"in/{labels}" in stored:
        found[f"{turn}/labels"] = stored[f"in/{labels}"][:count].argmax(axis=1)
    if f"in/{phase}/mix_z0" in stored:
        found[f"{turn}/other/z"] = stored[f"in/{phase}/mix_z0"]
        cutoff, styles = int(stored[f"in/{phase}/mix_cutoff0"]), 2 * config["resolution"].bit_length() - 4
        # In the middle of the numbers that lead to this layer; none is mixed at or beyond the last.
        is_mixed = cutoff < styles
        found[f"{turn}/mixing"] = np.array([[0.0, (cutoff - 0.5) / (styles - 1)] if is_mixed else [1.0, 0.0]])
    if f"in/{phase}/pl_noise" in stored:
        found[f"{turn}/pixels"] = nhwc(stored[f"in/{phase}/pl_noise"])
    for layer, noise in case.below(f"in/{phase}/noise/0/").items():
        found[f"{turn}/noise/{layer}"] = nhwc(noise)
    return found


def _compare_path_lengths(case: Case, comparison: Comparison, gan: Any) -> None:
    """Three evaluations in a row on the first generator, the mean following."""
    mean, asked = tf.zeros([]), inspect.signature(gan.path_length).parameters
    count = len({name.split("/")[2] for name in case.arrays if name.startswith("in/pl3/")})
    for i in range(count):
        drawn = _drawn(case, f"pl3/{i}/z", f"pl3/{i}", "path_length", case.said["config"])
        with given(drawn), draws.drawing(draws.Seed.of(0, 1), "path_length", draws.Share()):
            more = {name: stream.draw(len(drawn["path_length/z"]), "path_length", draws.Seed.of(0, 1))
                    for name, stream in gan.streams.items() if stream.draw and name in asked}  # fmt: skip
            outcome = gan.path_length(path_length_mean=mean, **more)
        mean = gan.follow(outcome["lengths"].value, mean)["path_length/mean"]
        comparison.close(f"out/pl3/{i}/pl_mean", mean, case.arrays[f"out/pl3/{i}/pl_mean"], rtol=1e-5)
        penalty = case.arrays[f"out/pl3/{i}/pl_penalty"].mean()
        comparison.close(f"out/pl3/{i}/pl_penalty", outcome["loss/path_length"].value, penalty, rtol=_RTOL_PATHS)


def _compare_losses(case: Case, comparison: Comparison, prefix: str, measured: Mapping[str, float]) -> None:
    found = {
        "Gmain/loss": measured["loss/g"],
        "Greg/pl_penalty": measured.get("loss/path_length"),
        "Greg/pl_mean": measured.get("path_length/mean"),
        "Dmain/loss": measured["loss/d_fake"] + measured["loss/d_real"],
        "Dreg/r1_penalty": measured.get("loss/r1"),
    }
    for name, value in found.items():
        stored = case.arrays.get(f"out/{prefix}/{name}")
        if (stored is None) != (value is None):
            comparison.equal_names(f"out/{prefix}", {name}, set())
        elif stored is not None:
            rtol = _RTOL_PATHS if name == "Greg/pl_penalty" else 1e-5
            comparison.close(f"out/{prefix}/{name}", value, stored.mean(), rtol=rtol)


def _compare_gradients(case: Case, comparison: Comparison, gan: Any, where: str, gradients: Gradients) -> None:
    expected = case.below(f"grad/{where}/")
    if not expected and (case.is_reduced or not where.startswith("it0")):  # of the first iteration alone are stored
        return
    ((player, list_),) = gradients.items()
    network = gan.players[player].network
    found = {
        id(variable): np.zeros(variable.shape) if each is None else each
        for variable, each in zip(network.trainable_variables, list_, strict=True)
    }
    by_name = {name: found[id(each)] for name, each in network.named_variables().items() if id(each) in found}
    stored = ours(form(case.said["config"]), network, expected)
    comparison.equal_names(f"grad/{where}", set(by_name), set(stored))
    for name in sorted(set(by_name) & set(stored)):
        atol = _OF_LARGEST[where.partition("/")[2]] * max(np.abs(stored[name]).max(), 1e-6)
        comparison.close(f"grad/{where}/{name}", by_name[name], stored[name], atol=atol)


def _compare_weights(case: Case, comparison: Comparison, network: Any, prefix: str) -> None:
    stored = ours(form(case.said["config"]), network, case.below(prefix))
    if case.is_reduced and not stored:
        return
    found = {name: each for name, each in network.named_variables().items() if not name.endswith("noise/map")}
    stored = {name: each for name, each in stored.items() if not name.endswith("noise/map")}
    comparison.equal_names(prefix, set(found), set(stored))
    for name in sorted(set(found) & set(stored)):
        # Two roundings of the largest (weights of the mapping are of the order of 100), and a little of a step: with
        # beta1 = 0 Adam's steps are of nearly full size also where a gradient is not much more than its rounding.
        rate = case.said["config"]["base_learning_rate"]
        atol = 2.4e-7 * max(float(np.abs(stored[name]).max()), 1.0) + _OF_STEP * rate
        comparison.close(prefix + name, found[name].numpy(), stored[name], atol=atol)
