"""The adversarial autoencoder in PyTorch-GAN's form: one update of both networks, then of the discriminator."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, _latent
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
from benchmarks.oracle_cases._steps import given, taken
from compare_gan_tf2.gans import aae
from compare_gan_tf2.options import Options

_LOSSES = {
    "loss/e": "g/adversarial", "loss/reconstruction": "g/reconstruction_l1", "loss/d_prior": "d/prior",
    "loss/d_code": "d/code",
}  # fmt: skip


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps; of the first one also the outputs that are stored."""
    gan = _gan(case)
    for step in (1, 2):
        given_ = case.below(f"in/step{step}/")
        drawn = {"autoencoder/noise": given_["noise"], "discriminator/z": given_["prior"]}
        images = to_unit(tf.constant(given_["real"]))
        if step == 1:
            with given(drawn), _latent.drawing("autoencoder"):
                codes = gan.drawn_codes(images)
            outputs = {
                "code": codes, "copy": from_unit(gan.generator(codes)),
                "d/prior_logits": gan.discriminator(tf.constant(given_["prior"])),
                "d/code_logits": gan.discriminator(codes),
            }  # fmt: skip
            compare_outputs(case, comparison, outputs)
        found = taken(gan, step, {"autoencoder": {"images": images}}, drawn)
        # Both losses of an update as it descends on them.
        weight, measured = gan.options.regularization_weight, found.measured
        measured["g"] = weight * measured["loss/e"] + (1.0 - weight) * measured["loss/reconstruction"]
        measured["d"] = 0.5 * (measured["loss/d_prior"] + measured["loss/d_code"])
        losses = _LOSSES | {"g": "g/loss", "d": "d/loss"}
        compare_step(case, comparison, gan, step, found, {"autoencoder": "grad", "discriminator": "grad"}, losses)


def _gan(case: Case) -> Any:
    said, rates = case.said["config"], case.said["optimizers"]
    values = _latent.options_of(rates["g"], rates["d"]) | {
        "gan": "aae", "batch_size": said["batch"], "z_dim": said["z_dim"], "posterior": "gaussian", "code_noise": 0.0,
        "regularization_weight": said["weight_adversarial"], "reconstruction_loss": "absolute",
        "gradient_clipping": 0.0,
    }  # fmt: skip

    class OfCase(aae.Gan):
        """The product's, on the case's networks."""

        def build_generator(self) -> keras.Model:
            return network(case, "g", lambda of_case, codes: to_unit(of_case(codes)))

        def build_encoder(self) -> keras.Model:
            return encoder(case, ("e_mu", "e_log_variance"))

        def build_code_discriminator(self) -> keras.Model:
            return ListedNetwork(case, "d")

    return OfCase(Options.from_dict(values), dataset(case))
