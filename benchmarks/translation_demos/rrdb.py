"""RRDB on polygons of 16x16 pixels, enlarged to 64x64: the first stage, which descends on pixels alone."""

from __future__ import annotations

from benchmarks.translation_demos import Demo, Number, baseline

OPTIONS = {
    "batch_size": 16,
    "d_learning_rate": 1e-4,
    "dataset": "polygon_zoom",
    "ema_decay": 0.99,
    "evaluation_samples": 2_000,
    "extractor": "pixels",
    "g_learning_rate": 4e-4,
    "gan": "esrgan",
    "learning_rate_decay": 0.5,
    "pixel_steps": 2_400,
    "training_steps": 2_400,
    "translator_blocks": 2,
    "width": 0.5,
}

DEMO = Demo(
    "rrdb",
    "Enlarged polygons are nearer to the truth than those of bicubic interpolation.",
    options=OPTIONS,
    controls={"baseline": baseline(OPTIONS, evaluated_abilities="upscale_bicubic")},
    metrics="psnr_rgb",
    numbers=(
        Number(
            "upscale/psnr_rgb",
            control="baseline/upscale_bicubic/psnr_rgb",
            expected="above bicubic",
            least_more=0.0,
        ),
    ),
)
