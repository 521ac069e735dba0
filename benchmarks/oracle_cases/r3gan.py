"""R3GAN's networks, penalties, schedules and steps: cases r3gan_* of oracle/style_based."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError
from benchmarks.oracle_cases._official import ours
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.architectures import r3gan as networks
from compare_gan_tf2.architectures._blocks import Layers
from compare_gan_tf2.architectures._style import doubled, halved
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import r3gan
from compare_gan_tf2.gans.schedules import Cosine
from compare_gan_tf2.options import Options
from compare_gan_tf2.style_weights.names import Form
from compare_gan_tf2.style_weights.networks import fill

_TURNS = {"discriminator/0": "D", "generator": "G"}
# Of the folder's README: parts of a tensor's largest element. The penalties' gradients are in the discriminator's.
_OF_LARGEST = {"D": 1e-4, "G": 1e-5}
# Of a step of Adam, for weights.
_OF_STEP = 2e-2
# What the preset for CIFAR-10 of the authors' program runs over.
_PRESET_IMAGES = 2e7


def compare(case: Case, comparison: Comparison) -> None:
    """Features of each stage, schedules, both iterations, and in the end weights and their average."""
    gan = _gan(case)
    players = {"g": (gan.generator, "g/"), "ema": (gan.average, "g/"), "d": (gan.discriminator, "d/")}
    for network, prefix in players.values():
        fill(_form(case), network, case.below(prefix))
    _compare_outputs(case, comparison, gan)
    _compare_preset(case, comparison)
    for row in case.said["schedule_of_this_case"]:
        step = row["iteration"] + 1
        drawn, batches = dict[str, np.ndarray](), dict[str, dict[str, tf.Tensor]]()
        for turn, phase in _TURNS.items():
            inputs = case.below(f"in/it{row['iteration']}/{phase}/")
            drawn[f"{turn}/z"] = inputs["z"]
            batches[turn] = {"images": tf.constant(0.5 * _nhwc(inputs["real"]) + 0.5)}
            if "c" in inputs:
                batches[turn]["labels"] = tf.constant(np.argmax(inputs["c"], 1), tf.int32)
        found = taken(gan, step, batches, drawn)
        _compare_losses(case, comparison, f"out/it{row['iteration']}/", found.measured)
        for turn, gradients in found.gradients:
            ((player, list_),) = gradients.items()
            by_id = {id(variable): each for variable, each in
                     zip(gan.players[player].network.trainable_variables, list_, strict=True)}  # fmt: skip
            network = gan.players[player].network
            by_name = {name: by_id[id(each)] for name, each in network.named_variables().items()}
            _compare_arrays(case, comparison, f"grad/it{row['iteration']}/{_TURNS[turn]}/", network, by_name)
    for name, (network, _) in players.items():
        values = {path: each.numpy() for path, each in network.named_variables().items()}
        _compare_arrays(case, comparison, f"after/{name}/", network, values)


def _gan(case: Case) -> Any:
    config, adam = case.said["config"], case.said["adam"]
    if (config["expansion"], config["kernel"], config["resampling_filter"]) != (2, 3, [1, 2, 1]):
        raise NotBuiltError("another expansion, kernel or filter")
    side, classes = config["resolution"], config["c_dim"]
    shape = (side, side, case.arrays["in/real"].shape[1])
    dataset = dataclasses.replace(catalog.find("cifar10"), image_shape=shape)
    per_stage = zip(
        config["width_per_stage_g"], config["cardinality_per_stage_g"], config["blocks_per_stage_g"], strict=True
    )
    plan = [networks.Stage(4 << place, *each) for place, each in enumerate(per_stage)]
    rows = {row["nimg"]: row for row in case.said["schedule_of_this_case"]}
    keys = {"learning_rate": "lr", "r1_gamma": "gamma", "half_life": "ema_nimg", "beta2": "beta2"}

    class OfCase(r3gan.Gan):
        """The product's, on networks of the case's sizes, with the case's values of the schedules."""

        def schedule(self, name: str, first: float, last: float) -> Any:
            return _Stored({seen: row.get(keys.get(name, ""), 0.0) for seen, row in rows.items()})

        def images_before(self, step: Any) -> int:
            return next(row["nimg"] for row in rows.values() if row["iteration"] == int(step) - 1)

        def build_generator(self) -> keras.Model:
            make = Layers(self.options, "generator")
            return networks.generator_of(make, plan, shape[2], config["noise_dimension"], classes)

        def build_discriminator(self) -> keras.Model:
            make = Layers(self.options, "discriminator")
            return networks.discriminator_of(make, plan, shape, classes, projects=classes > 0)

    values = {
        "gan": "r3gan", "dataset": "cifar10", "batch_size": config["batch"], "z_dim": config["noise_dimension"],
        "beta1": float(adam["beta1"]), "conditional": classes > 0, "augmentation": "none",
    }  # fmt: skip
    return OfCase(Options.from_dict(values), dataset)


