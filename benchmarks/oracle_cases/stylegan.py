"""StyleGAN at several levels of detail: cases stylegan1_* of oracle/style_based."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison
from benchmarks.oracle_cases import _growing as growing
from benchmarks.oracle_cases._steps import given, taken
from compare_gan_tf2.architectures._progressive import Channels, channels_of
from compare_gan_tf2.architectures.fading import shrunk
from compare_gan_tf2.architectures.growing_discriminators import MeanDiscriminator
from compare_gan_tf2.architectures.stylegan import AdainGenerator
from compare_gan_tf2.architectures.stylegan2 import Truncation
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import stylegan
from compare_gan_tf2.options import Options
from compare_gan_tf2.options.growing import Level
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.style_weights.names import Form
from compare_gan_tf2.style_weights.networks import fill

# Cancelled by instance norm where a whole channel is positive: its gradient is rounding, and Adam's step its sign.
_ROUNDING = ("b4.const.styled/bias",)


def compare(case: Case, comparison: Comparison) -> None:
    """Networks at all levels, truncated, with other noise; two steps at one level: losses, gradients, weights."""
    gan, config = _gan(case), case.said["config"]
    form = Form("stylegan", config["resolution"], config["generator"].get("fused_scale", "auto"))
    for key, network in (("g", gan.generator), ("g", gan.average), ("d", gan.discriminator)):
        fill(form, network, case.below(f"{key}/"))
    _compare_images(case, comparison, gan.generator)
    growing.compare_discriminator(case, comparison, gan.discriminator, _labels(case, "in/labels"))
    steps = growing.Steps(case, comparison, gan, form, _ROUNDING)
    for step in range(2):
        _compare_step(steps, step)
    steps.weights()


def _compare_images(case: Case, comparison: Comparison, network: AdainGenerator) -> None:
    w = network.mapped(tf.constant(case.arrays["in/z"]), labels=_labels(case, "in/labels"))
    growing.close(comparison, "out/w", w, case.arrays["out/w"])
    ws = network.for_layers(w)
    growing.compare_generator(case, comparison, lambda name, level, fade: network.synthesized(ws, level, fade))
    for name, expected in case.below("out/img_psi").items():
        psi, cutoff = re.fullmatch(r"([\d.]+)_cutoff(\d+)", name).groups()
        found = network.synthesized(network.for_layers(w, Truncation(float(psi), int(cutoff))))
        growing.close(comparison, f"out/img_psi{name}", found, growing.nhwc(expected))
    noise = {f"shown/{name}": each for name, each in _noise(case, "in/noise/").items()}
    with given(noise), draws.drawing(draws.Seed.of(0, 1), "shown", draws.Share()):
        found = network.synthesized(ws, training=True)
    growing.close(comparison, "out/img_noise", found, growing.nhwc(case.arrays["out/img_noise"]))


def _compare_step(steps: growing.Steps, step: int) -> None:
    case, comparison, gan = steps.case, steps.comparison, steps.gan
    drawn: dict[str, np.ndarray] = {}
    for key, turn in (("d", "discriminator"), ("g", "generator")):
        drawn |= _drawn(case, f"in/step{step}/{key}/", turn, gan)
    images = 0.5 * growing.nhwc(case.arrays[f"in/step{step}/real"]) + 0.5
    batches: dict[str, dict[str, tf.Tensor]] = {"discriminator": {"images": tf.constant(images)}}
    if case.said["config"]["label_size"]:
        batches["discriminator"]["labels"] = _labels(case, f"in/step{step}/labels_real")
        batches["generator"] = {"labels": _labels(case, f"in/step{step}/labels_g")}
    found = taken(gan, step + 1, batches, drawn)
    measured, half = found.measured, gan.options.r1_gamma / 2.0
    values = {
        "d_loss": measured["loss/d_fake"] + measured["loss/d_real"] + half * measured["loss/r1"],
        "g_loss": measured["loss/g"], "r1": measured["loss/r1"],
    }  # fmt: skip
    for name, value in values.items():
        where = f"out/step{step}/{name}"
        comparison.close(where, value, float(case.arrays[where].mean()), rtol=1e-5)
    center = case.arrays[f"out/step{step}/dlatent_avg"]
    growing.close(comparison, f"out/step{step}/dlatent_avg", gan.generator.center.numpy(), center)
    for _, gradients in found.gradients:
        steps.gradients(step, gradients)


def _drawn(case: Case, where: str, turn: str, gan: Any) -> dict[str, np.ndarray]:
    """What a turn draws, by the purposes of the product's random numbers."""
    layers = gan.generator.styles - 2 * int(case.said["training"]["lod"])
    cutoff = int(case.arrays[f"{where}cutoff"])
    # In the middle of the numbers that lead to this layer.
    place = (cutoff - 0.5) / (layers - 1)
    is_mixed = float(case.arrays[f"{where}u"]) < gan.options.style_mixing
    assert not is_mixed or cutoff < layers
    return {
        f"{turn}/z": case.arrays[f"{where}z"],
        f"{turn}/other/z": case.arrays[f"{where}z2"],
        f"{turn}/mixing": np.array([[float(case.arrays[f"{where}u"]), place if is_mixed else 0.0]]),
    } | {f"{turn}/{name}": each for name, each in _noise(case, f"{where}noise/").items()}


