"""Options of checkpoints and of the evaluation."""

from __future__ import annotations

import dataclasses

from compare_gan_tf2.options._field import option


@dataclasses.dataclass(frozen=True)
class RunningOptions:
    """What is kept of a training, and how it is scored."""

    save_every_steps: int = option(1000, "generator steps between checkpoints", section="saving", low=1)
    save_initial: bool = option(
        False, "also save and score a checkpoint of step 0, before any update", section="saving"
    )
    keep_checkpoints: str = option(
        "all", "number of newest checkpoints to keep, or all; checkpoints without scores and the best one are never "
        "deleted", section="saving",
    )  # fmt: skip

    extractor: str = option("classifier", "feature extractor for the scores", section="evaluation", kind="extractors")
    metrics: str = option(
        "default", "comma-separated metrics; default is the standard list for the data set", section="evaluation"
    )
    evaluated_abilities: str = option(
        "all", "comma-separated abilities of the model to score (such as generate or reconstruct), or all, which is "
        "every ability that returns images; each has its own row of scores; tasks that were created before this option "
        "existed score generate only", section="evaluation",
    )  # fmt: skip
    evaluation_samples: int = option(
        0, "number of generated images, and of real ones, per score; 0 is the data set's own number",
        section="evaluation", low=0,
    )  # fmt: skip
    evaluation_repeats: int = option(
        1, "number of sets of generated images to score; scores are the means over these sets, with their standard "
        "deviations in columns of their own", section="evaluation", low=1, high=100,
    )  # fmt: skip
    evaluation_seed: int = option(
        42, "seed of the evaluation's latents and of random choices in metrics", section="evaluation", low=0,
        high=2**31 - 1,
    )  # fmt: skip
    evaluated_weights: str = option(
        "auto", "generator weights to score, draw and export: auto (the running average, if ema_decay or ema_kimg "
        "keeps one) or latest (those of the last step)", section="evaluation", choices=("auto", "latest"),
    )  # fmt: skip
    truncation_psi: float = option(
        1.0, "truncation of w for gan=stylegan and stylegan2, wherever images are scored, drawn or exported: 1 is "
        "none, smaller values move w towards the mean of all w (fewer strange images, less variety)",
        section="evaluation", low=-10, high=10,
    )  # fmt: skip
    truncation_cutoff: int = option(
        0, "number of layers, from the coarsest on, that truncation_psi affects; 0 is all", section="evaluation", low=0,
        high=100,
    )  # fmt: skip
    extractor_weights: str = option(
        "", "file or folder with the extractor's weights; if empty, the extractor's usual places are searched",
        section="evaluation",
    )  # fmt: skip
    extractor_precision: str = option(
        "float32", "number format of matrix products in extractors that support both; bfloat16 changes the scores "
        "slightly", section="evaluation", choices=("float32", "bfloat16"),
    )  # fmt: skip
    resize: str = option(
        "tf1", "how images are resized to the extractor's input: tf1 (bilinear as in TensorFlow 1, which the papers "
        "used) or clean (antialiased)", section="evaluation", choices=("tf1", "clean"),
    )  # fmt: skip
    quantisation: str = option(
        "none", "rounding of generated pixels before the extractor: none (as in compare_gan) or uint8 (as in image "
        "files)", section="evaluation", choices=("none", "uint8"),
    )  # fmt: skip


EVALUATION = tuple(
    field.name for field in dataclasses.fields(RunningOptions) if field.metadata["section"] == "evaluation"
)
