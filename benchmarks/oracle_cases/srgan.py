"""SRGAN: case srgan64 of oracle/image_to_image, and others of its form."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError
from benchmarks.oracle_cases._restored import Compared, Parameters, images
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import srgan
from compare_gan_tf2.options import Options

_OPTIMIZER = "Adam lr 2e-4, betas (0.5, 0.999), eps 1e-8"


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps: losses, norms of gradients, weights."""
    if not case.said["optimiser"].startswith(_OPTIMIZER):
        raise NotBuiltError(f"the optimizer is {case.said['optimiser']}")
    parameters = {
        "generator": Parameters(case, "generator", shuffled=("upsampling",)),
        "discriminator": Parameters(case, "discriminator"),
    }
    compared, gan = Compared(case, comparison, parameters), _gan(case, parameters)
    for i, step in enumerate(steps(case), 1):
        read = {name: tf.constant(images(case, f"input/{step}/{other}_u8")) for name, other in NAMES.items()}
        if i == 1:
            _compare_outputs(compared, gan, read["lr"])
        found = taken(gan, i, {"generator": read}, {})
        measured, weight = found.measured, gan.options.adversarial_weight
        compared.losses(
            step,
            {
                "G_GAN": measured["loss/g"], "G_content": measured["loss/perceptual"],
                "G": measured["loss/perceptual"] + weight * measured["loss/g"], "D": measured["loss/d"],
            },
        )  # fmt: skip
        for (_, gradients), update in zip(found.gradients, "GD", strict=True):
            compared.norms(f"{step}/{update}", gradients)
        networks = {name: player.network for name, player in gan.players.items()}
        compared.weights(f"after{i}", networks, rates(gan))


NAMES = {"images": "hr", "lr": "lr"}


def steps(case: Case) -> list[str]:
    """The steps' names, in order."""
    return list(dict.fromkeys(name.split("/")[1] for name in case.arrays if name.startswith("input/")))


def rates(gan: Any) -> dict[str, float]:
    """Learning rates of the players."""
    rate = {"g": gan.options.g_learning_rate, "d": gan.options.d_learning_rate}
    return {name: rate[player.side] for name, player in gan.players.items()}


def stand_in(case: Case, *, centers: bool) -> Callable[[tf.Tensor], Sequence[tf.Tensor]]:
    """The case's feature extractor: two 3x3 convolutions of stride 2, the first one rectified."""
    layers = [
        [case.arrays[f"init/feature_extractor/{layer}.{part}"] for part in ("weight", "bias")] for layer in ("c1", "c2")
    ]

    def convolved(x: tf.Tensor, kernel: np.ndarray, bias: np.ndarray) -> tf.Tensor:
        framed = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
        return tf.nn.conv2d(framed, kernel.transpose(2, 3, 1, 0), 2, "VALID") + bias

    def maps(x: tf.Tensor) -> list[tf.Tensor]:
        hidden = tf.nn.relu(convolved(2.0 * x - 1.0 if centers else x, *layers[0]))
        return [convolved(hidden, *layers[1])]

    return maps


def of_case(
    case: Case,
    name: str,
    values: dict[str, Any],
    kind: Any,
    parameters: Mapping[str, Parameters],
    widths: Mapping[str, float],
) -> Any:
    """The product's GAN with the case's images' shape and weights.

    Args:
        case: with the inputs.
        name: of an input of high-resolution images.
        values: of options.
        kind: class of the GAN.
        parameters: by player.
        widths: option width of each player's network.
    """
    count, colors, height, width = case.arrays[name].shape
    values = {"dataset": "cifar10", "batch_size": count, "learning_rate_decay": 0.0, **values}
    rate = {"g_learning_rate": 2e-4, "d_learning_rate": 2e-4}

    class OfCase(kind):  # type: ignore[misc]
        """The product's, with the case's weights."""

        def build_generator(self) -> keras.Model:
            return self._of_width("generator", super().build_generator)

        def build_discriminator(self) -> keras.Model:
            return self._of_width("discriminator", super().build_discriminator)

        def _of_width(self, player: str, build: Callable[[], keras.Model]) -> keras.Model:
            whole, self.options = self.options, dataclasses.replace(self.options, width=widths[player])
            made = parameters[player].fill(build())
            self.options = whole
            return made

    dataset = dataclasses.replace(catalog.find("cifar10"), image_shape=(height, width, colors))
    return OfCase(Options.from_dict(rate | values), dataset)


def _gan(case: Case, parameters: Mapping[str, Parameters]) -> Any:
    filters = len(case.arrays["init/generator/conv1.0.weight"])
    blocks = {name.split(".")[1] for name in parameters["generator"].names if name.startswith("res_blocks.")}
    hr, lr = (case.arrays[f"input/step1/{name}_u8"].shape[2] for name in ("hr", "lr"))
    values = {
        "gan": "srgan", "architecture": "srresnet_patch", "translator_blocks": len(blocks),
        "zoom": hr // lr, "beta1": 0.5, "adversarial_loss": "least_squares", "adversarial_weight": 1e-3,
        "reconstruction_loss": "absolute", "pixel_weight": 0.0,
    }  # fmt: skip
    widths = dict.fromkeys(parameters, filters / 64)
    made = of_case(
        case, "input/step1/hr_u8", values | {"perceptual": "random_convolution"}, srgan.Gan, parameters, widths
    )
    made.feature_maps = stand_in(case, centers=True)
    return made


def _compare_outputs(compared: Compared, gan: Any, lr: tf.Tensor) -> None:
    made = gan.generator(lr, training=True)
    compared.output("out/step1/gen_hr", 2.0 * made - 1.0)
    compared.output("out/step1/D_fake_in_G_step", gan.discriminator(made, training=True))
