"""CycleGAN on outlines and filled polygons, without pairs."""

from __future__ import annotations

from benchmarks.translation_demos import Demo, Number, baseline

OPTIONS = {
    "batch_size": 8,
    "d_learning_rate": 4e-4,
    "dataset": "polygon_outline",
    "ema_decay": 0.99,
    "evaluated_abilities": "translate_ab",
    "evaluation_samples": 1_000,
    "extractor": "pixels",
    "g_learning_rate": 4e-4,
    "gan": "cyclegan",
    "training_steps": 1_400,
    "width": 0.375,
}

DEMO = Demo(
    "cyclegan",
    "Outlines are filled, though no outline was ever seen beside its filled polygon.",
    options=OPTIONS,
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
