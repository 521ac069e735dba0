"""CCGAN on polygons whose middle is missing."""

from __future__ import annotations

from benchmarks.translation_demos import HOLE_NUMBERS, Demo, Number, baseline

OPTIONS = {
    "batch_size": 32,
    "d_learning_rate": 4e-4,
    "dataset": "polygon_hole",
    "ema_decay": 0.99,
    "evaluated_abilities": "inpaint",
    "evaluation_samples": 1_000,
    "extractor": "pixels",
    "g_learning_rate": 4e-4,
    "gan": "ccgan",
    "labels_per_class": 100,
    "learning_rate_decay": 0.5,
    "training_steps": 6_000,
    "width": 0.5,
}

DEMO = Demo(
    "ccgan",
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
