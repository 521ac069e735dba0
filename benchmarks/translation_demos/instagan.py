"""InstaGAN on scenes of one to four triangles, each with a mask, that become squares."""

from __future__ import annotations

from benchmarks.translation_demos import Demo, Number, baseline

OPTIONS = {
    "batch_size": 4,
    "d_learning_rate": 4e-4,
    "dataset": "polygon_scene_32",
    "ema_decay": 0.99,
    "evaluated_abilities": "translate_ab",
    "evaluation_samples": 1_000,
    "extractor": "pixels",
    "g_learning_rate": 4e-4,
    "gan": "instagan",
    "patch_layers": 2,
    "training_steps": 2_000,
    "translator_blocks": 3,
    "width": 0.25,
}

DEMO = Demo(
    "instagan",
    "Triangles become squares in their places, and what lies between them stays.",
    options=OPTIONS,
    controls={"baseline": baseline(OPTIONS, evaluated_abilities="translate_ab_unchanged")},
    metrics="scenes,l1",
    numbers=(
        Number("translate_ab/scene_background_l1", expected="unchanged: below .02", most=0.02),
        Number("translate_ab/scene_counts_kept", expected="of most scenes", least=0.5),
        Number(
            "translate_ab/scene_shape_accuracy",
            control="baseline/translate_ab_unchanged/scene_shape_accuracy",
            expected="of most triangles",
            least=0.5,
        ),
        Number("translate_ab/l1", control="baseline/translate_ab_unchanged/l1"),
    ),
    minutes=40,
)
