"""compare_gan v2, settings of the best models with SNDCGAN, small: narrow networks for CIFAR-10."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.experiments import _v2
from compare_gan_tf2.experiments import best_models_sndcgan as published


def tasks(seed: int) -> list[dict[str, Any]]:
    """Each setting once."""
    return _v2.small(published.tasks(seed))
