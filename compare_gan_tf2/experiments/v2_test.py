"""compare_gan v2, test: its GANs for a hundred steps on random images, with their default settings (10 tasks)."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _v2


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task per GAN; `seed` is added to the original 42. The random images have no classes."""
    fixed = {"z_dim": 64, "evaluation_samples": 50, "seed": 42 + seed}
    return [_v2.task(gan, "fake", "infogan", (100, 10000), **_v2.default(gan) | fixed) for gan in _v2.GANS]
