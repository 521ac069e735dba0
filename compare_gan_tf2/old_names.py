"""Option names of compare_gan's three versions, and what they say in today's options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compare_gan_tf2.components import unknown
from compare_gan_tf2.errors import UserError


def _architecture(value: Any) -> dict[str, Any]:
    return {"architecture": str(value).removesuffix("_arch")}


def _gan_type(value: Any) -> dict[str, Any]:
    """v1 and v2 named a loss, with its penalty, by a GAN class."""
    old = {
        "GAN": {"loss": "non_saturating"},
        "GAN_PENALTY": {"loss": "non_saturating"},
        "SN_GAN": {"loss": "non_saturating"},
        "LSGAN": {"loss": "least_squares"},
        "LSGAN_PENALTY": {"loss": "least_squares"},
        "WGAN_PENALTY": {"loss": "wasserstein"},
        # The only class that drew latents of its own for the generator's update.
        "WGAN_GP": {"loss": "wasserstein", "penalty": "wgan_gp", "latents": "fresh"},
        "ModularGAN": {"gan": "modular"},
    }
    if str(value) not in old:
        raise UserError(unknown("gan_type", value, old))
    return old[str(value)]


def _penalty(value: Any) -> dict[str, Any]:
    old = {"no_penalty": "none", "wgangp_penalty": "wgan_gp", "wgangp": "wgan_gp"}
    return {"penalty": old.get(str(value), value)}


def _discriminator_normalization(value: Any) -> dict[str, Any]:
    """v2 had one switch for what is now chosen apart: activations and kernels."""
    old = {
        "none": {"d_normalization": "none", "d_weight_normalization": "none"},
        "batch_norm": {"d_normalization": "batch", "d_weight_normalization": "none"},
        "spectral_norm": {"d_normalization": "none", "d_weight_normalization": "spectral"},
    }
    if str(value) not in old:
        raise UserError(unknown("discriminator_normalization", value, old))
    return old[str(value)]


# Old name (v1, v2: task files; v3: gin) -> what it says in today's options.
ALIASES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "lambda": lambda value: {"penalty_weight": value},
    "lamba": lambda value: {"penalty_weight": value},
    "penalty_lambda": lambda value: {"penalty_weight": value},
    "penalty_type": _penalty,
    "penalty": _penalty,
    "learning_rate": lambda value: {"g_learning_rate": value, "d_learning_rate": value},
    "g_lr": lambda value: {"g_learning_rate": value},
    "d_lr": lambda value: {"d_learning_rate": value},
    "tf_seed": lambda value: {"seed": value},
    "tf_random_seed": lambda value: {"seed": value},
    "gan_type": _gan_type,
    "gan_class": _gan_type,
    "architecture": _architecture,
    "discriminator_normalization": _discriminator_normalization,
    "eval_test_samples": lambda value: {"evaluation_samples": value},
    "save_checkpoint_steps": lambda value: {"save_every_steps": value},
    "save_checkpoints_steps": lambda value: {"save_every_steps": value},
}


def count_generator_steps(values: dict[str, Any]) -> None:
    """Changes numbers of discriminator updates, as task files of v1 and v2 have them, into generator steps."""
    for name in ("training_steps", "save_every_steps"):
        if name in values:
            values[name] = max(1, values[name] // values.get("disc_iters", 1))


def translate(name: str, value: Any) -> dict[str, Any]:
    """Today's options that a name, old or new, and its value stand for."""
    return ALIASES[name](value) if name in ALIASES else {name: value}
