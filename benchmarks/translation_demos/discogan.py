"""DiscoGAN on outlines and filled polygons, without pairs."""

from __future__ import annotations

from benchmarks.translation_demos import Demo, Number, baseline

OPTIONS = {
    "batch_size": 16,
    # Without them, or with few, outlines of large polygons become small ones, and are all the same undone.
    "curriculum_steps": 1_000,
    "d_learning_rate": 4e-4,
    "dataset": "polygon_outline",
    "ema_decay": 0.99,
    "evaluated_abilities": "translate_ab",
    "evaluation_samples": 1_000,
    "extractor": "pixels",
    "g_learning_rate": 4e-4,
    "gan": "discogan",
    "learning_rate_decay": 0.5,
    "training_steps": 4_000,
    "width": 0.5,
}

DEMO = Demo(
    "discogan",
    "Outlines are filled, by translators that undo each other.",
    options=OPTIONS,
    seeds=(0, 1, 2),
    controls={"baseline": baseline(OPTIONS, evaluated_abilities="translate_nearest_neighbor")},
    metrics="iou,l1",
    numbers=(
        Number(
            "translate_ab/iou_dark",
            control="baseline/translate_nearest_neighbor/iou_dark",
            expected="at least .9; it sees no pairs, the baseline does",
            least=0.9,
        ),
        Number("translate_ab/l1", control="baseline/translate_nearest_neighbor/l1"),
    ),
    minutes=15,
)
