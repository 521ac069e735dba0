"""Arrays of cases under the originals' names, which the product's importer of weights knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare_gan_tf2.style_weights.names import Form, places


def ours(form: Form, network: Any, stored: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Some of a network's weights, or gradients of them, by the product's names and in its layouts.

    Args:
        form: of the original.
        network: the product's.
        stored: by the original's names.
    """
    ranks = {path: len(each.shape) for path, each in network.named_variables().items()}
    found = {place.name: (path, place.layout) for path, place in places(form, network.name, ranks).items()}
    return {found[name][0]: found[name][1].ours(value) for name, value in stored.items()}
