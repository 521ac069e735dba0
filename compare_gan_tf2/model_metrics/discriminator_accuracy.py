"""How well the discriminator separates real images (training and held-out) from generated ones.

compare_gan's protocol: up to 50,000 training images, of which five subsets as large as the evaluation split are drawn
with replacement, and as many fresh generated images for each. Unlike there, real images are in [0, 1] as in training,
every image counts (no batch is cut off) and all five subsets enter the means. A discriminator that is surer of its
training images than of held-out ones has memorised them.
"""

from __future__ import annotations

import zlib
from types import ModuleType
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.model_metrics import TrainedModel
from compare_gan_tf2.model_metrics._batches import in_batches

DEFAULT = False
# They compare the two networks with each other: neither direction means better images.
LOWER_IS_BETTER = {
    "d_accuracy_train": None,
    "d_accuracy_test": None,
    "d_accuracy_fake": None,
    "d_train_test_gap": None,
    "d_auc": None,
    "d_loss_train": None,
    "d_loss_test": None,
}
_JUDGING = "judging images for discriminator_accuracy"
APPLIES_TO = "GAN types whose discriminator is trained to give logits (not began, ebgan, vae or rotation_only)"
COST = (
    "Shows the discriminator the evaluation split, up to 50,000 training images and five times the evaluation split "
    "of generated ones: about half a minute on two cores for MNIST and infogan."
)

REPEATS = 5
TRAIN_IMAGES = 50_000
PROTOCOL = (
    f"{REPEATS} subsets of the evaluation split's size, with replacement, of the first {TRAIN_IMAGES} training images, "
    "latest discriminator, inference mode, no augmentation"
)


def applies(dataset: Any, options: Any) -> bool:
    """Whether the discriminator has logits that an adversarial loss has trained."""
    del dataset
    return options.loss != "none" and options.self_supervision != "rotation_only"


def metric(model: TrainedModel) -> dict[str, float]:
    """Scores the discriminator in inference mode.

    Conditional discriminators get the images' labels, generated ones those they were generated for.

    Returns:
        d_accuracy_train, d_accuracy_test, d_accuracy_fake in [0, 1]: shares on the right side of the threshold, a logit
        of 0 (1/2 for least_squares_logits; on it counts as real); d_train_test_gap, the first minus the second; all
        four NaN for losses that a constant added to every logit does not change, for they have no threshold.
        d_auc in [0, 1]: how often a held-out image has a higher logit than a generated one; 1/2 is chance.
        d_loss_train, d_loss_test: the discriminator's loss without penalty, smoothed as in training, of either kind
        of real images against the same generated ones. A loss that is no mean over images is computed in batches of
        the training's size, of which an incomplete last one is left out, and averaged.

    Raises:
        ValueError: if a logit is not finite.
    """
    options, loss = model.options, components.load("losses", model.options.loss)
    rng = np.random.default_rng([model.seed, zlib.crc32(b"discriminator_accuracy")])
    images, labels = model.real_images("evaluation")
    test = _real_logits(model, images, labels)
    images, labels = (part[:TRAIN_IMAGES] for part in model.real_images("train"))
    subsets = rng.integers(0, len(images), (REPEATS, len(test)))
    # Each image once, however often it was drawn.
    drawn, places = np.unique(subsets, return_inverse=True)
    train = _real_logits(model, images[drawn], labels[drawn])[places.reshape(subsets.shape)]
    fake = np.stack([_fake_logits(model, len(test), repeat) for repeat in range(REPEATS)])
    threshold = components.facts("losses", options.loss)["THRESHOLD"]
    shuffled = np.stack([rng.permutation(test) for _ in range(REPEATS)])
    smoothing = {"real_target": 1.0 - options.label_smoothing} if options.label_smoothing else {}
    return {
        **accuracies(train, test, fake, float("nan") if threshold is None else threshold),
        "d_auc": area_under_curve(test, fake),
        "d_loss_train": mean_loss(loss, train, fake, options.batch_size, **smoothing),
        "d_loss_test": mean_loss(loss, shuffled, fake, options.batch_size, **smoothing),
    }


