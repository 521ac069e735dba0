"""PixelDA from MNIST's digits to digits on photographs, the authors' settings (Bousmalis et al. 2017).

The photographs are CIFAR-10's and not those of MNIST-M, which makes it harder: accuracies of the source alone and of
the target alone belong beside. The authors' count has both updates of a step: 500,000.
"""

from __future__ import annotations

from typing import Any

RECIPE = {
    "expected": (
        "accuracy on MNIST-M .982, trained on the source only .636, on the target only .964; unknown for digits on "
        "CIFAR-10 photographs"
    ),
    "hardware": "one GPU",
    "source": "Bousmalis et al. 2017, table 1; tensorflow/models, domain_adaptation",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "mnist_m_cifar",
        "gan": "pixelda",
        "save_every_steps": 25_000,
        "training_steps": 250_000,
        "translator_blocks": 6,
    }
    return [{**options, "seed": seed, "notes": RECIPE}]
