"""VAE-GAN: three routes of one forward pass, on sums over the batch; no gate."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError
from benchmarks.oracle_cases._autoencoders import (
    compare_outputs,
    compare_step,
    dataset,
    encoder,
    from_unit,
    network,
    to_unit,
)
from benchmarks.oracle_cases._layers import ListedNetwork
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.gans import vae_gan
from compare_gan_tf2.options import Options

_LOSSES = {
    "kl": "kl", "similarity": "similarity", "loss/d_real": "gan_cost_real_mean", "loss/d_fake":
    "gan_cost_generated_mean", "cost": "gan_cost_weighted_for_d", "cost_of_generated": "gan_cost_generated_sum",
}  # fmt: skip


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps; of the first one also the outputs that are stored; of both what the gate would have said."""
    gan = _gan(case)
    rows = case.said["config"]["batch"]
    for step in (1, 2):
        given_ = case.below(f"in/step{step}/")
        drawn = {"vae_gan/noise": given_["noise"], "vae_gan/z": given_["prior"]}
        images = to_unit(tf.constant(given_["real"]))
        if step == 1:
            compare_outputs(case, comparison, _outputs(gan, images, given_))
        found = taken(gan, step, {"vae_gan": {"images": images}}, drawn)
        measured = found.measured
        real, fake = measured["loss/d_real"], measured["loss/d_fake"]
        measured |= {name: rows * measured[f"loss/{name}"] for name in ("kl", "similarity")}
        measured |= {"cost": 0.5 * rows * (real + fake), "cost_of_generated": 2 * rows * fake}
        compare_step(case, comparison, gan, step, found, {"vae_gan": "grad"}, _LOSSES)
        _compare_gate(case, comparison, step, gan.gate(real, fake))


def _outputs(gan: Any, images: tf.Tensor, given_: dict) -> dict[str, Any]:
    mean, log_variance = gan.gaussians(images)
    copies = gan.generator(mean + tf.exp(0.5 * log_variance) * given_["noise"])
    samples = gan.generator(tf.constant(given_["prior"]))
    return {
        "mu": mean, "log_variance": log_variance, "reconstruction": from_unit(copies),
        "features_of_reconstruction": gan.layer(copies), "features_of_real": gan.layer(images),
        "p_real": tf.sigmoid(gan.judged(images)),
        "p_generated": tf.sigmoid(gan.judged(tf.concat([copies, samples], 0))),
    }  # fmt: skip


def _compare_gate(case: Case, comparison: Comparison, step: int, moves: dict[str, tf.Tensor]) -> None:
    said = case.said["config"][f"step{step}/gate (equilibrium 0.68, margin 0.35)"]
    for player, name in (("discriminator", "update_discriminator"), ("generator", "update_decoder")):
        comparison.close(f"step{step}/gate/{player}", float(moves[player]), float(said[name]))


def _gan(case: Case) -> Any:
    said, rates = case.said["config"], case.said["optimizers"]
    if any(each["kind"] != "sgd" or each["learning_rate"] != 0.001 for each in rates.values()):
        raise NotBuiltError("an optimizer is another one than gradient descent at a rate of 0.001")
    rate = 0.001 * said["batch"]  # divided by the batch again
    values = {
        "gan": "vae_gan", "batch_size": said["batch"], "z_dim": said["z_dim"], "similarity_weight": said["gamma"],
        "judges_reconstructions": said["discriminate_reconstructions"], "gate_margin": 0.35,
        "g_optimizer": "sgd", "d_optimizer": "sgd", "g_learning_rate": rate, "d_learning_rate": rate,
        "l2_in_gradient": 0.0, "learning_rate_decay": 0.0,
    }  # fmt: skip

    class OfCase(vae_gan.Gan):
        """The product's, on the case's networks."""

        def build_generator(self) -> keras.Model:
            return network(case, "g", lambda of_case, z: to_unit(of_case(z)))

        def build_encoder(self) -> keras.Model:
            return encoder(case, ("e_mu", "e_log_variance"))

        def build_discriminator(self) -> keras.Model:
            return _Discriminator(case)

        def compared_links(self) -> list[Any]:
            return self.discriminator.layers_said[: said["similarity_after_layers_of_d"]]

        def layer(self, images: tf.Tensor) -> tf.Tensor:
            return self.discriminator.through(self._links, from_unit(images))

    return OfCase(Options.from_dict(values), dataset(case))


class _Discriminator(ListedNetwork):
    """The case's, which gives logits and no features."""

    def __init__(self, case: Case):
        super().__init__(case, "d")

    def call(self, images: tf.Tensor, training: bool = False) -> tuple[tf.Tensor, None]:
        return super().call(from_unit(images), training), None

    def through(self, layers: list[Any], x: tf.Tensor) -> tf.Tensor:
        """x through some of its layers."""
        for layer in layers:
            x = self._through(layer, x)
        return x