def _noise(case: Case, where: str) -> dict[str, np.ndarray]:
    """Maps [B, side, side, 1] by the names of the draws."""
    return {f"noise/{_layer(int(number))}": growing.nhwc(each) for number, each in case.below(where).items()}


def _layer(number: int) -> str:
    """The layer of a map of noise."""
    side, second = 4 << (number // 2), number % 2
    return f"b{side}.conv1" if second else f"b{side}.{'const' if side == 4 else 'conv0'}"


def _gan(case: Case) -> Any:
    config, training = case.said["config"], case.said["training"]
    side, classes = config["resolution"], config["label_size"]
    shape = (side, side, case.arrays["in/real"].shape[1])
    names = tuple(map(str, range(classes)))
    dataset = dataclasses.replace(catalog.find("cifar10"), image_shape=shape, class_names=names)
    channels: Channels = channels_of(config["fmap_base"], config["fmap_max"])

    class OfCase(stylegan.Gan):
        """The product's, on networks of the case's sizes."""

        def setup(self) -> None:
            super().setup()
            self.schedule = growing.schedule_at(training["lod"], side, config["batch"])

        def real(self, level: Level, images: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
            return shrunk(2.0 * images - 1.0, 1 << level.level)  # those of the case are not faded

        def build_generator(self) -> keras.Model:
            return AdainGenerator(
                shape, channels, z_dim=config["latent_size"], style_length=config["dlatent_size"],
                mapping_layers=config["mapping_layers"], seed="", num_classes=classes,
                center_decay=training["dlatent_avg_beta"],
            )  # fmt: skip

        def build_discriminator(self) -> keras.Model:
            return MeanDiscriminator(
                shape, channels, seed="", num_classes=classes, blurs=True, group=config["mbstd_group_size"]
            )

    adam = training["adam"]
    values = {
        "gan": "stylegan", "dataset": "cifar10", "batch_size": config["batch"], "z_dim": config["latent_size"],
        "beta1": float(adam["beta1"]), "beta2": adam["beta2"], "g_learning_rate": training["learning_rate"],
        "d_learning_rate": training["learning_rate"], "r1_gamma": training["r1_gamma"],
        "style_mixing": training["style_mixing_prob"], "ema_decay": float(training["ema"].split()[0]),
        "growing_from": 0, "conditional": classes > 0,
    }  # fmt: skip
    return OfCase(Options.from_dict(values), dataset)


def _labels(case: Case, name: str) -> tf.Tensor | None:
    """Of one-hot rows; None where there are none."""
    return tf.constant(case.arrays[name].argmax(axis=1), tf.int32) if name in case.arrays else None