@dataclasses.dataclass(frozen=True)
class _Stored:
    """A schedule of which only some values are known, by the images seen."""

    values: Mapping[int, float]

    def at(self, seen: int) -> float:
        return self.values[seen]

    def tensor(self, seen: int) -> tf.Tensor:
        return tf.constant(self.values[seen], tf.float32)


def _compare_outputs(case: Case, comparison: Comparison, gan: Any) -> None:
    """Of both networks with the first weights."""
    stored, labels = case.arrays, None
    if "in/c" in stored:
        labels = tf.constant(stored["in/c"])
    real, z = tf.constant(0.5 * _nhwc(stored["in/real"]) + 0.5), tf.constant(stored["in/z"])
    images = gan.generator(z, labels, training=True)
    logits = {"real": gan.discriminator(real, labels)[0], "fake": gan.discriminator(images, labels)[0]}
    found = {f"logits_{name}": each[:, 0] for name, each in logits.items()} | {
        "img": _nchw(2.0 * images - 1.0),
        "upsampled": _nchw(doubled(2.0 * real[:1] - 1.0)),
        "downsampled": _nchw(halved(2.0 * real[:1] - 1.0)),
    }
    found |= _features(gan.generator, z, labels, "g") | _features(gan.discriminator, real, labels, "d")
    for name, each in found.items():
        if f"out/{name}" in stored or not case.is_reduced:
            expected = stored[f"out/{name}"]
            atol = 1e-5 * max(1.0, float(np.abs(expected).max()))
            comparison.close(f"out/{name}", each, expected, atol=atol)


def _features(network: Any, x: tf.Tensor, labels: tf.Tensor | None, prefix: str) -> dict[str, tf.Tensor]:
    """What each stage gives of the first two rows."""
    found, classes = list[tf.Tensor](), network.one_hot(labels)
    side_before = ""
    for link in network.chain:
        name = getattr(link, "name", "")
        if prefix == "d" and "_block" in name and name.split("_")[1] != side_before:
            found.append(x)
        side_before = name.split("_")[1] if "_block" in name else side_before
        after = network.follow(x, None, classes, True, [link])
        if prefix == "g" and "_block" in name:
            found = [*found[:-1], after] if found and found[-1].shape == after.shape else [*found, after]
        x = after
    if prefix == "d":
        found = [*found[1:], network.head(x)]
    shown = [each[:2] for each in found]
    return {f"{prefix}/stage{i}": _nchw(each) if each.shape.rank == 4 else each for i, each in enumerate(shown)}


def _compare_preset(case: Case, comparison: Comparison) -> None:
    """The schedules that the type brings, over the images of the preset."""
    brought, rate = r3gan.IMPLIES, Options.g_learning_rate
    ends = {
        "lr": (rate, rate * brought["final_rate_factor"]),
        "beta2": (brought["beta2"], brought["final_beta2"]),
        "gamma": (brought["r1_gamma"], brought["final_r1_gamma"]),
        "aug_p": (0.0, brought["final_augmentation_probability"]),
        "ema_nimg": (0.0, brought["final_ema_share"] * _PRESET_IMAGES),
    }
    for row in case.said["schedule_of_CIFAR10_preset"]:
        for name, (first, last) in ends.items():
            schedule, where = Cosine(first, last, _PRESET_IMAGES), f"preset/{row['nimg']}/{name}"
            comparison.close(where, schedule.at(row["nimg"]), row[name], rtol=1e-9, atol=1e-12)
            comparison.close(where, schedule.tensor(tf.constant(row["nimg"])), row[name], rtol=1e-5, atol=1e-12)


def _compare_losses(case: Case, comparison: Comparison, prefix: str, measured: Mapping[str, float]) -> None:
    found = {"D/loss": "loss/d", "D/r1": "loss/r1", "D/r2": "loss/r2", "G/loss": "loss/g"}
    for stored, name in found.items():
        comparison.close(prefix + stored, measured[name], case.arrays[prefix + stored].mean(), rtol=1e-5)


def _compare_arrays(case: Case, comparison: Comparison, prefix: str, network: Any, found: Mapping[str, Any]) -> None:
    """Gradients, or weights after the last step, by the product's names."""
    stored = ours(_form(case), network, case.below(prefix))
    if not stored and (case.is_reduced or not prefix.startswith("grad/it0")):  # of the first iteration alone
        return
    comparison.equal_names(prefix, set(found), set(stored) | (set(found) if case.is_reduced else set()))
    rate = case.said["schedule_of_this_case"][0]["lr"]
    for name in sorted(set(found) & set(stored)):
        largest = float(np.abs(stored[name]).max())
        atol = 2.4e-7 * max(largest, 1.0) + _OF_STEP * rate
        if prefix.startswith("grad"):
            atol = _OF_LARGEST[prefix.split("/")[2]] * max(largest, 1e-6)
        comparison.close(prefix + name, found[name], stored[name], atol=atol)


def _form(case: Case) -> Form:
    return Form("r3gan", case.said["config"]["resolution"])


def _nhwc(images: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(images.transpose(0, 2, 3, 1))


def _nchw(images: tf.Tensor) -> tf.Tensor:
    return tf.transpose(images, [0, 3, 1, 2])
