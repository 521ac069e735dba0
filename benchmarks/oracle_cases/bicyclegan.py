"""BicycleGAN: case bicyclegan_add_all64 of oracle/image_to_image, and others of its form."""

from __future__ import annotations

import re
from typing import Any

import keras
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError, _pytorch
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.gans import bicyclegan
from compare_gan_tf2.options import Options

_NAMES = {
    "generator": ("G/",), "encoder": ("E/conv.", "E/fc.", "E/fcVar."), "discriminator": ("D/",),
    "discriminator_random": ("D2/",),
}  # fmt: skip
_LOSSES = {
    "G_GAN": "loss/g", "G_GAN2": "loss/g_random", "G_L1": "loss/l1", "kl": "loss/kl", "z_L1": "loss/latent",
    "D": "loss/d", "D2": "loss/d_random",
}  # fmt: skip
# Without the last one, which the authors count apart.
_OF_TOTAL = ("G_GAN", "G_GAN2", "G_L1", "kl")


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps: outputs, losses, norms of gradients, weights."""
    original = _pytorch.Original(case, _NAMES, comparison)
    gan = _gan(original)
    for number, step in enumerate(_pytorch.steps(case), 1):
        read = {
            name: tf.constant(_pytorch.images(case, step, stored))
            for name, stored in (("input", "real_A"), ("target", "real_B"))
        }
        noise, z = (case.arrays[f"input/{step}/{name}"] for name in ("eps", "z_random"))
        _compare_outputs(original, gan, step, read, noise, z)
        found = taken(gan, number, {"pairs": read}, {"pairs/noise": noise, "pairs/z": z})
        original.losses(step, _losses(found.measured, gan.options))
        for _, gradients in found.gradients:
            for player, each in gradients.items():
                update = _NAMES[player][0].partition("/")[0]
                original.norms(f"{step}/{update}", gan.players, {player: each})
        original.weights(f"after{number}", gan.players)


def _compare_outputs(
    original: _pytorch.Original, gan: Any, step: str, read: dict[str, tf.Tensor], noise: Any, z: Any
) -> None:
    half, generator, encoder = len(noise), gan.players["generator"], gan.players["encoder"]
    inputs = read["input"][:half]
    mean, log_variance = encoder(read["target"][:half])
    of_read, of_drawn = generator(inputs, mean + tf.exp(0.5 * log_variance) * noise), generator(inputs, tf.constant(z))
    original.outputs(step, {
        "mu": mean, "logvar": log_variance, "mu2": encoder(of_drawn)[0], "fake_B_encoded": 2.0 * of_read - 1.0,
        "fake_B_random": 2.0 * of_drawn - 1.0,
    })  # fmt: skip


def _losses(measured: dict[str, float], options: Options) -> dict[str, float]:
    weights = {
        "G_L1": options.pixel_weight, "kl": options.kl_weight * (options.batch_size // 2), "z_L1": options.latent_weight
    }  # fmt: skip
    found = {name: weights.get(name, 1.0) * measured[ours] for name, ours in _LOSSES.items()}
    return found | {"G": sum(found[name] for name in _OF_TOTAL)}


def _gan(original: _pytorch.Original) -> Any:
    case = original.case
    said = dict(re.findall(r"(ngf|nef|ndf|nz|batch) ([0-9]+)", case.said["variant"]))
    if "add_all" not in case.said["variant"] or not case.said["optimiser"].startswith("four Adams lr 2e-4"):
        raise NotBuiltError(f"it is {case.said['variant']}, {case.said['optimiser']}")
    kernels = [each for each in case.below("init/D/model_0.").values() if each.ndim == 4]
    options = Options.from_dict({
        "gan": "bicyclegan", "dataset": "cifar10", "batch_size": int(said["batch"]), "z_dim": int(said["nz"]),
        "patch_layers": len(kernels) - 2, "learning_rate_decay": 0.0,
    })  # fmt: skip

    class OfCase(bicyclegan.Gan):
        """The product's, with the case's widths and weights."""

        def build_generator(self) -> keras.Model:
            return original.filled("generator", self._of_width("ngf", super().build_generator))

        def build_encoder(self) -> keras.Model:
            return original.filled("encoder", self._of_width("nef", super().build_encoder))

        def build_multiscale_discriminator(self, name: str) -> keras.Model:
            build = super().build_multiscale_discriminator
            return original.filled(name, self._of_width("ndf", lambda: build(name)))

        def _of_width(self, filters: str, build: Any) -> keras.Model:
            before, self.options = self.options, self.options.replace(width=int(said[filters]) / 64)
            try:
                return build()
            finally:
                self.options = before

    return OfCase(options, _pytorch.dataset(case, "real_A"))
