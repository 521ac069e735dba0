"""IcGAN: a conditional GAN with wrong attributes, and encoders of its images; a case of oracle/latent_systems.

The case takes both stages in one step: the encoders see images from before the generator's update.
"""

from __future__ import annotations

import dataclasses
import types
from typing import Any

import keras
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, _latent
from benchmarks.oracle_cases._layers import Joined, ListedNetwork
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import Stream, icgan, matching_aware
from compare_gan_tf2.options import Options

_GIVEN = {"labels": "attributes", "shift": "wrong_attributes", "drawn_labels": "fake_attributes"}


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps of both stages, and the edits after them."""
    gan, encoders = _gan(case), _encoders(case)
    both = types.SimpleNamespace(players=encoders.players | gan.players)
    for step in (1, 2):
        given = {name: tf.constant(each) for name, each in case.below(f"in/step{step}/").items()}
        read = {"images": given["real"]} | {stream: given[name] for stream, name in _GIVEN.items()}
        _same_generator(gan, encoders)
        if step == 1:
            _compare_outputs(case, comparison, gan, given)
        first = taken(gan, step, {"discriminator/0": read}, {"discriminator/0/z": given["z"].numpy()})
        second = taken(encoders, step, {"encoders": read}, {"encoders/z": given["z"].numpy()})
        d = first.measured
        losses = {
            "d/real": d["loss/d_real"], "d/wrong": d["loss/d_wrong"], "d/generated": d["loss/d_fake"],
            "d/loss": d["loss/d_real"] + d["loss/d_wrong"] / 2 + d["loss/d_fake"] / 2, "g/loss": d["loss/g"],
            "e_z/loss": second.measured["loss/z"], "e_y/loss": second.measured["loss/y"],
        }  # fmt: skip
        for name, value in losses.items():
            comparison.close(f"step{step}/{name}", value, case.said["values"][f"step{step}/{name}"], rtol=1e-5)
        updates = [*first.gradients, *second.gradients]
        gradients = {name: each for _, by_player in updates for name, each in by_player.items()}
        _latent.compare_gradients(case, comparison, both, f"grad{step}/", gradients)
        _latent.compare_weights(case, comparison, both, f"after{step}/")
    _same_generator(gan, encoders)
    _compare_edits(case, comparison, encoders, given["real"])


def _options(case: Case, kind: str, generator: str, discriminator: str) -> Options:
    rates, config = case.said["optimizers"], case.said["config"]
    values = _latent.options_of(rates[generator], rates[discriminator])
    # Attributes are read, so that any data set with classes will do.
    values |= {"gan": kind, "dataset": "mnist", "batch_size": config["batch"], "z_dim": config["z_dim"]}
    return Options.from_dict(values | ({"networks_from": "/of_the_case"} if kind == "icgan" else {}))


def _dataset(case: Case) -> catalog.Dataset:
    size = case.said["config"]["size"]
    return dataclasses.replace(catalog.find("mnist"), image_shape=(size, size, 1))


def _generator(case: Case) -> Joined:
    network = ListedNetwork(case, "g")
    made = Joined([network], lambda z, labels: network(tf.concat([z, labels], 1)))
    made.z_dim = case.said["config"]["z_dim"]
    return made


def _reading_attributes(gan: Any, case: Case) -> None:
    """Gives a GAN type attributes in place of classes, all of them read."""
    spec = tf.TensorSpec([None, case.said["config"]["attributes"]])
    gan.streams |= {name: Stream(spec) for name in _GIVEN if name in gan.streams}


def _gan(case: Case) -> Any:
    class OfCase(matching_aware.Gan):
        """The product's, on the case's networks and attributes."""

        def setup(self) -> None:
            super().setup()
            _reading_attributes(self, case)

        def build_generator(self) -> keras.Model:
            return _generator(case)

        def build_discriminator(self) -> keras.Model:
            first, rest = ListedNetwork(case, "d_x"), ListedNetwork(case, "d_rest")

            def judged(images: tf.Tensor, attributes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                maps = first(images)
                planes = attributes[:, None, None, :] * tf.ones_like(maps[..., :1])
                return rest(tf.concat([maps, planes], -1)), maps

            return Joined([first, rest], judged)

        def wrong_labels(self, labels: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
            return shift

        def asked_labels(self, labels: tf.Tensor, drawn: tf.Tensor) -> tf.Tensor:
            return drawn

    return OfCase(_options(case, "matching_aware", "g", "d"), _dataset(case))


def _encoders(case: Case) -> Any:
    class OfCase(icgan.Gan):
        """The product's, on the case's networks and attributes."""

        def setup(self) -> None:
            super().setup()
            _reading_attributes(self, case)

        def build_generator(self) -> keras.Model:
            return _generator(case)

        def build_encoder(self, name: str, units: int) -> keras.Model:
            return ListedNetwork(case, name.replace("encoder", "e"))

        def coded(self, labels: tf.Tensor) -> tf.Tensor:
            return labels

        def labels_of(self, scores: tf.Tensor) -> tf.Tensor:
            return tf.sign(scores)

    return OfCase(_options(case, "icgan", "e_z", "e_y"), _dataset(case))


def _same_generator(gan: Any, encoders: Any) -> None:
    """Gives the second stage the first one's generator."""
    theirs = gan.players["generator"].network.named_variables()
    for name, variable in encoders.players["generator"].network.named_variables().items():
        variable.assign(theirs[name])


def _compare_outputs(case: Case, comparison: Comparison, gan: Any, given: dict[str, tf.Tensor]) -> None:
    """Generated images, and the logits of the three kinds of pairs, at the first weights."""
    fakes = gan.generator(given["z"], given["fake_attributes"])
    found = {
        "generated": fakes,
        "d/real": gan.discriminator(given["real"], given["attributes"])[0][:, 0],
        "d/wrong": gan.discriminator(given["real"], given["wrong_attributes"])[0][:, 0],
        "d/generated": gan.discriminator(fakes, given["fake_attributes"])[0][:, 0],
    }
    for name, value in found.items():
        comparison.close(f"out/{name}", value, case.arrays[f"out/{name}"], rtol=1e-3, atol=1e-5)


def _compare_edits(case: Case, comparison: Comparison, gan: Any, images: tf.Tensor) -> None:
    abilities = gan.abilities(gan.evaluated())
    own = tf.sign(abilities["classify"].call(images))
    flipped = tf.concat([-own[:, :1], own[:, 1:]], 1)
    found = {
        "reconstruction": abilities["reconstruct"].call(images),
        "first_attribute_flipped": abilities["edit"].call(images, flipped),
    }
    for name, value in found.items():
        comparison.close(f"out/edit/{name}", value, case.arrays[f"out/edit/{name}"], rtol=1e-3, atol=1e-5)
