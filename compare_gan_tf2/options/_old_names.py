"""Option names of compare_gan's three versions, and what they say in today's options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from compare_gan_tf2.components import unknown
from compare_gan_tf2.errors import UserError


def _looked_up(name: str, value: str, old: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    if value not in old:
        raise UserError(unknown(name, value, old))
    return old[value]


def _architecture(value: Any) -> dict[str, Any]:
    old = {
        "resnet107": "resnet30",
        "resnet5_ablation": "resnet5",
        "resnet5_biggan": "biggan",
        "resnet_biggan": "biggan",
        "resnet_biggan_deep": "biggan_deep",
    }
    name = str(value).removesuffix("_arch")
    return {"architecture": old.get(name, name)}


def _gan_type(value: Any) -> dict[str, Any]:
    """v1 and v2 named a loss, with its penalty, by a GAN class."""
    old = {
        "GAN": {"loss": "non_saturating"},
        "GAN_MINMAX": {"loss": "minimax"},
        "GAN_PENALTY": {"loss": "non_saturating"},
        "SN_GAN": {"loss": "non_saturating"},
        "LSGAN": {"loss": "least_squares"},
        "LSGAN_PENALTY": {"loss": "least_squares"},
        "WGAN": {"loss": "wasserstein"},
        "WGAN_PENALTY": {"loss": "wasserstein"},
        # The only class that drew latents of its own for the generator's update.
        "WGAN_GP": {"loss": "wasserstein", "penalty": "wgan_gp", "latents": "fresh"},
        # Not the penalty dragan_penalty of the *_PENALTY classes: another neighborhood, and of the probability.
        "DRAGAN": {"loss": "non_saturating", "penalty": "dragan_v1"},
        "BEGAN": {"gan": "began", "loss": "none"},
        "VAE": {"gan": "vae", "loss": "none", "z_distribution": "normal"},
        "ModularGAN": {"gan": "modular"},
        "SSGAN": {"gan": "ssgan"},
        "S3GAN": {"gan": "s3gan"},
        "MultiGAN": {"gan": "multigan", "loss": "non_saturating"},
        # Its background is in background_interaction: see settle.
        "MultiGANBackground": {"gan": "multigan", "loss": "non_saturating"},
    }
    return _looked_up("gan_type", str(value), old)


def _dataset(value: Any) -> dict[str, Any]:
    old = {
        "celeba": "celeb_a",
        "celebahq128": "celeb_a_hq_128",
        "fashion-mnist": "fashion_mnist",
        "imagenet128": "imagenet_128",
        "imagenet64": "imagenet_64",
        "lsun-bedroom": "lsun_bedroom",
    }
    return {"dataset": old.get(str(value), value)}


def _penalty(value: Any) -> dict[str, Any]:
    old = {
        "dragan_penalty": "dragan",
        "l2_penalty": "l2",
        "no_penalty": "none",
        "wgangp": "wgan_gp",
        "wgangp_penalty": "wgan_gp",
    }
    return {"penalty": old.get(str(value), value)}


def _discriminator_normalization(value: Any) -> dict[str, Any]:
    """v2 had one switch for what is now chosen apart: activations and kernels."""
    old = {
        "none": {"d_normalization": "none", "d_weight_normalization": "none"},
        "batch_norm": {"d_normalization": "batch", "d_weight_normalization": "none"},
        "layer_norm": {"d_normalization": "layer", "d_weight_normalization": "none"},
        "spectral_norm": {"d_normalization": "none", "d_weight_normalization": "spectral"},
        "weight_norm": {"d_normalization": "none", "d_weight_normalization": "weight"},
    }
    return _looked_up("discriminator_normalization", str(value), old)


def _discriminator_batchnorm(value: Any) -> dict[str, Any]:
    """v1's switch."""
    old = {"true": {"d_normalization": "batch"}, "false": {"d_normalization": "none"}}
    return _looked_up("discriminator_batchnorm", str(value).lower(), old)


def _background_interaction(value: Any) -> dict[str, Any]:
    """Whether the background was in the relational stage; whether there was one was said by the GAN class."""
    old = {"true": {"background": "related"}, "false": {"background": "apart"}}
    return _looked_up("background_interaction", str(value).lower(), old)


# Old name (v1, v2: task files; v3: gin) -> what it says in today's options.
ALIASES: dict[str, Callable[[Any], dict[str, Any]]] = {
    # Beside gan_type=BEGAN something else: see settle.
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
    "dataset": _dataset,
    "discriminator_batchnorm": _discriminator_batchnorm,
    "discriminator_normalization": _discriminator_normalization,
    "gamma": lambda value: {"diversity_ratio": value},
    "self_supervision": lambda value: {"self_supervision": {"rotation_gan": "rotation"}.get(str(value), value)},
    "weight_rotation_loss_d": lambda value: {"d_rotation_weight": value},
    "weight_rotation_loss_g": lambda value: {"g_rotation_weight": value},
    "use_predictor": lambda value: {"class_predictor": value},
    "use_soft_pred": lambda value: {"soft_predictions": value},
    "weight_class_loss": lambda value: {"class_weight": value},
    "optimizer": lambda value: {"g_optimizer": value, "d_optimizer": value},
    "k": lambda value: {"objects": value},
    "aggregate": lambda value: {"aggregation": value},
    "n_blocks": lambda value: {"relation_blocks": value},
    "n_heads": lambda value: {"relation_heads": value},
    "share_block_weights": lambda value: {"relation_shared": value},
    "embedding_dim": lambda value: {"relation_units": value},
    "background_interaction": _background_interaction,
    "eval_test_samples": lambda value: {"evaluation_samples": value},
    "save_checkpoint_steps": lambda value: {"save_every_steps": value},
    "save_checkpoints_steps": lambda value: {"save_every_steps": value},
}


def settle(gan_type: str, values: dict[str, Any]) -> None:
    """Changes what only a whole task of v1 or v2 (one with a gan_type) tells; values are by today's names.

    Numbers of discriminator updates become generator steps, BEGAN's lambda, which is no penalty's, its gain, and a WGAN
    without a bound gets v1's default. A MultiGANBackground has a background, and no blocks of attention had no heads.
    """
    if gan_type == "WGAN":
        values.setdefault("weight_clipping", 0.01)
    if gan_type == "MultiGANBackground":
        values.setdefault("background", "apart")
    if values.get("relation_heads") == 0 and not values.get("relation_blocks"):
        del values["relation_heads"]
    for name in ("training_steps", "save_every_steps"):
        if name in values:
            values[name] = max(1, values[name] // values.get("disc_iters", 1))
    if values.get("gan") == "began" and "penalty_weight" in values:
        values["proportional_gain"] = values.pop("penalty_weight")


def translate(name: str, value: Any) -> dict[str, Any]:
    """Today's options that a name, old or new, and its value stand for."""
    return ALIASES[name](value) if name in ALIASES else {name: value}
