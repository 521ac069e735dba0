"""ESRGAN on polygons of 16x16 pixels, enlarged to 64x64: both stages, beside the first one alone, as long."""

from __future__ import annotations

from benchmarks.translation_demos import Demo, Number, baseline

OPTIONS = {
    "batch_size": 16,
    "d_learning_rate": 1e-4,
    "dataset": "polygon_zoom",
    "ema_decay": 0.99,
    "evaluation_samples": 2_000,
    "g_learning_rate": 4e-4,
    "gan": "esrgan",
    "learning_rate_decay": 0.5,
    "pixel_steps": 1_200,
    # Without a perceptual term the difference of pixels alone holds the images while the discriminator is ahead.
    "pixel_weight": 2.0,
    "training_steps": 1_800,
    "translator_blocks": 2,
    "width": 0.5,
}

DEMO = Demo(
    "esrgan",
    "Enlarged polygons look more like real ones than those of bicubic interpolation, or of pixels alone.",
    options=OPTIONS,
    controls={
        "baseline": baseline(OPTIONS, evaluated_abilities="upscale_bicubic"),
        "pixels": {"pixel_steps": OPTIONS["training_steps"]},
    },
    metrics="fid,psnr_rgb",
    numbers=(
        Number("upscale/fid", control="baseline/upscale_bicubic/fid", expected="below bicubic", most_more=0.0),
        Number("upscale/fid", control="pixels/upscale/fid", expected="below the first stage alone", most_more=0.0),
        Number("upscale/psnr_rgb", control="pixels/upscale/psnr_rgb"),
    ),
)
