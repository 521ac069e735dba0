"""The semi-supervised adversarial autoencoder: four phases with two discriminators of codes."""

from __future__ import annotations

from typing import Any
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, _latent
from benchmarks.oracle_cases._autoencoders import (
    compare_outputs,
    compare_step,
    dataset,
    from_unit,
    headed_encoder,
    network,
    to_unit,
)
from benchmarks.oracle_cases._layers import Joined, ListedNetwork
from benchmarks.oracle_cases._steps import taken
from compare_gan_tf2.gans import aae_semi_supervised
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws

_LOSSES = {
    "loss/reconstruction": "reconstruction/unlabelled", "loss/reconstruction_labeled": "reconstruction/labelled",
    "loss/d_style_prior": "discriminators/z_prior", "loss/d_style_code": "discriminators/z_code",
    "loss/d_class_prior": "discriminators/y_prior", "loss/d_class_code": "discriminators/y_code",
    "loss/e_style": "generator/z", "loss/e_class": "generator/y", "loss/class": "supervised",
}  # fmt: skip
# The product's purpose of a phase -> the case's name of it.
_PHASES = {
    "reconstruction": "grad_reconstruction", "discriminators": "grad_discriminators", "encoder": "grad_generator",
    "supervision": "grad_supervised",
}  # fmt: skip


def compare(case: Case, comparison: Comparison) -> None:
    """Both steps; of the first one also the outputs that are stored."""
    gan = _gan(case)
    for step in (1, 2):
        given = case.below(f"in/step{step}/")
        images, labeled = (_images(given[name]) for name in ("unlabelled", "labelled"))
        if step == 1:
            logits, styles = gan.encoded(images)
            classes = tf.nn.softmax(logits)
            copies = from_unit(gan.decoded(gan.generator, styles, classes))
            outputs = {"y_unlabelled": classes, "z_unlabelled": styles, "copy_unlabelled": copies}
            compare_outputs(case, comparison, outputs)
        rows = {"images": images, "labeled_images": labeled, "known_labels": tf.constant(given["labels"])}
        drawn = {"discriminators/z/style": given["prior_z"]}
        with mock.patch.object(draws.Seed, "labels", lambda *_, given=given: tf.constant(given["prior_y"])):
            found = taken(gan, step, {"reconstruction": rows}, drawn)
        compare_step(case, comparison, gan, step, found, _PHASES, _LOSSES)


def _images(rows: np.ndarray) -> tf.Tensor:
    return to_unit(tf.constant(rows))


def _gan(case: Case) -> Any:
    said, rates = case.said["config"], case.said["optimizers"]
    values = _latent.options_of(rates["encoder"], rates["d_z"]) | {
        "dataset": "mnist", "gan": "aae_semi_supervised", "batch_size": said["batch"], "z_dim": said["z_dim"],
        "code_noise": 0.0,
    }  # fmt: skip

    def told(of_case: ListedNetwork, codes: tf.Tensor) -> tf.Tensor:
        """One logit of two: the first is that of the prior."""
        both = of_case(codes)
        return both[:, :1] - both[:, 1:]

    class OfCase(aae_semi_supervised.Gan):
        """The product's, on the case's networks."""

        @property
        def number_of_classes(self) -> int:
            return int(said["classes"])

        def build_generator(self) -> keras.Model:
            of_y, of_z, rest = (ListedNetwork(case, name) for name in ("g_merge_y", "g_merge_z", "g"))
            made = Joined([of_y, of_z, rest], lambda z, y: to_unit(rest(of_y(y) + of_z(z))))
            made.z_dim = of_z.z_dim
            return made

        def build_encoder(self) -> keras.Model:
            return headed_encoder(case, {"class": "e_y", "style": "e_z"})

        def build_style_discriminator(self) -> keras.Model:
            return network(case, "d_z", told)

        def build_class_discriminator(self) -> keras.Model:
            return network(case, "d_y", told)

    return OfCase(Options.from_dict(values), dataset(case))
