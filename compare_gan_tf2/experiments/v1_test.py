"""compare_gan v1, test: its eight GANs for an epoch of MNIST with their default settings (8 tasks)."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _v1


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task per GAN; `seed` is added to the original 42."""
    return [
        _v1.task(gan, "mnist", _v1.default(gan, narrow=True), (60000 // 64, 10000), reference="v1", seed=42 + seed)
        for gan in _v1.GANS
    ]
