"""Semi-supervised GAN, MNIST with ten labels per digit: the published training for five choices of labels.

Steps, batches, average and start are the authors' (Salimans et al. 2016, section 5), who drew the labels ten times. The
tasks differ in the labels alone; `few_label_error` at each checkpoint is the curve whose end is published.
"""

from __future__ import annotations

from typing import Any

RECIPE = {
    "expected": "error 0.93 % after 180,000 steps with batches of 100, mean over choices of labels",
    "hardware": "two cores, 3 to 10 hours per task (estimated from 500 steps on a busy machine)",
    "source": "Salimans et al. 2016, table 1: 100 labels, one model",
}
_DRAWS = 5


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task per draw of the labels; average of the classifier: decay 0.9999, from zero."""
    options = {
        "dataset": "mnist",
        "gan": "sgan_k_outputs",
        "architecture": "sgan_mlp",
        "batch_size": 100,
        "d_ema_decay": 0.9999,
        "d_ema_from_zero": True,
        "data_start_images": 500,
        "feature_matching": "squared",
        "labels_per_class": 10,
        "metrics": "default,few_labels",
        "save_every_steps": 15_000,
        "training_steps": 180_000,
    }
    return [{**options, "label_seed": draw, "seed": seed, "notes": RECIPE} for draw in range(_DRAWS)]
