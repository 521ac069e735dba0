"""pix2pix on outlines and filled polygons: pairs."""

from __future__ import annotations

from benchmarks.translation_demos import Demo, Number, baseline

OPTIONS = {
    "batch_size": 16,
    "d_learning_rate": 5e-4,
    "dataset": "polygon_outline",
    "ema_decay": 0.99,
    "evaluation_samples": 1_000,
    "extractor": "pixels",
    "g_learning_rate": 5e-4,
    "gan": "pix2pix",
    "training_steps": 3_000,
    "width": 0.5,
}

DEMO = Demo(
    "pix2pix",
    "Outlines are filled to the pixel.",
    options=OPTIONS,
    seeds=(0, 1, 2),
    controls={"baseline": baseline(OPTIONS, evaluated_abilities="translate_nearest_neighbor")},
    metrics="iou,l1",
    numbers=(
        Number(
            "translate/iou_dark",
            control="baseline/translate_nearest_neighbor/iou_dark",
            expected="at least .98, and above the nearest neighbor, about .95",
            least=0.98,
            least_more=0.0,
        ),
        Number("translate/l1", control="baseline/translate_nearest_neighbor/l1", most_more=0.0),
    ),
)
