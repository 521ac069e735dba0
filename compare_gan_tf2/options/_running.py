"""Options of checkpoints and of the evaluation."""

from __future__ import annotations

import dataclasses

from compare_gan_tf2.options._field import option


@dataclasses.dataclass(frozen=True)
class RunningOptions:
    """What is kept of a training, and how it is scored."""

    save_every_steps: int = option(1000, "generator steps between checkpoints", section="saving", low=1)
    save_initial: bool = option(
        False, "also a checkpoint of step 0, before any update (with its score)", section="saving"
    )
    keep_checkpoints: str = option(
        "all", "all, or how many of the newest to keep; one not evaluated yet and the best one are never deleted",
        section="saving",
    )  # fmt: skip

    extractor: str = option("classifier", "feature extractor of the scores", section="evaluation", kind="extractors")
    metrics: str = option(
        "default", "comma-separated metrics, or default: those of the data set's standard panel", section="evaluation"
    )
    evaluation_samples: int = option(
        0, "generated images, and real ones, per score; 0 is the data set's own number", section="evaluation", low=0
    )
    evaluation_seed: int = option(
        42, "decides the latents of the evaluation", section="evaluation", low=0, high=2**31 - 1
    )
