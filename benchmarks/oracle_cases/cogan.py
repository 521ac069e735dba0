"""CoGAN: coupled generators and discriminators; a case of oracle/latent_systems."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, _latent
from benchmarks.oracle_cases._layers import Joined, ListedNetwork
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import cogan
from compare_gan_tf2.options import Options


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps; of the first one also the outputs that are stored."""
    gan = _gan(case)
    for step in (1, 2):
        given = case.below(f"in/step{step}/")
        drawn = {"discriminator/0/z": given["d_z"], "generator/z": given["g_z"]}
        real = {domain: tf.constant(given[f"real_{domain}"]) for domain in "ab"}
        if step == 1:
            _compare_outputs(case, comparison, gan, real, drawn)
        found = taken(gan, step, {"discriminator/0": real}, drawn)
        measured = found.measured
        losses = {
            "d/real": measured["loss/d_real"],
            "d/generated": measured["loss/d_fake"],
            "d/loss": measured["loss/d_real"] + measured["loss/d_fake"],
            "g/loss": measured["loss/g"],
        }
        for name, value in losses.items():
            comparison.close(f"step{step}/{name}", value, case.said["values"][f"step{step}/{name}"], rtol=1e-5)
        for side, (_, gradients) in zip("dg", found.gradients, strict=True):
            _latent.compare_gradients(case, comparison, gan, f"grad_{side}_{step}/", gradients)
        _latent.compare_weights(case, comparison, gan, f"after{step}/")


def _gan(case: Case) -> Any:
    rates, config = case.said["optimizers"], case.said["config"]
    values = _latent.options_of(rates["g"], rates["d"])
    values |= {"gan": "cogan", "batch_size": config["batch"], "z_dim": config["z_dim"]}
    dataset = dataclasses.replace(catalog.find("mnist_and_edges"), image_shape=(config["size"], config["size"], 1))

    class OfCase(cogan.Gan):
        """The product's, on the case's networks."""

        def build_generator(self) -> keras.Model:
            shared, a, b = (ListedNetwork(case, name) for name in ("g_shared", "g_a", "g_b"))

            def generated(z: tf.Tensor) -> tf.Tensor:
                maps = shared(z)
                return tf.concat([a(maps), b(maps)], 0)

            made = _OfBoth([shared, a, b], generated)
            made.z_dim = config["z_dim"]
            return made

        def build_discriminator(self) -> keras.Model:
            a, b, shared, head = (ListedNetwork(case, name) for name in ("d_a", "d_b", "d_shared", "d_head"))

            def judged(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                of_a, of_b = tf.split(images, 2)
                outputs = head(shared(tf.concat([a(of_a), b(of_b)], 0)))
                return outputs[:, 1:] - outputs[:, :1], outputs

            return _OfBoth([a, b, shared, head], judged)

    return OfCase(Options.from_dict({"dataset": "mnist_and_edges", **values}), dataset)


class _OfBoth(Joined):
    """Networks of the case that are asked for both domains at once."""

    z_dim = 0

    def call(self, *inputs: tf.Tensor, training: bool = False, domain: str = "both") -> Any:
        del domain
        return super().call(*inputs, training=training)


def _compare_outputs(case: Case, comparison: Comparison, gan: Any, real: dict[str, Any], drawn: dict[str, Any]) -> None:
    """Generated images and the two outputs of every judgement, at the first weights."""
    fakes = gan.generated(tf.constant(drawn["discriminator/0/z"]))
    generated_a, generated_b = tf.split(fakes, 2)
    judge = gan.players["discriminator"]
    found = {
        "generated_a": generated_a,
        "generated_b": generated_b,
        "d/real_logits": judge(tf.concat([real["a"], real["b"]], 0))[1],
        "d/generated_logits": judge(fakes)[1],
    }
    for name, expected in case.below("out/").items():
        comparison.close(f"out/{name}", found[name], expected, rtol=1e-3, atol=1e-5)
