"""Labels predicted from codes of real images: accuracy of the nearest neighbor and of a logistic regression.

Features of an encoder that was never trained give more than 0.95 on MNIST by nearest neighbors, so that the controls
belong beside the numbers: the untrained encoder, and the pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compare_gan_tf2.model_metrics import TrainedModel, _abilities, _probes

DEFAULT = False
LOWER_IS_BETTER = {
    "encoding_nn_accuracy": False,
    "encoding_nn_accuracy_untrained": None,
    "encoding_nn_accuracy_pixels": None,
    "encoding_linear_accuracy": False,
    "encoding_linear_accuracy_untrained": None,
    "encoding_linear_accuracy_pixels": None,
    "encoding_spread": None,
    "encoding_spread_untrained": None,
}
APPLIES_TO = "models that encode images, of data sets with classes"
COST = (
    "Encodes 30,000 images twice; the controls on pixels are computed once a data set: about a minute on two cores "
    "for 28x28 gray images, four for 32x32 color ones."
)
STORED, ASKED = 20_000, 10_000
PROTOCOL = f"first {STORED} labeled training images stored, first {ASKED} of the evaluation split asked, Euclidean"


def applies(dataset: Any, options: Any) -> bool:
    """Whether the model can encode and there are classes."""
    return bool(dataset.num_classes and _abilities.has(options, "encode"))


def metric(model: TrainedModel) -> dict[str, float]:
    """Scores what `encode` gives of real images; of several outputs each, the later ones' names behind the scores'.

    Returns:
        encoding_nn_accuracy: share in [0, 1] of evaluation images whose nearest training image, by their encodings, has
            their label.
        encoding_linear_accuracy: the same by a logistic regression on standardized encodings.
        encoding_spread: mean over numbers of an encoding of their deviation over the images; near 0 they are all alike.
        ..._untrained, ..._pixels: the controls.

    Raises:
        ValueError: if an encoding is not finite, or `encode` gives no vectors.
    """
    stored, labels = _abilities.real(model, "train", STORED)
    asked, truth = _abilities.real(model, count=ASKED)
    found: dict[str, float] = {}
    for untrained in (False, True):
        kinds = [
            _abilities.vectors(_abilities.called(model, "encode", {"images": each, "labels": of}, untrained=untrained))
            for each, of in ((stored, labels), (asked, truth))
        ]
        for end, codes in kinds[0].items():
            of_end = scores(codes, labels, kinds[1][end], truth, model.dataset.num_classes)
            spread = float(kinds[1][end].std(axis=0).mean())
            of_end |= {"encoding_spread": spread}
            found |= {f"{name}{'_untrained' * untrained}{end}": value for name, value in of_end.items()}

    def of_pixels() -> dict[str, np.ndarray]:
        rows = [each.reshape(len(each), -1) for each in (stored, asked)]
        made = scores(rows[0], labels, rows[1], truth, model.dataset.num_classes)
        return {name: np.array(value) for name, value in made.items()}

    # Said in the name: all that this depends on beside the data.
    pixels = model.real.derived(f"probes_pixels_{len(stored)}_{len(asked)}", of_pixels)
    return found | {f"{name}_pixels": float(value) for name, value in pixels.items()}


def scores(
    stored: np.ndarray, labels: np.ndarray, asked: np.ndarray, truth: np.ndarray, num_classes: int
) -> dict[str, float]:
    """Both accuracies; arguments as of `_probes.linear_accuracy`."""
    return {
        "encoding_nn_accuracy": _probes.nn_accuracy(stored, labels, asked, truth),
        "encoding_linear_accuracy": _probes.linear_accuracy(stored, labels, asked, truth, num_classes),
    }
