"""Context Encoder: cases context_encoder128 and context_encoder_pytorch_gan64 of oracle/image_to_image, and others."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError
from benchmarks.oracle_cases._restored import Compared, Parameters, images, number
from benchmarks.oracle_cases._steps import given, taken
from benchmarks.oracle_cases.srgan import of_case, rates, steps
from compare_gan_tf2.gans import context_encoder
from compare_gan_tf2.runtime.draws import Seed


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps: losses, norms of gradients, weights."""
    is_authors = "PyTorch-GAN" not in case.said["how"]
    parameters, gan = _authors(case) if is_authors else _pytorch_gan(case)
    compared = Compared(case, comparison, parameters)
    for i, step in enumerate(steps(case), 1):
        read, drawn = tf.constant(images(case, f"input/{step}/image_u8")), _corners(case, gan, step)
        if i == 1:
            _compare_outputs(case, compared, gan, read, drawn)
        found = taken(gan, i, {"holes": {"images": read}}, drawn)
        compared.losses(step, _losses(found.measured, gan, is_authors))
        for (_, gradients), update in zip(found.gradients, "DG" if is_authors else "GD", strict=True):
            compared.norms(f"{step}/{update}", gradients)
        networks = {name: player.network for name, player in gan.players.items()}
        compared.weights(f"after{i}", networks, rates(gan))


def _authors(case: Case) -> tuple[dict[str, Parameters], Any]:
    if not case.said["optimiser"].startswith("Torch7 Adam beta1 0.5; D 2e-4, G 2e-3"):
        raise NotBuiltError(f"the optimizer is {case.said['optimiser']}")
    parameters = {
        "generator": Parameters(case, "netG", drops_biases=True),
        "discriminator": Parameters(case, "netD", drops_biases=True),
    }
    share, overlap = (number(case.said["variant"], rf"{name} ([0-9.]*[0-9])") for name in ("wtl2", "overlap"))
    squeezed = _bottleneck(case, "netG")
    values = {
        "gan": "context_encoder", "adversarial_weight": 1.0 - share, "pixel_weight": share,
        "hole_overlap": int(overlap), "g_learning_rate": 2e-3,
    }  # fmt: skip
    return parameters, _made(case, values, parameters, "netG/0.weight", squeezed)


def _bottleneck(case: Case, net: str) -> int:
    """Channels of the map in the middle: those between the last convolution and the first transposed one."""
    kernels = [value for value in case.below(f"init/{net}/").values() if value.ndim == 4]
    # A transposed kernel is [in, out, ...]: in the middle the outputs of one are the inputs of the next, both first.
    middle = [a.shape[0] for a, b in zip(kernels, kernels[1:], strict=False) if a.shape[0] == b.shape[0] != b.shape[1]]
    return middle[0]


def _pytorch_gan(case: Case) -> tuple[dict[str, Parameters], Any]:
    if not case.said["optimiser"].startswith("Adam lr 2e-4, betas (0.5, 0.999), eps 1e-8"):
        raise NotBuiltError(f"the optimizer is {case.said['optimiser']}")
    parameters = {name: Parameters(case, name) for name in ("generator", "discriminator")}
    values = {
        "gan": "context_encoder", "architecture": "context_encoder_patch", "adversarial_loss": "least_squares",
        "reconstruction_loss": "absolute", "hole": "square", "hole_color": "white", "hole_overlap": 0,
        "first_update": "generator",
    }  # fmt: skip
    made = _made(case, values, parameters, "generator/model.0.weight", _bottleneck(case, "generator"))
    return parameters, made


def _made(case: Case, values: dict[str, Any], parameters: Mapping[str, Parameters], first: str, bottleneck: int) -> Any:
    width = len(case.arrays[f"init/{first}"]) / 64

    class Kind(context_encoder.Gan):
        """The product's, with PyTorch's Adam where the case has that."""

        def setup(self) -> None:
            super().setup()
            is_torch7 = case.said["optimiser"].startswith("Torch7")
            self.optimizers = {
                side: dataclasses.replace(said, corrects_epsilon=not is_torch7)
                for side, said in self.optimizers.items()
            }

    values = values | {"bottleneck_channels": round(bottleneck / width)}
    return of_case(case, "input/step1/image_u8", values, Kind, parameters, dict.fromkeys(parameters, width))


def _corners(case: Case, gan: Any, step: str) -> dict[str, np.ndarray]:
    """Numbers of which the product makes the step's corners; none of a hole in the middle."""
    if gan.options.hole == "center":
        return {}
    corner = case.arrays[f"input/{step}/corner"]
    free = gan.dataset.image_shape[0] - gan.hole_side
    return {"holes/corner": np.tile((corner + 0.5) / free, [gan.options.batch_size, 1]).astype(np.float32)}


def _compare_outputs(
    case: Case, compared: Compared, gan: Any, read: tf.Tensor, drawn: Mapping[str, np.ndarray]
) -> None:
    with given(drawn):
        mask = gan.masks(len(read), "holes", Seed.of(0, 1))
    context = gan.context(read, mask)
    made = 2.0 * gan.generator(context, training=True) - 1.0
    if gan.options.hole == "center":
        truth = context_encoder.holes.cut(read, gan.corner(mask), gan.hole_side)
        compared.output("out/step1/context", 2.0 * context - 1.0)
        compared.output("out/step1/fake", made)
        compared.output("out/step1/D_real", tf.sigmoid(gan.discriminator(truth, training=True)))
    else:
        compared.output("out/step1/gen_parts", made)


def _losses(measured: Mapping[str, float], gan: Any, is_authors: bool) -> dict[str, float]:
    """Those that the step measured, by the case's names."""
    options = gan.options
    whole = options.adversarial_weight * measured["loss/g"] + options.pixel_weight * measured["loss/pixel"]
    if is_authors:
        return {"G_adv": measured["loss/g"], "G_objective": whole, "D_real+D_fake": measured["loss/d"]}
    return {"G_adv": measured["loss/g"], "G_pixel": measured["loss/pixel"], "G": whole, "D": measured["loss/d"]}
