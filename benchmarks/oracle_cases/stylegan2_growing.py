"""Configurations B to D of StyleGAN2, which grow: case sg2_tensorflow_growing_* of oracle/style_based."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison
from benchmarks.oracle_cases import _growing as growing
from benchmarks.oracle_cases._steps import given
from compare_gan_tf2.architectures.stylegan2 import Truncation
from compare_gan_tf2.architectures.stylegan2_growing import FilteringDiscriminator, ModulatedGenerator
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import Term, stylegan
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.style_weights.names import Form
from compare_gan_tf2.style_weights.networks import fill

# Of norms of whole gradients, which are sums of many squares.
_RTOL_NORM = 2e-5
_RTOL_SECOND = 1e-4


def compare(case: Case, comparison: Comparison) -> None:
    """Networks at all levels, truncated; losses, R1 and path lengths, and the norms of their gradients."""
    gan = _gan(case)
    generator, discriminator = gan.generator, gan.discriminator
    form = Form("stylegan2_growing", case.said["config"]["resolution"])
    fill(form, generator, case.below("g/"))
    fill(form, discriminator, case.below("d/"))
    labels = tf.constant(case.arrays["in/labels"].argmax(axis=1), tf.int32)
    w = generator.mapped(tf.constant(case.arrays["in/z"]), labels=labels)
    growing.close(comparison, "out/w", w, case.arrays["out/w"])
    ws = generator.for_layers(w)
    growing.compare_generator(case, comparison, lambda name, level, fade: generator.synthesized(ws, level, fade))
    for name, expected in case.below("out/img_psi").items():
        psi, _, cutoff = name.partition("_cutoff")
        nearer = generator.for_layers(w, Truncation(float(psi), int(cutoff or 0)))
        growing.close(comparison, f"out/img_psi{name}", generator.synthesized(nearer), growing.nhwc(expected))
    growing.compare_discriminator(case, comparison, discriminator, labels)
    _compare_terms(case, comparison, gan, labels)


def _compare_terms(case: Case, comparison: Comparison, gan: Any, labels: tf.Tensor) -> None:
    """Terms of all four objectives, with constant noise and without mixing."""
    level, step = gan.schedule.levels[0], tf.constant(1, tf.int64)
    images = tf.constant(0.5 * growing.nhwc(case.arrays["in/real"]) + 0.5)
    z = {name: tf.constant(case.arrays[f"in/{name}"]) for name in ("loss/z_d", "loss/z_g", "pl/z")}
    norms = case.said["gradient_norms_of_mean_loss"]

    def noted(key: str, where: str, player: str, objective: Any, expected: np.ndarray, rtol: float) -> None:
        variables = gan.players[player].network.trainable_variables
        with tf.GradientTape() as tape:
            terms = [each for each in objective().values() if isinstance(each, Term) or tf.is_tensor(each)]
            total = tf.add_n([each.value * each.weight if isinstance(each, Term) else each for each in terms])
        gradients = tape.gradient(total, [each.value for each in variables])
        comparison.close(where, total, float(expected.mean()), rtol=rtol)
        norm = tf.linalg.global_norm([each for each in gradients if each is not None])
        comparison.close(f"gradient_norms/{key}", norm, norms[key], rtol=max(rtol, _RTOL_NORM))

    out = case.arrays
    noted("d_loss", "out/loss/d", "discriminator", lambda: gan.d(level, images, z["loss/z_d"], step, labels),
          out["out/loss/d"], 1e-5)  # fmt: skip
    noted("g_loss", "out/loss/g", "generator", lambda: gan.g(level, z["loss/z_g"], step, labels),
          out["out/loss/g"], 1e-5)  # fmt: skip
    # A lazy update counts as many times as there are steps to the next.
    noted("r1", "out/r1_reg", "discriminator", lambda: gan.r1(level, images, step, labels), out["out/r1_reg"],
          _RTOL_SECOND)  # fmt: skip
    count = len(out["in/pl/z"])
    maps = {
        f"path_length/noise/{layer}": np.tile(each.numpy()[None, :, :, None], (count, 1, 1, 1))
        for layer, leaf, each in (
            (*name.rpartition(".")[::2], each) for name, each in gan.generator.named_variables().items()
        )
        if leaf == "noise/map"
    }
    drawn = maps | {"path_length/pixels": growing.nhwc(out["in/pl/noise"])}

    def path_length() -> Any:
        with given(drawn), draws.drawing(draws.Seed.of(0, 1), "path_length", draws.Share()):
            found = gan.path_length(level, z["pl/z"], step, tf.zeros([]), labels[:count])
        mean = gan.follow(found["lengths"].value, tf.zeros([]))["path_length/mean"]
        comparison.close("out/pl/mean", mean, out["out/pl/mean"], rtol=1e-5)
        return found

    noted("pl", "out/pl/reg", "generator", path_length, out["out/pl/reg"], _RTOL_SECOND)


def _gan(case: Case) -> Any:
    config = case.said["config"]
    side, classes = config["resolution"], config["label_size"]
    shape, names = (side, side, case.arrays["in/real"].shape[1]), tuple(map(str, range(classes)))
    dataset = dataclasses.replace(catalog.find("cifar10"), image_shape=shape, class_names=names)

    def channels(of_map: int) -> int:
        return min(2 * config["fmap_base"] // of_map, config["fmap_max"])

    class OfCase(stylegan.Gan):
        """The product's, on networks of the case's sizes; penalties have updates of their own, counted once."""

        def build_generator(self) -> keras.Model:
            return ModulatedGenerator(
                shape, channels, z_dim=config["latent_size"], style_length=config["dlatent_size"],
                mapping_layers=config["mapping_layers"], seed="", num_classes=classes,
            )  # fmt: skip

        def build_discriminator(self) -> keras.Model:
            return FilteringDiscriminator(shape, channels, seed="", num_classes=classes)

    lazy = 16
    values = {
        "gan": "stylegan", "architecture": "stylegan2_growing", "dataset": "cifar10", "batch_size": config["batch"],
        "z_dim": config["latent_size"], "r1_gamma": config["r1_gamma"] / lazy, "r1_interval": lazy,
        "path_length_weight": config["pl_weight"], "path_length_interval": 1, "style_mixing": 0.0, "growing_from": 0,
        "conditional": True,
    }  # fmt: skip
    return OfCase(Options.from_dict(values), dataset)
