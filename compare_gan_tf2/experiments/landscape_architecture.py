"""The GAN Landscape, section 3.3: SNDCGAN against ResNets, four constraints, three sets of images (3,696 trainings)."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _landscape

search = _landscape.SEARCH
space = _landscape.space
_CIFAR = {"dataset": "cifar10", "training_steps": 200_000}


def configurations() -> list[dict[str, Any]]:
    """Twenty-eight, each with 132 trainings; on CIFAR-10 twice as long, with the spectral norm paper's ResNet too."""
    return [
        *_landscape.crossed(_landscape.DATA, _landscape.architectures(("sndcgan", "resnet5"))),
        *_landscape.crossed([_CIFAR], _landscape.architectures(("sndcgan", "resnet5", "resnet_cifar"))),
    ]


def tasks(seed: int) -> list[dict[str, Any]]:
    """Settings from the literature; the seed makes no difference."""
    del seed
    return _landscape.from_literature(configurations())
