"""Perceptual path length at the start of paths on the sphere of z, in features (Karras et al. 2019)."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.model_metrics import TrainedModel, _path_lengths

DEFAULT = False
LOWER_IS_BETTER = {"ppl_z_end": True, "ppl_z_end_untrained": None, "ppl_z_end_wider": None}
APPLIES_TO = "models of normal latents"
COST = "Generates and judges five times as many images as are scored: a minute or two where FID takes some seconds."
PROTOCOL = _path_lengths.PROTOCOL

_PATH = _path_lengths.Path("z", is_full=False)


def applies(dataset: Any, options: Any) -> bool:
    """Whether there are such paths."""
    del dataset
    return _path_lengths.applies(_PATH, options)


def metric(model: TrainedModel) -> dict[str, float]:
    """ppl_z_end_<extractor>, 0 or more, with two controls; see `_path_lengths.scores`."""
    return _path_lengths.scores(model, _PATH)
