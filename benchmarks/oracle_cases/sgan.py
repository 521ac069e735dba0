"""Semi-supervised GANs, with K + 1 and with K outputs; cases of oracle/latent_systems."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, _latent
from benchmarks.oracle_cases._layers import Joined, ListedNetwork
from benchmarks.oracle_cases._steps import Gradients, taken
from compare_gan_tf2.architectures._blocks import Linear, relu
from compare_gan_tf2.architectures.class_discriminator import ClassDiscriminator
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import sgan, sgan_k_outputs
from compare_gan_tf2.options import Options
from compare_gan_tf2.weight_normalizations import weight

_D, _G = "discriminator/0", "generator"
# The layers of the classifier of K outputs; all but the last have lengths that are not trained.
_LAYERS = ("h0", "h1", "h2", "out")
_NAMES = {"kernel": "theta", "bias": "b", "g": "weight_scale"}


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps; of the first one also the outputs that are stored."""
    has_more = "K+1" in case.said["system"]
    gan = _gan(case, sgan.Gan if has_more else sgan_k_outputs.Gan)
    for step in (1, 2):
        given = {name: tf.constant(each) for name, each in case.below(f"in/step{step}/").items()}
        images = {name: _pictures(gan, given[name]) for name in given if name.endswith(("labelled", "labelled2"))}
        batches = {_D: {"images": images["unlabelled"], "labeled_images": images["labelled"],
                        "labels": given["labels"]}}  # fmt: skip
        if has_more:
            drawn = {f"{_D}/z": given["z"]}
        else:
            batches[_G] = {"images_again": images["unlabelled2"]}
            drawn = {f"{_D}/z": given["d_z"], f"{_G}/z": given["g_z"]}
        before = _before(gan, batches, drawn)
        if step == 1:
            _compare_outputs(case, comparison, gan, before)
        found = taken(gan, step, batches, {name: each.numpy() for name, each in drawn.items()})
        compare_losses = _compare_losses_of_more if has_more else _compare_losses
        compare_losses(case, comparison, gan, step, found.measured, before)
        gradients: Gradients = {}
        for _, each in found.gradients:
            gradients |= each
        _latent.compare_gradients(case, comparison, gan, f"grad{step}/", gradients)
        _latent.compare_weights(case, comparison, gan, f"after{step}/")
    if expected := case.below("average2/"):
        average = gan.players["discriminator"].averaged.named_variables()
        for name in expected:
            comparison.close(f"average2/{name}", average[name].numpy(), expected[name], atol=1e-8)


def _gan(case: Case, kind: Any) -> Any:
    rates, config = case.said["optimizers"], case.said["config"]
    values = _latent.options_of(rates["g"], rates["d"]) | {"dataset": "mnist", "batch_size": config["batch"]}
    if kind is sgan_k_outputs.Gan:
        values |= {"gan": "sgan_k_outputs", "data_start_images": 0, "d_ema_decay": 1.0 - config["average_rate"],
                   "unlabeled_weight": config["unlabeled_weight"]}  # fmt: skip
    else:
        values |= {"gan": "sgan", "latents": "reused"}
    shape = case.said["networks"]["d"]["input_shape"]
    shape = (math.isqrt(shape[0]), math.isqrt(shape[0]), 1) if len(shape) == 1 else tuple(shape)
    names = tuple(map(str, range(config["classes"])))
    dataset = dataclasses.replace(catalog.find("mnist"), image_shape=shape, class_names=names)
    has_layers = all(isinstance(layer, dict) for layer in case.said["networks"]["d"]["layers"])

    class OfCase(kind):  # type: ignore[misc, valid-type]
        """The product's, on the case's networks."""

        def build_generator(self) -> keras.Model:
            return ListedNetwork(case, "g")

        def build_discriminator(self) -> keras.Model:
            if not has_layers:
                return _Classifier(case)
            body = ListedNetwork(case, "d")
            return Joined([body], lambda images: (body(images), images))

    return OfCase(Options.from_dict(values | {"z_dim": case.said["networks"]["g"]["input_shape"][0]}), dataset)


class _Classifier(ClassDiscriminator):
    """The product's layers with weight norm, with the case's weights."""

    def __init__(self, case: Case):
        layers = [_layer(case, name) for name in _LAYERS]
        chain = [tf.keras.layers.Flatten(), *(link for layer in layers[:-1] for link in (layer, relu))]
        super().__init__(chain[1:], layers[-1:], image_shape=(case.arrays["w0/d/h0/theta"].shape[0],))
        self._layers_said = dict(zip(_LAYERS, layers, strict=True))
        for name, variable in self.named_variables().items():
            variable.assign(case.arrays[f"w0/{name}"])

    def call(self, images: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False) -> Any:
        return super().call(tf.reshape(images, [images.shape[0], -1]), labels, training)

    def named_variables(self) -> dict[str, keras.Variable]:
        """All variables by the case's names."""
        return {
            f"d/{layer}/{_NAMES[variable.name]}": variable
            for layer, made in self._layers_said.items()
            for variable in made.variables
        }


