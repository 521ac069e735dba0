"""MUNIT on outlines and polygons filled in one of six hues: many right answers to one outline."""

from __future__ import annotations

from benchmarks.translation_demos import Demo, Number, baseline

OPTIONS = {
    "batch_size": 8,
    "cycle_weight": 10.0,
    "d_learning_rate": 4e-4,
    "dataset": "polygon_tint",
    "ema_decay": 0.99,
    "evaluated_abilities": "translate_ab",
    "evaluation_samples": 1_000,
    "extractor": "pixels",
    "g_learning_rate": 4e-4,
    "gan": "munit",
    # Discriminators have no norm: of a quarter of the inputs, twice the deviation makes as large outputs as published.
    "initializer_stddev": 0.04,
    "learning_rate_decay": 0.5,
    "training_steps": 2_500,
    "width": 0.25,
}

DEMO = Demo(
    "munit_hues",
    "One outline is filled in every hue, by styles, though no pair was ever seen.",
    options=OPTIONS,
    controls={"baseline": baseline(OPTIONS, evaluated_abilities="translate_nearest_neighbor")},
    metrics="hues,l1,l1_best_of",
    metrics_of={"baseline": "l1"},
    numbers=(
        Number("translate_ab/hue_coverage", expected="at least 5 of 6", least=5.0),
        Number(
            "translate_ab/hues_of_an_input",
            expected="3.59 different hues among 5 outputs if hues are drawn uniformly and independently",
        ),
        Number("translate_ab/hue_chi_square"),
        Number("translate_ab/l1_best_of_5", control="baseline/translate_nearest_neighbor/l1", most_more=0.0),
    ),
    minutes=40,
)
