"""LAPGAN: a level and the coarsest one, class-conditional; a case of oracle/latent_systems."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError, _latent
from benchmarks.oracle_cases._layers import Joined, ListedNetwork
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.architectures.lapgan import PyramidGenerator, enlarged
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import lapgan
from compare_gan_tf2.options import Options


def compare(case: Case, comparison: Comparison) -> None:
    """The pyramid, both steps, and the sampled chain after them."""
    gan = _gan(case)
    _compare_pyramid(case, comparison, gan)
    for step in (1, 2):
        given = case.below(f"in/step{step}/")
        drawn = _drawn(given)
        real = {"images": tf.constant(given["real"]), "labels": tf.constant(given["labels"])}
        # The product takes every second image as real, the case the first half.
        order = np.arange(len(given["labels"])).reshape(2, -1).T.ravel()
        batches = {"generator": real, "discriminator": {name: tf.gather(each, order) for name, each in real.items()}}
        if step == 1:
            _compare_outputs(case, comparison, gan, batches["discriminator"], drawn)
        found = taken(gan, step, batches, drawn)
        for name, value in found.measured.items():
            side, _, level = name.removeprefix("loss/").partition("_")
            where = f"step{step}/{side}{level}/loss"
            comparison.close(where, value, case.said["values"][where], rtol=1e-5)
        gradients = {name: each for _, by_player in found.gradients for name, each in by_player.items()}
        _latent.compare_gradients(case, comparison, gan, f"grad{step}/", gradients)
        _latent.compare_weights(case, comparison, gan, f"after{step}/")
    _compare_sample(case, comparison, gan)


def _gan(case: Case) -> Any:
    config, rates = case.said["config"], case.said["optimizers"]
    kinds = {(each["kind"], each["momentum_form"], each["momentum"], each["learning_rate"]) for each in rates.values()}
    (kind, form, momentum, rate), *others = kinds
    if others or (kind, form) != ("sgd", "torch7"):
        raise NotBuiltError("its optimizers are not all SGD with the same momentum of Torch7")
    values = {
        "gan": "lapgan", "dataset": "cifar10", "conditional": True, "pyramid_levels": 1,
        "batch_size": config["batch"], "z_dim": config["z_dim"],
        "g_optimizer": "momentum", "d_optimizer": "momentum", "beta1": momentum,
        "g_learning_rate": rate, "d_learning_rate": rate,
    }  # fmt: skip
    shape = (config["size"], config["size"], 3)

    class OfCase(lapgan.Gan):
        """The product's, on the case's networks."""

        def build_generator(self) -> keras.Model:
            return _Generator(case)

        def build_discriminator(self) -> keras.Model:
            return _Discriminator(case)

    return OfCase(Options.from_dict(values), dataclasses.replace(catalog.find("cifar10"), image_shape=shape))


class _Generator(Joined):
    """Both levels; what the chain is made of is the product's."""

    def __init__(self, case: Case):
        self.fine, self.map, self.coarse = (ListedNetwork(case, name) for name in ("g0", "g0_class_map", "g1"))
        super().__init__([self.fine, self.map, self.coarse], lambda: None)
        config = case.said["config"]
        self.classes, self.side = config["classes"], config["size"]
        self.sizes = [config["z_dim"], self.side**2]
        self.z_dim = sum(self.sizes)

    def call(self, *inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        chain: Any = PyramidGenerator.call
        return chain(self, *inputs, training=training)

    def coarsest(self, z: tf.Tensor, labels: tf.Tensor, training: bool = False) -> tf.Tensor:
        del training
        return self.coarse(tf.concat([z, tf.one_hot(labels, self.classes)], 1))

    def difference(
        self, level: int, coarse: tf.Tensor, noise: tf.Tensor, labels: tf.Tensor, training: bool = False
    ) -> tf.Tensor:
        del level, training
        noise = tf.reshape(noise, [-1, self.side, self.side, 1])
        return self.fine(tf.concat([noise, self.map(tf.one_hot(labels, self.classes)), coarse], -1))


class _Discriminator(Joined):
    """Both levels."""

    def __init__(self, case: Case):
        self.fine, self.map, self.coarse = (ListedNetwork(case, name) for name in ("d0", "d0_class_map", "d1"))
        super().__init__([self.fine, self.map, self.coarse], lambda: None)
        self.classes = case.said["config"]["classes"]

    def judge(self, level: int, images: tf.Tensor, labels: tf.Tensor, training: bool = False) -> tf.Tensor:
        del training
        classes = tf.one_hot(labels, self.classes)
        if level:
            return self.coarse(tf.concat([tf.reshape(images, [images.shape[0], -1]), classes], 1))
        return self.fine(tf.concat([images, self.map(classes)], -1))


def _drawn(given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The noise of a step; of the discriminators' only every second row is used."""
    found = {}
    for side, purpose in (("d", "discriminator"), ("g", "generator")):
        for part, each in (("coarsest", given[f"{side}1_z"]), ("level0", given[f"{side}0_noise"])):
            rows = each.reshape(len(each), -1)
            found[f"{purpose}/z/{part}"] = np.repeat(rows, 2, axis=0) if side == "d" else rows
    return found


def _compare_pyramid(case: Case, comparison: Comparison, gan: Any) -> None:
    images = tf.constant(case.arrays["in/step1/real"])
    _, coarse, coarsest = lapgan.pyramid(images, 2)
    found = {
        "coarse": coarse, "upsampled": enlarged(coarse), "residual": images - enlarged(coarse), "coarsest": coarsest,
    }  # fmt: skip
    for name, value in found.items():
        comparison.close(f"out/pyramid/{name}", value, case.arrays[f"out/pyramid/{name}"], rtol=1e-3, atol=1e-5)


def _compare_outputs(
    case: Case, comparison: Comparison, gan: Any, batch: dict[str, tf.Tensor], drawn: dict[str, np.ndarray]
) -> None:
    """The generated difference, and the logits, at the first weights."""
    real, given = batch["images"][::2], batch["images"][1::2]
    coarse, noise = enlarged(lapgan.shrunk(given)), tf.constant(drawn["discriminator/z/level0"][1::2])
    difference = gan.generator.difference(0, coarse, noise, batch["labels"][1::2])
    comparison.close("out/generated_residual", difference, case.arrays["out/generated_residual"], rtol=1e-3, atol=1e-5)
    labels = tf.concat([batch["labels"][::2], batch["labels"][1::2]], 0)
    logits = gan.discriminator.judge(0, tf.concat([real, coarse + difference], 0), labels)[:, 0]
    comparison.close("out/d0/logits", logits, case.arrays["out/d0/logits"], rtol=1e-3, atol=1e-5)


def _compare_sample(case: Case, comparison: Comparison, gan: Any) -> None:
    """The chain after both steps; the product's images end at 0 and 1."""
    z, noise = case.arrays["in/sample/z"], case.arrays["in/sample/noise"]
    labels = tf.constant(case.arrays["in/step2/labels"])
    latents = tf.constant(np.concatenate([z, noise.reshape(len(z), -1)], 1))
    coarse = gan.generator.coarsest(latents[:, : z.shape[1]], labels)
    comparison.close("out/sample/coarse", coarse, case.arrays["out/sample/coarse"], rtol=1e-3, atol=1e-5)
    images = gan.abilities(gan.evaluated())["generate"].call(latents, labels)
    expected = np.clip(case.arrays["out/sample/image"], 0.0, 1.0)
    comparison.close("out/sample/image", images, expected, rtol=1e-3, atol=1e-5)
