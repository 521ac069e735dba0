"""Context Encoder on polygons whose middle is missing."""

from __future__ import annotations

from benchmarks.translation_demos import HOLE_NUMBERS, Demo, Number, baseline

OPTIONS = {
    "adversarial_weight": 0.001,
    "batch_size": 32,
    # A sixteenth of the published pixels go through it.
    "bottleneck_channels": 1_000,
    "dataset": "polygon_hole",
    "ema_decay": 0.99,
    "evaluated_abilities": "inpaint",
    "evaluation_samples": 1_000,
    "extractor": "pixels",
    "gan": "context_encoder",
    "hole_overlap": 0,
    "learning_rate_decay": 0.5,
    "training_steps": 3_000,
    "width": 0.5,
}

DEMO = Demo(
    "context_encoder",
    "Holes are filled better than with the mean of the pixels around.",
    options=OPTIONS,
    controls={"baseline": baseline(OPTIONS, evaluated_abilities="inpaint_ring_mean,inpaint_mean")},
    metrics="hole,hole_unique",
    numbers=(
        *HOLE_NUMBERS,
        Number(
            "inpaint/hole_l1_unique",
            control="baseline/inpaint_ring_mean/hole_l1_unique",
            expected="below the ring mean, on images for which only one answer is right",
            most_more=0.0,
        ),
    ),
)
