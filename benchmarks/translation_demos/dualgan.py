"""DualGAN on outlines and filled polygons, without pairs."""

from __future__ import annotations

from benchmarks.translation_demos import Demo, Number, baseline

OPTIONS = {
    "batch_size": 8,
    # A critic's slope is 1 over all pixels together, and cycles are means of them: where a side is an eighth of the
    # published one, the published 500 weighs eight times as much.
    "cycle_weight": 62.5,
    "d_learning_rate": 2e-4,
    "dataset": "polygon_outline",
    "disc_iters": 2,
    "ema_decay": 0.99,
    "evaluated_abilities": "translate_ab",
    "evaluation_samples": 1_000,
    "extractor": "pixels",
    "g_learning_rate": 2e-4,
    "gan": "dualgan",
    "learning_rate_decay": 0.5,
    "training_steps": 1_500,
    "width": 0.5,
}

DEMO = Demo(
    "dualgan",
    "Outlines are filled, by the critics of a Wasserstein game.",
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
