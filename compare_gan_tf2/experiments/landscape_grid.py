"""The landscape as one grid: losses x penalties x normalizations, objectives, labels, options (thousands of tasks)."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2 import components
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder.tasks import grid, possible

_SHARED = {
    "dataset": "mnist",
    "architecture": "infogan",
    "z_dim": 64,
    "training_steps": 15625,
    "save_every_steps": 3125,
}


def combinations() -> list[dict[str, Any]]:
    """Options of all combinations, also of those that `refusals` refuses, without duplicates.

    The axes are crossed where the papers cross them (loss, penalty, the discriminator's two normalizations; objective
    and all four normalizations; labels); the rest once with every loss or every objective.
    """
    losses, penalties = (list(components.names(kind)) for kind in ("losses", "penalties"))
    gans = [name for name in components.names("gans") if _has_networks(name)]
    # Batch norm without its gain goes wherever batch norm does.
    normalizations = [name for name in components.names("normalizations") if name != "plain_batch"]
    weights = list(components.names("weight_normalizations"))
    # Self-modulation needs latents, which no discriminator has: not a value of this axis.
    of_discriminator = [name for name in normalizations if name not in ("self_modulated_batch", "virtual_batch")]
    logit_losses = [name for name in losses if name != "none"]
    crossed = [
        *grid(
            loss=logit_losses, penalty=penalties, d_normalization=of_discriminator, d_weight_normalization=weights,
        ),
        *grid(
            gan=gans, g_normalization=normalizations, g_weight_normalization=weights,
            d_normalization=of_discriminator, d_weight_normalization=weights,
        ),
        *grid(
            conditional=True, g_normalization=normalizations, d_normalization=of_discriminator,
            d_weight_normalization=weights, d_conditioning=["concatenation", "projection"],
            fake_labels=["data", "uniform"],
        ),
        *grid(conditional=True, g_normalization="conditional_batch", loss=logit_losses, penalty=penalties),
        *grid(gan=gans, loss=losses),
        *grid(gan=gans, penalty=penalties),
        *grid(loss=logit_losses, label_smoothing=0.1),
        *grid(loss=logit_losses, weight_clipping=0.1),
        *grid(loss=logit_losses, augmentation=list(components.names("augmentations"))),
        *grid(penalty=penalties, augmentation=list(components.names("augmentations"))),
        *grid(gan=gans, g_optimizer=["adam", "rmsprop", "sgd"], d_optimizer=["adam", "rmsprop", "sgd"]),
        *grid(gan=gans, z_distribution=["normal", "truncated", "uniform"]),
        *grid(gan=gans, disc_iters=[1, 2]),
        *grid(
            gan=[name for name in gans if name != "vae"], disc_iters=[1, 2], judge=["apart", "together"],
            latents=["fresh", "reused"],
        ),
    ]  # fmt: skip
    unique = {Options.unchecked(_SHARED | each): _SHARED | each for each in crossed}
    return list(unique.values())


def _has_networks(gan: str) -> bool:
    """Whether a GAN type is trained on one set of images, and the grid's architecture has its networks."""
    facts = components.facts("gans", gan)
    wanted = facts["NETWORKS"] if facts["ABILITIES"].get("generate", ("", ""))[1] == "images" else ()
    there = [components.defines("architectures", str(_SHARED["architecture"]), each) for each in wanted]
    return bool(there) and all(there)


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task per combination that is possible, on MNIST with InfoGAN's networks and v1's budget."""
    return [each | {"seed": seed} for each in possible(combinations())]
