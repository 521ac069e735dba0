"""Fréchet distance between codes of real images and the prior of the generator's latents.

What an adversarial autoencoder trains for (Makhzani et al. 2015), and what makes samples of latents as good as
reconstructions. Controls: the untrained encoder, and latents of the prior itself, whose distance is that of so few.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compare_gan_tf2.metrics import fid, of_features
from compare_gan_tf2.model_metrics import TrainedModel, _abilities

DEFAULT = False
LOWER_IS_BETTER = {
    "prior_distance": True,
    "prior_distance_untrained": None,
    "prior_distance_latents": None,
    "prior_mean_norm": None,
    "prior_deviation": None,
}
APPLIES_TO = "models that encode images and generate them of the codes"
COST = "Encodes 10,000 images twice: seconds to a minute."
PROTOCOL = f"first {_abilities.IMAGES} images of the evaluation split against as many latents"


def applies(dataset: Any, options: Any) -> bool:
    """Whether the model can encode."""
    del dataset
    return _abilities.has(options, "encode", "generate")


def metric(model: TrainedModel) -> dict[str, float]:
    """Scores the first output of `encode` that is as long as latents.

    Returns:
        prior_distance: Fréchet distance of the codes to as many latents of the prior.
        prior_distance_untrained: the same of the untrained encoder; prior_distance_latents: of other latents.
        prior_mean_norm: length of the codes' mean; prior_deviation: mean over numbers of their deviation, to be read
            beside the prior's.

    Raises:
        ValueError: if no output of `encode` is as long as latents, or a code is not finite.
    """
    images, labels = _abilities.real(model)
    z, others = (
        np.asarray(model.draw_latents(len(images), f"prior_match/{number}")[0], np.float64) for number in range(2)
    )
    reference = of_features(z)
    codes, before = (codes_of(model, images, labels, z.shape[1], untrained=each) for each in (False, True))
    return {
        "prior_distance": fid.distance(reference, of_features(codes)),
        "prior_distance_untrained": fid.distance(reference, of_features(before)),
        "prior_distance_latents": fid.distance(reference, of_features(others)),
        "prior_mean_norm": float(np.linalg.norm(codes.mean(axis=0))),
        "prior_deviation": float(codes.std(axis=0).mean()),
    }


def codes_of(
    model: TrainedModel, images: np.ndarray, labels: np.ndarray, length: int, *, untrained: bool
) -> np.ndarray:
    """Codes float64 [N, length] of images: the first output of `encode` that is so long.

    Raises:
        ValueError: if there is none.
    """
    outputs = _abilities.called(model, "encode", {"images": images, "labels": labels}, untrained=untrained)
    fit = [rows for rows in outputs.values() if rows.ndim == 2 and rows.shape[1] == length]
    if not fit:
        shapes = ", ".join(str(rows.shape[1:]) for rows in outputs.values())
        raise ValueError(f"encode gives no codes of {length} numbers, as latents have, but {shapes}")
    return np.asarray(fit[0], np.float64)