def accuracies(train: np.ndarray, test: np.ndarray, fake: np.ndarray, threshold: float = 0.0) -> dict[str, float]:
    """Shares of logits on the right side of a threshold.

    Args:
        train: logits of training images, any shape.
        test: logits of held-out images, any shape.
        fake: logits of generated images, any shape.
        threshold: from which on an image counts as real; NaN gives NaN.

    Returns:
        d_accuracy_train, d_accuracy_test, d_accuracy_fake and d_train_test_gap.

    Raises:
        ValueError: if a logit is not finite.
    """
    _require_finite(train, test, fake)
    if np.isnan(threshold):
        names = ("d_accuracy_train", "d_accuracy_test", "d_accuracy_fake", "d_train_test_gap")
        return dict.fromkeys(names, float("nan"))
    of_train, of_test = float(np.mean(train >= threshold)), float(np.mean(test >= threshold))
    return {
        "d_accuracy_train": of_train,
        "d_accuracy_test": of_test,
        "d_accuracy_fake": float(np.mean(fake < threshold)),
        "d_train_test_gap": of_train - of_test,
    }


def area_under_curve(real: np.ndarray, fake: np.ndarray) -> float:
    """Area under the ROC curve as the Mann-Whitney statistic: P(real > fake) + P(real = fake) / 2.

    Args:
        real: logits of real images, any shape.
        fake: logits of generated images, any shape.

    Returns:
        The share in [0, 1], over all pairs.

    Raises:
        ValueError: if a logit is not finite.
    """
    _require_finite(real, fake)
    ordered = np.sort(fake, axis=None)
    real = np.ravel(real)
    below, not_above = (np.searchsorted(ordered, real, side).astype(np.float64) for side in ("left", "right"))
    return float(np.mean(below + not_above) / (2 * ordered.size))


def mean_loss(loss: ModuleType, real: np.ndarray, fake: np.ndarray, batch_size: int, **smoothing: float) -> float:
    """The discriminator's loss, in float64.

    Args:
        loss: a component of kind "losses".
        real: logits of real images [R, N].
        fake: logits of generated images [R, N].
        batch_size: of the batches of a loss that is no mean over images; all N in one if they are fewer.
        smoothing: real_target, for losses that have one.

    Returns:
        The mean over the R sets, and their batches.
    """
    size = min(batch_size, real.shape[1]) if loss.WHOLE_BATCH else real.shape[1]
    values = [
        float(loss.discriminator(_column(of_real[part]), _column(of_fake[part]), **smoothing))
        for of_real, of_fake in zip(real, fake, strict=True)
        for start in range(0, real.shape[1] - size + 1, size)
        for part in [slice(start, start + size)]
    ]
    return float(np.mean(values))


def _column(logits: np.ndarray) -> tf.Tensor:
    return tf.constant(logits[:, None], tf.float64)


def _require_finite(*logits: np.ndarray) -> None:
    if not all(np.isfinite(each).all() for each in logits):
        raise ValueError("the discriminator's logits are not finite")


def _real_logits(model: TrainedModel, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Logits of images, float32 [N]."""

    def judge(images: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        return model.discriminator(images, labels, training=False)[0][:, 0]

    return in_batches(_JUDGING, judge, images, labels if model.num_classes else None)


def _fake_logits(model: TrainedModel, count: int, repeat: int) -> np.ndarray:
    """Logits of fresh generated images, float32 [count]."""

    def judge(z: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        images = model.generator(z, labels, training=False)
        return model.discriminator(images, labels, training=False)[0][:, 0]

    return in_batches(_JUDGING, judge, *model.draw_latents(count, "discriminator_accuracy", batch=repeat))
