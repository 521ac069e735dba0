"""Settings at random: each parameter uniform on its range, or in its logarithm."""

from __future__ import annotations

from typing import Any

import numpy as np

from compare_gan_tf2.studies.searches import Known, draws
from compare_gan_tf2.studies.space import Space


def propose(space: Space, known: Known, rng: np.random.Generator, count: int, tried: set[str]) -> list[dict[str, Any]]:
    """Draws that were not tried; what is known of others does not matter."""
    return draws(space, rng, set(tried), count)
