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
    evaluated_abilities: str = option(
        "all", "what of a model is scored, a row each: all abilities that give images, or comma-separated names; tasks "
        "from before there was a choice score generate", section="evaluation",
    )  # fmt: skip
    evaluation_samples: int = option(
        0, "generated images, and real ones, per score; 0 is the data set's own number", section="evaluation", low=0
    )
    evaluation_repeats: int = option(
        1, "sets of generated images that are scored; scores are means, with their standard deviations beside",
        section="evaluation", low=1, high=100,
    )  # fmt: skip
    evaluation_seed: int = option(
        42, "decides the latents of the evaluation, and random choices of metrics", section="evaluation", low=0,
        high=2**31 - 1,
    )  # fmt: skip
    evaluated_weights: str = option(
        "auto", "the generator's that are scored, drawn and exported: auto takes the running average where ema_decay "
        "or ema_kimg keeps one, latest the last step's", section="evaluation", choices=("auto", "latest"),
    )  # fmt: skip
    truncation_psi: float = option(
        1.0, "how far w of gan=stylegan and stylegan2 may be from the mean of all w, in all that is scored, drawn and "
        "exported: less variety and fewer strange images below 1", section="evaluation", low=-10, high=10,
    )  # fmt: skip
    truncation_cutoff: int = option(
        0, "how many layers, from the coarsest on, truncation_psi is about; 0 is all", section="evaluation", low=0,
        high=100,
    )  # fmt: skip
    extractor_weights: str = option(
        "", "file or folder of the extractor's weights; where it looks by itself if empty", section="evaluation"
    )
    extractor_precision: str = option(
        "float32", "products of the extractor, where it knows both; bfloat16 changes the scores a little",
        section="evaluation", choices=("float32", "bfloat16"),
    )  # fmt: skip
    resize: str = option(
        "tf1", "how images are resized to the extractor's input: tf1 as the papers did, or clean (antialiased)",
        section="evaluation", choices=("tf1", "clean"),
    )  # fmt: skip
    quantisation: str = option(
        "none", "of generated pixels before the extractor: none as in compare_gan, or uint8 as in stored images",
        section="evaluation", choices=("none", "uint8"),
    )  # fmt: skip


EVALUATION = tuple(
    field.name for field in dataclasses.fields(RunningOptions) if field.metadata["section"] == "evaluation"
)