def _layer(case: Case, name: str) -> Linear:
    def normalized(owner: Any, kernel: Any, *, output_axis: int) -> weight.WeightNormalization:
        return weight.WeightNormalization(owner, kernel, side="", iterations=1, output_axis=output_axis, seed=0)

    units = case.arrays[f"w0/d/{name}/b"].shape[0]
    return Linear(units, name, initializer="ones", weight_normalization=normalized, trains_length=name == _LAYERS[-1])


def _pictures(gan: Any, rows: tf.Tensor) -> tf.Tensor:
    return tf.reshape(rows, [-1, *gan.dataset.image_shape])


def _before(gan: Any, batches: Any, drawn: Any) -> dict[str, Any]:
    """What the networks give before a step's updates."""
    read, judge = batches[_D], gan.discriminator
    fakes, g_fakes = (gan.generator(drawn.get(f"{name}/z", drawn[f"{_D}/z"])) for name in (_D, _G))
    found = {"labelled": read["labeled_images"], "unlabelled": read["images"], "generated": fakes}
    logits = {f"{name}_logits": judge(each)[0] for name, each in found.items()}
    return logits | {
        "labels": read["labels"], "fakes": fakes, "g_fakes": g_fakes,
        "again": batches.get(_G, {}).get("images_again"),
    }  # fmt: skip


def _compare_outputs(case: Case, comparison: Comparison, gan: Any, before: dict[str, Any]) -> None:
    found = {f"d/{name}": each for name, each in before.items() if name.endswith("_logits")}
    found |= {"generated": before["fakes"], "d/p_real": tf.sigmoid(gan.real_logits(before["unlabelled_logits"]))}
    for name, expected in case.below("out/").items():
        if not name.startswith("g/"):  # those are of the discriminator after its update
            comparison.close(f"out/{name}", found[name], expected, rtol=1e-3, atol=1e-5)


def _compare_losses_of_more(
    case: Case, comparison: Comparison, gan: Any, step: int, measured: dict[str, float], before: dict[str, Any]
) -> None:
    labelled, unlabelled, generated = (measured[f"loss/d_{name}"] for name in ("labeled", "unlabeled", "generated"))
    # The generator's update is through the discriminator after its own.
    judged, real = (
        gan.real_logits(gan.discriminator(before["g_fakes"])[0]),
        gan.real_logits(before["unlabelled_logits"]),
    )
    classes = gan.dataset.num_classes
    given_real = tf.nn.sparse_softmax_cross_entropy_with_logits(
        before["labels"], before["labelled_logits"][:, :classes]
    )
    config = case.said["config"]
    d_target, g_target = 1.0 - config["label_smoothing"], config["generator_target"]
    smoothed = float(sgan.real_or_not(real, d_target))
    found = {
        "d/labelled": labelled, "d/unlabelled": unlabelled, "d/generated": generated,
        "d/loss": labelled + unlabelled + generated, "g/loss": measured["loss/g"],
        "check/unlabelled_by_gan_logit": unlabelled, "check/generated_by_gan_logit": generated,
        "d/supervised_given_real": float(tf.reduce_mean(given_real)), "error_rate": measured["labeled_error"],
        "smoothed/d_real_cross_entropy": smoothed, "smoothed/d_real_kl": smoothed - _entropy(d_target),
        "smoothed/g_kl": float(sgan.real_or_not(judged, g_target)) - _entropy(g_target),
        "g/odena_likelihood": -float(sgan.real_or_not(judged, 0.0)),
    }  # fmt: skip
    _compare_values(case, comparison, step, found)


def _compare_losses(
    case: Case, comparison: Comparison, gan: Any, step: int, measured: dict[str, float], before: dict[str, Any]
) -> None:
    halves = [0.5 * measured["loss/d_unlabeled"], 0.5 * measured["loss/d_generated"]]
    found = {
        "d/labelled": measured["loss/d_labeled"], "d/unlabelled": sum(halves),
        "d/loss": measured["loss/d_labeled"] + sum(halves), "d/unlabelled_real_half": halves[0],
        "d/unlabelled_generated_half": halves[1], "check/unlabelled_as_k_plus_1_softmax": sum(halves),
        "g/minibatch_scripts_loss": float(gan.generator_loss(before["generated_logits"])),
        "g/feature_matching": measured["loss/feature_matching"],
    }  # fmt: skip
    _compare_values(case, comparison, step, found)
    if step == 1:
        for name, images in (("real", before["again"]), ("generated", before["g_fakes"])):
            mean = tf.reduce_mean(gan.discriminator(images)[1], 0)
            expected = case.arrays[f"out/g/mean_{name}_features"]
            comparison.close(f"out/g/mean_{name}_features", mean, expected, rtol=1e-3, atol=1e-5)


def _compare_values(case: Case, comparison: Comparison, step: int, found: dict[str, float]) -> None:
    expected = {
        n.removeprefix(f"step{step}/"): v for n, v in case.said["values"].items() if n.startswith(f"step{step}/")
    }
    for name, value in expected.items():
        # A difference of two numbers is as exact as these are.
        atol = 1e-6 if name.endswith("kl") else 0.0
        comparison.close(f"step{step}/{name}", found[name], value, rtol=1e-5, atol=atol)


def _entropy(target: float) -> float:
    return -float(np.sum([p * np.log(p) for p in (target, 1.0 - target)]))
