"""R-precision: share of outputs that match their own caption better than 99 others, by a trained matcher."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.paired_metrics import Batch, Measure, Setup

NEEDS = ("captions",)
COLUMNS = ("captions",)
LOWER_IS_BETTER = False
PROTOCOL = "own caption among 100 of the evaluation split, drawn by the caption"


def measure(setup: Setup) -> Measure:
    """{"caption_retrieval": in [0, 1]}, .01 by chance (Xu et al. 2018).

    Read beside the matcher's own share on real images, which its description says.
    """
    assert setup.matcher is not None
    matcher = setup.matcher()

    def values(batch: Batch) -> dict[str, np.ndarray]:
        return {"caption_retrieval": matcher.finds(batch.outputs, list(batch.beside["captions"]))}

    return Measure(values, details=matcher.description, extractor_id=matcher.id)
