"""PGGAN at several levels of detail: cases pggan_* of oracle/style_based."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison
from benchmarks.oracle_cases import _growing as growing
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.architectures._progressive import Channels, channels_of
from compare_gan_tf2.architectures.fading import enlarged, faded, shrunk
from compare_gan_tf2.architectures.growing_discriminators import MeanDiscriminator
from compare_gan_tf2.architectures.pggan import GrowingGenerator
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import pggan
from compare_gan_tf2.options import Options
from compare_gan_tf2.options.growing import Level
from compare_gan_tf2.style_weights.names import Form
from compare_gan_tf2.style_weights.networks import fill


def compare(case: Case, comparison: Comparison) -> None:
    """Networks and faded images at all levels, and two steps at one: losses, gradients, weights, their average."""
    side = case.said["config"]["resolution"]
    gan = _gan(case)
    form = Form("pggan", side, fused_scale=True)
    for key, network in (("g", gan.generator), ("g", gan.average), ("d", gan.discriminator)):
        fill(form, network, case.below(f"{key}/"))
    labels = _labels(case, "in/labels")
    z = tf.constant(case.arrays["in/z"])
    growing.compare_generator(
        case, comparison, lambda name, level, fade: gan.generator.synthesized(z, labels, level, fade)
    )
    growing.compare_discriminator(case, comparison, gan.discriminator, labels)
    for name, lod in growing.levels_of_detail(case):
        level, fade = growing.at(lod)
        small = tf.constant(growing.nhwc(case.arrays[f"in/reals_small/{name}"]), tf.float32) / 127.5 - 1.0
        expected = growing.nhwc(case.arrays[f"out/process_reals/{name}"])
        growing.close(comparison, f"out/process_reals/{name}", enlarged(faded(small, fade), 1 << level), expected)
    steps = growing.Steps(case, comparison, gan, form)
    for step in range(2):
        _compare_step(steps, step)
    steps.weights()


def _compare_step(steps: growing.Steps, step: int) -> None:
    case, comparison, gan = steps.case, steps.comparison, steps.gan
    stored = {name: case.arrays[f"in/step{step}/{name}"] for name in ("z_d", "z_g", "mixing")}
    drawn = {"discriminator/z": stored["z_d"], "generator/z": stored["z_g"], "discriminator/between": stored["mixing"]}
    images = 0.5 * growing.nhwc(case.arrays[f"in/step{step}/real"]) + 0.5
    batches: dict[str, dict[str, tf.Tensor]] = {"discriminator": {"images": tf.constant(images)}}
    if case.said["config"]["label_size"]:
        batches["discriminator"]["labels"] = _labels(case, f"in/step{step}/labels_real")
        batches["generator"] = {"labels": _labels(case, f"in/step{step}/labels_g")}
    found = taken(gan, step + 1, batches, drawn)
    weights = {"loss/slopes": gan.options.slope_weight / gan.options.slope_target**2,
               "loss/drift": gan.options.drift_weight}  # fmt: skip
    sums = {"d": 0.0, "g": 0.0}
    for name, value in found.measured.items():
        if name.startswith("loss/"):
            sums["g" if name in ("loss/g", "loss/g_class") else "d"] += weights.get(name, 1.0) * value
    for key, value in sums.items():
        expected = float(case.arrays[f"out/step{step}/{key}_loss"].mean())
        comparison.close(f"out/step{step}/{key}_loss", value, expected, rtol=1e-5, atol=1e-5)
    norms = case.arrays[f"out/step{step}/mixed_norms"]
    expected = np.square(norms - gan.options.slope_target).mean()
    comparison.close(f"out/step{step}/mixed_norms", found.measured["loss/slopes"], expected, rtol=1e-5)
    for _, gradients in found.gradients:
        steps.gradients(step, gradients)


def _gan(case: Case) -> Any:
    config, training = case.said["config"], case.said["training"]
    side, classes = config["resolution"], config["label_size"]
    shape = (side, side, case.arrays["in/real"].shape[1])
    names = tuple(map(str, range(classes)))
    dataset = dataclasses.replace(catalog.find("cifar10"), image_shape=shape, class_names=names)
    channels: Channels = channels_of(config["fmap_base"], config["fmap_max"])

    class OfCase(pggan.Gan):
        """The product's, on networks of the case's sizes."""

        def setup(self) -> None:
            super().setup()
            self.schedule = growing.schedule_at(training["lod"], side, config["batch"])

        def real(self, level: Level, images: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
            return shrunk(2.0 * images - 1.0, 1 << level.level)  # those of the case are not faded

        def build_generator(self) -> keras.Model:
            return GrowingGenerator(shape, channels, z_dim=config["latent_size"], seed="", num_classes=classes)

        def build_discriminator(self) -> keras.Model:
            return MeanDiscriminator(
                shape, channels, seed="", num_classes=classes, tells_classes=classes > 0,
                group=config["mbstd_group_size"],
            )  # fmt: skip

    adam = training["adam"]
    values = {
        "gan": "pggan", "dataset": "cifar10", "batch_size": config["batch"], "z_dim": config["latent_size"],
        "beta1": float(adam["beta1"]), "beta2": adam["beta2"], "g_learning_rate": training["learning_rate"],
        "d_learning_rate": training["learning_rate"], "ema_decay": training["smoothing"], "growing_from": 0,
        "conditional": classes > 0,
    }  # fmt: skip
    return OfCase(Options.from_dict(values), dataset)


def _labels(case: Case, name: str) -> tf.Tensor | None:
    """Of one-hot rows; None where there are none."""
    return tf.constant(case.arrays[name].argmax(axis=1), tf.int32) if name in case.arrays else None
