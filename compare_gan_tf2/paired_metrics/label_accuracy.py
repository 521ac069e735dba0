"""Classification accuracy of outputs: share in which an extractor's classifier sees the requested class."""

from __future__ import annotations

import numpy as np

from compare_gan_tf2.paired_metrics import Batch, Measure, Setup

NEEDS = ("labels", "logits")
LOWER_IS_BETTER = False
PROTOCOL = ""


def measure(setup: Setup) -> Measure:
    """{"label_accuracy": in [0, 1]}; the highest logit's class counts, the first of equal ones.

    Read beside the classifier's own accuracy on real images, which its description says, and beside a diversity: ten
    perfect prototypes have accuracy 1.
    """
    extractor = setup.extractor
    assert extractor is not None

    def values(batch: Batch) -> dict[str, np.ndarray]:
        labels = batch.labels
        assert labels is not None
        outside = labels[(labels < 0) | (labels >= extractor.num_logits)]
        if len(outside):
            raise ValueError(f"label {outside[0]} is none of the {extractor.num_logits} classes of {extractor.id}")
        logits = extractor.extract(batch.outputs / np.float32(255.0))[1]
        if not np.isfinite(logits).all():
            raise ValueError(f"logits of {extractor.id} are not finite")
        return {"label_accuracy": (logits.argmax(axis=1) == labels).astype(np.float64)}

    return Measure(values, details=extractor.description, extractor_id=extractor.id)
