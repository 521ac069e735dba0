"""The GAN Landscape's architectures, small: eight configurations on CIFAR-10, 128 trainings of narrow networks."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _landscape

search = _landscape.SMALL_SEARCH


def space() -> dict[str, Any]:
    """What all searches share: an eighth of the published width, and 400 steps, as these networks take longer."""
    own = {"dataset": "cifar10", "width": 0.125, "z_dim": 128, "training_steps": 400, "save_every_steps": 400}
    return _landscape.small_space() | own


def configurations() -> list[dict[str, Any]]:
    """Eight, each with 16 trainings."""
    return _landscape.architectures(("sndcgan", "resnet_cifar"))


def tasks(seed: int) -> list[dict[str, Any]]:
    """Settings from the literature; the seed makes no difference."""
    del seed
    return _landscape.from_literature(configurations(), _landscape.FEW)
