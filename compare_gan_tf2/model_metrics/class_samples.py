"""Accuracy of generated images under a separately trained classifier, and their diversity within a class.

Odena et al. (2017), section 4. Neither number says much without the other: ten perfect prototypes have accuracy 1 and
diversity 0. Of models whose latents hold a categorical code and that have seen no labels, codes are assigned to classes
one to one, as it fits best. The row also gets the table of classes asked for and seen, in the column
class_confusion.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compare_gan_tf2.model_metrics import TrainedModel, _abilities, _agreement
from compare_gan_tf2.task_folder import column_names

DEFAULT = False
LOWER_IS_BETTER = {
    "class_accuracy": False,
    "class_accuracy_shuffled": None,
    "class_accuracy_real": None,
    "class_accuracy_assigned": None,
    "class_diversity": None,
    "class_diversity_features": None,
    "class_distance": None,
    "class_distance_real": None,
}
APPLIES_TO = "models that generate images of a class or of a categorical code, of data sets with classes"
COST = "Generates and classifies 10,000 images: seconds to a minute."
COUNT = 10_000
# Images of a class among which all distances are taken.
_OF_CLASS = 200
PROTOCOL = f"{COUNT} images, the data set's own classifier, distances of every two of {_OF_CLASS} images of a class"


def applies(dataset: Any, options: Any) -> bool:
    """Whether images can be generated and told apart; without labels the latents must have a categorical code."""
    del options
    return bool(dataset.num_classes)


def metric(model: TrainedModel) -> dict[str, float]:
    """Scores generated images, classes drawn as for training.

    Returns:
        class_accuracy: share in [0, 1] in which the classifier sees the class asked for; of codes, by the best
            one-to-one assignment.
        class_accuracy_shuffled: the same with the classes of other images, the control; about 1 / K.
        class_accuracy_real: the classifier's accuracy on real images.
        class_accuracy_assigned: accuracy by the best one-to-one assignment; far above `class_accuracy` where a model
            makes the right images of permuted classes.
        class_diversity: mean L2 distance of two images of a class over that of real images; 0 of one prototype each, 1
            as in the data. class_diversity_features: the same of the classifier's features.
        class_distance, class_distance_real: the distances of pixels themselves.

    Raises:
        ValueError: if there is neither a class nor a categorical code to ask for, or a pixel is not finite.
    """
    judge = _abilities.judge_of(model)
    z, labels = model.draw_latents(COUNT, "class_samples")
    z = np.asarray(z)
    asked = np.asarray(labels) if model.num_classes else _codes(model, z)
    images = _abilities.generated(model, z, labels)
    features, logits = judge.extract(images)
    seen, shuffled = logits.argmax(axis=1), asked[_abilities.moved(COUNT, _abilities.rng(model, "class_samples"))]
    images_real, truth = _abilities.real(model)
    features_real, logits_real = judge.extract(images_real)
    distances = [mean_distance(each, asked) for each in (images, features)]
    distances_real = [mean_distance(each, truth) for each in (images_real, features_real)]
    model.tables[column_names.CLASS_TABLE] = _agreement.contingency(asked, seen, int(asked.max()) + 1, logits.shape[1])
    own = accuracy if model.num_classes else assigned
    return {
        "class_accuracy": own(seen, asked),
        "class_accuracy_shuffled": own(seen, shuffled),
        "class_accuracy_real": accuracy(logits_real.argmax(axis=1), truth),
        "class_accuracy_assigned": assigned(seen, asked),
        "class_diversity": distances[0] / distances_real[0],
        "class_diversity_features": distances[1] / distances_real[1],
        "class_distance": distances[0],
        "class_distance_real": distances_real[0],
    }


def accuracy(seen: np.ndarray, asked: np.ndarray) -> float:
    """Share in [0, 1] of equal whole numbers [N]."""
    return float(np.mean(seen == asked))


def assigned(seen: np.ndarray, asked: np.ndarray) -> float:
    """Share in [0, 1] by the best one-to-one assignment of what was asked to what is seen."""
    return _agreement.accuracy(_agreement.contingency(seen, asked, int(seen.max()) + 1, int(asked.max()) + 1))


def mean_distance(rows: np.ndarray, classes: np.ndarray) -> float:
    """Mean over classes of the mean L2 distance of every two of the first 200 rows [N, ...] of a class, float64.

    Classes with one row have none.

    Raises:
        ValueError: if no class has two rows.
    """
    means = []
    for label in np.unique(classes):
        own = np.asarray(rows[classes == label][:_OF_CLASS], np.float64)
        if len(own) > 1:
            own = own.reshape(len(own), -1) - own.reshape(len(own), -1).mean(axis=0)
            squares = np.einsum("nf,nf->n", own, own)
            distances = np.sqrt(np.maximum(squares[:, None] + squares - 2.0 * own @ own.T, 0.0))
            means.append(distances[np.triu_indices(len(own), 1)].mean())
    if not means:
        raise ValueError("no class has two images, so that none has a diversity")
    return float(np.mean(means))


def _codes(model: TrainedModel, z: np.ndarray) -> np.ndarray:
    """The classes int [N] of the first categorical part of latents."""
    for part in model.parts:
        if part.is_categorical:
            start = sum(each.length for each in model.parts[: model.parts.index(part)])
            found: np.ndarray = z[:, start : start + part.size].argmax(axis=1)
            return found
    raise ValueError("the model takes no labels, and its latents have no categorical code")
