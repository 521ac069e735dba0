"""Classification accuracy score: a classifier trained on generated images and tested on real ones.

Ravuri and Vinyals (2019), «Classification Accuracy Score for Conditional Generative Models»,
https://arxiv.org/abs/1905.10887. What a model lacks of a class (images of low quality, variety that is missing, labels
it ignores) a classifier cannot learn from it. The paper's classifier is a ResNet-50; here it is the small network that
is also the default feature extractor, with its recipe, so scores compare with its accuracy after real images alone.
"""

from __future__ import annotations

import dataclasses
import pathlib
import zlib
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets.images import ArrayImages
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.extractors import classifier_training
from compare_gan_tf2.model_metrics import TrainedModel
from compare_gan_tf2.model_metrics._batches import in_batches

DEFAULT = False
# After real images it is the same for every model.
LOWER_IS_BETTER = {"cas": False, "cas_real": None}
_GENERATING = "generating images for classification_accuracy"
APPLIES_TO = "conditional models"
COST = (
    "Trains the classifier on 50,000 generated images, and once on as many real ones: about two minutes each on two "
    "cores for 28x28 gray images, seven for 32x32 color ones."
)

LARGEST_SET = 50_000
# Passes over either set; None is the recipe's number.
EPOCHS: int | None = None
PROTOCOL = (
    f"default classifier, version {classifier_training.VERSION}, trained on as many images as the training split has, "
    f"at most {LARGEST_SET}, labels as drawn for the generator, pixels rounded as "
    "stored, tested on the evaluation split"
)


@dataclasses.dataclass(frozen=True)
class _Substitute:
    """As much of a data set as training of a classifier looks at, with other images in it.

    Attributes:
        name, classifier, image_shape, num_classes, largest_value: those of the data set it stands for.
        splits: split -> images as stored, [N, H, W, C], and labels int32 [N].
    """

    name: str
    classifier: str
    image_shape: tuple[int, int, int]
    num_classes: int
    largest_value: int
    splits: dict[str, tuple[np.ndarray, np.ndarray]]
    train_split: str = "train"
    evaluation_split: str = "evaluation"

    def open(self, split: str, places: Places, *, training: bool = False) -> ArrayImages:
        """See `splits`; places are not looked at."""
        del places, training
        return ArrayImages(*self.splits[split])


def applies(dataset: Any, options: Any) -> bool:
    """Whether the generator makes images of a class that it is told."""
    return bool(options.conditional and dataset.num_classes)


def metric(model: TrainedModel) -> dict[str, float]:
    """Trains one classifier on generated and one on real images and tests both on the evaluation split.

    Returns:
        cas: accuracy in [0, 1] after generated images, with labels drawn uniformly; higher is better, 1/K is chance.
        cas_real: the same after as many real training images, what a perfect model could reach.

    Raises:
        ValueError: if a generated pixel is not finite.
        FloatingPointError: if a classifier's training diverged.
    """
    images, labels = model.real_images("train")
    rng = np.random.default_rng([model.seed, zlib.crc32(b"classification_accuracy")])
    chosen = rng.permutation(len(images))[:LARGEST_SET]

    def on_real() -> dict[str, np.ndarray]:
        return {"accuracy": np.array(accuracy_after(model, images[chosen], labels[chosen]))}

    # Said in the name: all that this depends on beside the data.
    facts = (classifier_training.VERSION, EPOCHS or "default", len(chosen), model.seed)
    of_real = model.real.derived("_".join(map(str, ("cas", *facts))), on_real)
    return {
        "cas": accuracy_after(model, *generated_set(model, len(chosen))),
        "cas_real": float(of_real["accuracy"]),
    }


def generated_set(model: TrainedModel, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Generated images float32 [count, H, W, C] and the labels int32 [count] that they were generated for."""
    z, labels = model.draw_latents(count, "classification_accuracy")

    def generate(z: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        return model.generator(z, labels, training=False)

    return in_batches(_GENERATING, generate, z, labels), np.asarray(labels, np.int32)


def accuracy_after(model: TrainedModel, images: np.ndarray, labels: np.ndarray, passes: int | None = None) -> float:
    """Accuracy in [0, 1] on the real evaluation split of a classifier trained on images.

    Args:
        model: gives the evaluation split, the shape of its images and the seed of the classifier.
        images: float32 [N, H, W, C] in [0, 1], rounded to the data set's own steps.
        labels: int32 [N], from 0 to K - 1.
        passes: over these images; `EPOCHS` if None.

    Raises:
        ValueError: if a pixel is not finite.
        FloatingPointError: if training diverged.
    """
    if not np.isfinite(images).all():
        raise ValueError("images to train a classifier on are not finite")
    known = model.dataset
    tested, truth = model.real_images("evaluation")
    substitute = _Substitute(
        name=known.name,
        classifier=known.classifier,
        image_shape=known.image_shape,
        num_classes=known.num_classes,
        largest_value=known.largest_value,
        splits={"train": (_stored(images, known), labels), "evaluation": (_stored(tested, known), truth)},
    )
    nowhere = pathlib.Path()
    epochs = passes or EPOCHS or classifier_training.default_epochs(known.image_shape)
    weights = classifier_training.train(substitute, Places(nowhere, nowhere), model.seed, epochs)
    return float(weights.metadata["test_accuracy"])


def _stored(images: np.ndarray, dataset: Any) -> np.ndarray:
    """Whole numbers as the data set stores its images."""
    stored = np.uint8 if dataset.largest_value <= 255 else np.uint16
    return np.rint(np.clip(images, 0.0, 1.0) * dataset.largest_value).astype(stored)
