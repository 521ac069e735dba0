"""Classification error of a model trained with few labels, beside supervised baselines on the same labels.

Salimans et al. (2016), section 5: 0.93 % on MNIST with 100 labels after 180,000 steps. The baselines have seen the
labeled images alone: the data set's small classifier, and the nearest labeled image by pixels.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from compare_gan_tf2.model_metrics import TrainedModel, _abilities, _probes, classification_accuracy

DEFAULT = False
LOWER_IS_BETTER = {
    "few_label_error": True,
    "few_label_error_classifier": None,
    "few_label_error_nearest": None,
    "few_label_error_untrained": None,
    "few_labels": None,
    "few_labels_least": None,
    "few_labels_most": None,
    "few_labels_among": None,
    "few_labels_checksum": None,
}
APPLIES_TO = "models that classify images and were trained with labels"
COST = "Classifies 10,000 images, and trains the small classifier on the labeled ones once: about two minutes."
# Steps that the small classifier takes at least, and labeled images that the baselines see at most.
_STEPS, _MOST = 1_000, 50_000
# Images of one of its steps.
_BATCH = 128
PROTOCOL = f"first {_abilities.IMAGES} labeled images of the evaluation split, small classifier after {_STEPS} steps"


def applies(dataset: Any, options: Any) -> bool:
    """Whether the model can classify and there are classes; that it has seen labels is known when its data are read."""
    return bool(dataset.num_classes and _abilities.has(options, "classify"))


def metric(model: TrainedModel) -> dict[str, float]:
    """Scores the class of the highest output of `classify` on real images.

    Returns:
        few_label_error: share in [0, 1] of evaluation images that get another class than theirs.
        few_label_error_classifier, few_label_error_nearest: of the baselines; few_label_error_untrained: of the model
            before training.
        few_labels, few_labels_least, few_labels_most: labeled training images, the fewest and the most of a class.
        few_labels_among: training images that are read, the labeled ones among them; types that learn from unlabeled
            images take all of these, so that the labeled ones count there too.
        few_labels_checksum: CRC-32 of them with their labels: rows with another one learned from other labels.

    Raises:
        ValueError: if no training image has a label, or `classify` tells other classes apart.
        FloatingPointError: if the small classifier's training diverged.
    """
    images, truth = _abilities.real(model)
    found = {}
    for untrained in (False, True):
        outputs = _abilities.called(model, "classify", {"images": images, "labels": truth}, untrained=untrained)
        seen = classes(next(iter(outputs.values())), model.dataset.num_classes)
        found[f"few_label_error{'_untrained' * untrained}"] = float(np.mean(seen != truth))
    stored, labels = model.labeled_images()
    if not len(labels):
        raise ValueError("no training image has a label")
    stored, labels = stored[:_MOST], labels[:_MOST]

    def baselines() -> dict[str, np.ndarray]:
        flat = [each.reshape(len(each), -1) for each in (stored, images)]
        epochs = -(-_STEPS // -(-len(labels) // _BATCH))
        learned = classification_accuracy.accuracy_after(model, stored, labels, max(epochs, 1))
        nearest = _probes.nn_accuracy(flat[0], labels, flat[1], truth)
        return {"classifier": np.array(1.0 - learned), "nearest": np.array(1.0 - nearest)}

    checksum = zlib.crc32(stored.tobytes() + labels.tobytes())
    # Said in the name: all that this depends on beside the data.
    facts = (len(labels), f"{checksum:08x}", len(images), _STEPS, model.seed)
    kept = model.real.derived("_".join(map(str, ("few_labels", *facts))), baselines)
    found |= {f"few_label_error_{name}": float(value) for name, value in kept.items()}
    counts = np.bincount(labels, minlength=model.dataset.num_classes)
    return found | {
        "few_labels": float(len(labels)),
        "few_labels_least": float(counts.min()),
        "few_labels_most": float(counts.max()),
        "few_labels_among": float(model.training_images()),
        "few_labels_checksum": float(checksum),
    }


def classes(outputs: np.ndarray, num_classes: int) -> np.ndarray:
    """Classes int [N] of what `classify` gives: themselves, or float [N, K or more], of which the first K count."""
    if outputs.ndim == 1:
        return outputs
    if outputs.ndim != 2 or outputs.shape[1] < num_classes:
        raise ValueError(f"classify gives {outputs.shape[1:]} numbers of each image, for {num_classes} classes")
    return np.asarray(outputs[:, :num_classes].argmax(axis=1))
