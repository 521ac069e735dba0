"""ACGAN and CGAN as PyTorch-GAN trains them, the generator first; cases of oracle/latent_systems."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, _latent
from benchmarks.oracle_cases._layers import Joined, ListedNetwork
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import Outcome, acgan, cgan
from compare_gan_tf2.gans.adversarial import Batch
from compare_gan_tf2.options import Options

_PURPOSE = "discriminator/0"
# What the originals multiply the product's losses of discriminator and generator with.
_WEIGHTS = {"ACGAN": (0.25, 0.5), "CGAN with concatenated labels": (1.0, 2.0)}


class Labeled(Joined):
    """Networks of a case as one player that knows the classes' number."""

    def __init__(self, parts: list[ListedNetwork], call: Any, num_classes: int, z_dim: int = 0):
        super().__init__(parts, call)
        self.num_classes, self.z_dim = num_classes, z_dim

    def one_hot(self, labels: tf.Tensor) -> tf.Tensor:
        """Labels int32 [B] as float32 [B, classes]."""
        return tf.one_hot(labels, self.num_classes)

    def class_logits(self, features: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Of the last of the networks, which tells classes."""
        del training
        return self.parts[-1](features)


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps; of the first one also the outputs that are stored."""
    gan = _gan(case)
    real_labels = "real_labels" if case.said["system"] == "ACGAN" else "labels"
    for step in (1, 2):
        given = case.below(f"in/step{step}/")
        images, labels = tf.constant(given["real"]), tf.constant(given[real_labels])
        z, asked = tf.constant(given["z"]), tf.constant(given["fake_labels"])
        if step == 1:
            _compare_outputs(case, comparison, gan, Batch(images, labels, z, asked))
        _latent.replay(gan, {"z": {_PURPOSE: z}, "drawn_labels": {_PURPOSE: asked}})
        found = taken(gan, step, {_PURPOSE: {"images": images, "labels": labels}}, {})
        _compare_losses(case, comparison, step, found.measured)
        gradients = {name: each for _, by_player in found.gradients for name, each in by_player.items()}
        _latent.compare_gradients(case, comparison, gan, f"grad{step}/", gradients)
        _latent.compare_weights(case, comparison, gan, f"after{step}/")


def _gan(case: Case) -> Any:
    said, rates = case.said["config"], case.said["optimizers"]
    is_acgan = case.said["system"] == "ACGAN"
    kind = acgan.Gan if is_acgan else cgan.Gan
    of_d, of_g = _WEIGHTS[case.said["system"]]
    side = ListedNetwork(case, "g")
    z_dim = side.z_dim if is_acgan else side.z_dim - said["classes"]
    values = _latent.options_of(rates["g"], rates["d"]) | {
        "gan": "acgan" if is_acgan else "cgan", "batch_size": said["batch"], "z_dim": z_dim,
        "first_update": "generator", "loss": "non_saturating" if is_acgan else "least_squares_logits",
    }  # fmt: skip
    values |= {"class_weight": of_d, "g_class_weight": of_g} if is_acgan else {}
    shape = (said["size"], said["size"], 1)
    dataset = dataclasses.replace(catalog.find("mnist"), image_shape=shape)

    class OfCase(kind):  # type: ignore[misc, valid-type]
        """The product's, on the case's networks, with the original's factors."""

        def setup(self) -> None:
            self.num_classes = said["classes"]
            super().setup()

        def build_generator(self) -> keras.Model:
            vectors, body = ListedNetwork(case, "g_embedding"), ListedNetwork(case, "g")

            def generate(z: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
                each = vectors(labels)
                return body(z * each if is_acgan else tf.concat([each, z], axis=1))

            return Labeled([vectors, body], generate, said["classes"], z_dim)

        def build_discriminator(self) -> keras.Model:
            names = ("d_trunk", "d_adv", "d_aux") if is_acgan else ("d_embedding", "d")
            first, second, *others = (ListedNetwork(case, name) for name in names)

            def judge(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                if is_acgan:
                    features = first(images)
                    return second(features), features
                flat = tf.reshape(images, [images.shape[0], -1])
                return second(tf.concat([flat, first(labels)], axis=1)), flat

            return Labeled([first, second, *others], judge, said["classes"])

        def discriminator_objective(self, batch: Batch, fake: tf.Tensor) -> Outcome:
            self.adversarial_weight = of_d
            return super().discriminator_objective(batch, fake)

        def generator_objective(self, batch: Batch) -> Outcome:
            self.adversarial_weight = of_g
            return super().generator_objective(batch)

    return OfCase(Options.from_dict(values | {"dataset": "mnist"}), dataset)


def _compare_losses(case: Case, comparison: Comparison, step: int, measured: dict[str, float]) -> None:
    values = case.said["values"]
    of = {name: values[f"step{step}/{name}"] for name in ("g/loss", "d/loss")}
    of_d, of_g = _WEIGHTS[case.said["system"]]
    d, g = of_d * measured["loss/d"], of_g * measured["loss/g"]
    if case.said["system"] == "ACGAN":
        names = {"g/class": "loss/g_class", "d/real_class": "loss/d_class_real",
                 "d/fake_class": "loss/d_class_generated", "g/source": "loss/g"}  # fmt: skip
        for name, ours in names.items():
            comparison.close(f"step{step}/{name}", measured[ours], values[f"step{step}/{name}"], rtol=1e-5)
        d += of_d * (measured["loss/d_class_real"] + measured["loss/d_class_generated"])
        g += of_g * measured["loss/g_class"]
    comparison.close(f"step{step}/d/loss", d, of["d/loss"], rtol=1e-5)
    comparison.close(f"step{step}/g/loss", g, of["g/loss"], rtol=1e-5)


def _compare_outputs(case: Case, comparison: Comparison, gan: Any, batch: Batch) -> None:
    """What the first step computes on its way."""
    fakes = gan.generator(batch.z, batch.fake_labels)
    real, real_features = gan.discriminator(batch.real, batch.labels)
    fake, fake_features = gan.discriminator(fakes, batch.fake_labels)
    found = {"generated": fakes, "d/real": real, "d/fake": fake}
    if case.said["system"] == "ACGAN":
        of_real, of_fake = map(gan.discriminator.class_logits, (real_features, fake_features))
        found |= {
            "d/real_source_logits": real[:, 0], "d/fake_source_logits": fake[:, 0], "g/source_logits": fake[:, 0],
            "d/real_class_logits": of_real, "d/fake_class_logits": of_fake, "g/class_logits": of_fake,
        }  # fmt: skip
    for name, expected in case.below("out/").items():
        comparison.close(f"out/{name}", found[name], expected, rtol=1e-3, atol=1e-5)
