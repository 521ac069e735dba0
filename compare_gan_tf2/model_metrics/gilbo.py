"""GILBO: information about the latents in generated images (nats), by a briefly trained encoder.

The bound of Alemi and Fischer (2018), see `_gilbo`, with a hundredth of the published effort; an encoder trained for
longer finds more. Compare only scores of the same effort.
"""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.model_metrics import TrainedModel, _gilbo

DEFAULT = False
LOWER_IS_BETTER = {
    "gilbo": False,
    "gilbo_train_consistency": None,
    "gilbo_eval_consistency": None,
    "gilbo_self_consistency": None,
}
APPLIES_TO = "every model"
COST = "Trains an encoder for at most 5,000 steps: about five minutes on two cores for MNIST and infogan."

EFFORT = _gilbo.Effort(cycles=5, steps=1_000, evaluation_batches=100)
PROTOCOL = str(EFFORT)


def applies(dataset: Any, options: Any) -> bool:
    """Always: every GAN type has a generator and a prior."""
    del dataset, options
    return True


def metric(model: TrainedModel) -> dict[str, float]:
    """gilbo in nats, higher is more information; gilbo_{train,eval,self}_consistency in nats; see `_gilbo.scores`."""
    return _gilbo.scores(model, EFFORT, "gilbo")
