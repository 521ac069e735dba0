"""StarGAN on polygons in six domains: red, green or blue, filled or outlined."""

from __future__ import annotations

from benchmarks.translation_demos import Demo, Number

OPTIONS = {
    "batch_size": 16,
    "d_learning_rate": 4e-4,
    "dataset": "polygon_domains",
    "disc_iters": 2,
    "ema_decay": 0.99,
    "evaluated_abilities": "translate",
    "evaluation_samples": 1_000,
    "extractor": "pixels",
    "g_learning_rate": 4e-4,
    "gan": "stargan",
    "training_steps": 2_500,
    "translator_blocks": 4,
    "width": 0.5,
}

DEMO = Demo(
    "stargan",
    "One translator turns a polygon into any of six domains, of which no two pictures were ever seen together.",
    options=OPTIONS,
    metrics="domain_accuracy,l1,l1_to_input",
    numbers=(
        Number("translate/domain_accuracy", expected="at least .95; unchanged inputs would reach 1/6", least=0.95),
        Number("translate/domain_hue_accuracy"),
        Number("translate/domain_style_accuracy"),
        Number(
            "translate/l1",
            control="translate/l1_to_input",
            expected="nearer to the row's own picture in that domain than to the input",
            most_more=0.0,
        ),
    ),
    minutes=40,
)
