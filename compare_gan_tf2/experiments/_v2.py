"""The studies of compare_gan's second version: GANs with any penalty, normalization and architecture.

Kurach et al. 2018, "The GAN Landscape" (arXiv:1807.04720). Settings are here by their old names, and translated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compare_gan_tf2.experiments import _v1
from compare_gan_tf2.options import parse

GANS = (*_v1.GANS, "GAN_PENALTY", "WGAN_PENALTY")
_LANDSCAPE = "Kurach et al. 2018, The GAN Landscape"

_PENALTY_DEFAULTS: dict[str, dict[str, Any]] = {
    "GAN_PENALTY": {"beta1": 0.0, "disc_iters": 1, "discriminator_normalization": "batch_norm", "learning_rate": 5e-5},
    "WGAN_PENALTY": {"beta1": 0.5, "disc_iters": 5, "discriminator_normalization": "none", "learning_rate": 1e-4},
}
_EVERY_PENALTY_DEFAULT = {"beta2": 0.999, "lambda": 10.0, "penalty_type": "no_penalty"}
# Decay and epsilon of batch norm, which the networks had each for themselves.
_BATCH_NORM = {
    "infogan": (0.999, 1e-3),
    "dcgan": (0.9, 1e-5),
    "sndcgan": (0.9, 2e-5),
    "resnet5": (0.9, 1e-5),
    "resnet_cifar": (0.9, 1e-5),
}
# v2 scored LSUN with 10,000 images; the number of today's entry is v3's.
_EVALUATION_SAMPLES = {"lsun_bedroom": 10000}


def default(gan: str) -> dict[str, Any]:
    """A GAN's default setting, by old names."""
    if gan in _PENALTY_DEFAULTS:
        return _PENALTY_DEFAULTS[gan] | _EVERY_PENALTY_DEFAULT
    return _v1.default(gan, narrow=False)


def task(gan: str, dataset: str, architecture: str, steps: tuple[int, int], **setting: Any) -> dict[str, Any]:
    """A task in today's options.

    Args:
        gan: a class of v2.
        dataset: today's name.
        architecture: today's name.
        steps: updates of the discriminator in all, and between checkpoints.
        setting: further settings, by names old or new, and notes.
    """
    notes = {
        "original_gan_type": gan,
        "original_training_steps": steps[0],
        "original_save_every_steps": steps[1],
        **setting.pop("notes", {}),
    }
    decay, epsilon = _BATCH_NORM[architecture]
    values = {
        "gan_type": gan,
        "dataset": dataset,
        "architecture": architecture,
        "batch_size": 64,
        "reference": "v2",
        "batch_norm_decay": decay,
        "batch_norm_epsilon": epsilon,
        "evaluation_samples": _EVALUATION_SAMPLES.get(dataset, 0),
        "training_steps": steps[0],
        "save_every_steps": steps[1],
        **setting,
    }
    return parse(values) | {"notes": notes}


def penalties(datasets: tuple[str, ...], architecture: str, seed: int) -> list[dict[str, Any]]:
    """Two GANs with and without the gradient penalty; the original seed is 42."""
    return [
        task(
            gan,
            dataset,
            architecture,
            (202500, 10000),
            **default(gan) | {"penalty_type": penalty, "z_dim": 128, "seed": 42 + seed},
        )
        for dataset in datasets
        for gan in ("GAN_PENALTY", "WGAN_PENALTY")
        for penalty in ("no_penalty", "wgangp_penalty")
    ]


def small(planned: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same settings for CIFAR-10, with an eighth of the channels and a hundredth of the steps, scored at the end.

    Each is there once, and without its published score, which is of other networks.
    """
    made = []
    for each in planned:
        steps = each["training_steps"] // 100
        changed = {"dataset": "cifar10", "width": 0.125, "evaluation_samples": 0}
        changed |= {"training_steps": steps, "save_every_steps": steps}
        left_out = {"notes"} if each["penalty"] != "none" else {"notes", "penalty_weight"}
        options = {name: value for name, value in each.items() if name not in left_out} | changed
        made.append(options | {"notes": {"original_gan_type": each["notes"]["original_gan_type"]}})
    return [each for number, each in enumerate(made) if each not in made[:number]]


def best_model(
    fid: float,
    dataset: str,
    architecture: str,
    steps: int,
    *,
    source: str,
    norm: str,
    weight: float,
    seed: int,
    learning_rate: float,
    beta1: float = 0.5,
    beta2: float = 0.999,
    disc_iters: int = 1,
    gan: str = "GAN_PENALTY",
    penalty: str = "no_penalty",
    remark: str = "",
) -> dict[str, Any]:
    """A task with its published FID in its notes. Where there is no penalty its weight, as published, has no effect."""
    notes = {"expected_fid": fid, "source": f"{_LANDSCAPE}, {source}"} | ({"remark": remark} if remark else {})
    return task(
        gan,
        dataset,
        architecture,
        (steps, 20000),
        z_dim=128,
        seed=seed,
        discriminator_normalization=norm,
        penalty_type=penalty,
        penalty_weight=weight,
        learning_rate=learning_rate,
        beta1=beta1,
        beta2=beta2,
        disc_iters=disc_iters,
        notes=notes,
    )
