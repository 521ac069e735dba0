"""L1 to the input: how much a translation changes an image; 0 if nothing changes."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.paired_metrics import Batch, Measure, Setup
from compare_gan_tf2.paired_metrics.l1 import distance

NEEDS = ("inputs",)
# A translation has to change something, and not everything.
LOWER_IS_BETTER = {"l1_to_input": None}
PROTOCOL = "pixels in 0 to 1"


def measure(setup: Setup) -> Measure:
    """{"l1_to_input": in [0, 1]}: the mean over pixels and channels of |output - input| / 255."""
    del setup

    def values(batch: Batch) -> dict[str, np.ndarray]:
        assert batch.inputs is not None
        found = [distance(output, given) for output, given in zip(batch.outputs, batch.inputs, strict=True)]
        return {"l1_to_input": np.array(found, np.float64)}

    return Measure(values)
