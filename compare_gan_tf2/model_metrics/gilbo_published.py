"""GILBO as published: the encoder is trained for up to half a million steps.

The bound of Alemi and Fischer (2018), see `_gilbo`, with the constants of their study; `gilbo` takes a hundredth of it.
"""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.model_metrics import TrainedModel, _gilbo

DEFAULT = False
LOWER_IS_BETTER = {
    "gilbo_published": False,
    "gilbo_published_train_consistency": None,
    "gilbo_published_eval_consistency": None,
    "gilbo_published_self_consistency": None,
}
APPLIES_TO = "every model"
COST = (
    "Trains an encoder for at most 500,000 steps: hours, about seven on two cores for MNIST and infogan. It says how "
    "long after 100 steps, and starts from the beginning when it is interrupted."
)

EFFORT = _gilbo.Effort(cycles=50, steps=10_000, evaluation_batches=10_000)
PROTOCOL = str(EFFORT)


def applies(dataset: Any, options: Any) -> bool:
    """Always: every GAN type has a generator and a prior."""
    del dataset, options
    return True


def metric(model: TrainedModel) -> dict[str, float]:
    """gilbo_published in nats and its three consistencies, in nats; see `_gilbo.scores`."""
    return _gilbo.scores(model, EFFORT, "gilbo_published")
