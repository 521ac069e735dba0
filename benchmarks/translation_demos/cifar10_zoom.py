"""SRGAN on photographs: CIFAR-10 from 16x16 to 32x32 pixels, both stages, beside the first one alone, as long."""

from __future__ import annotations

from benchmarks.translation_demos import Demo, Number, baseline

OPTIONS = {
    "batch_size": 16,
    "d_learning_rate": 4e-4,
    "dataset": "zoom:2:cifar10",
    "ema_decay": 0.99,
    "evaluation_samples": 2_000,
    "g_learning_rate": 4e-4,
    "gan": "srgan",
    "learning_rate_decay": 0.5,
    "pixel_steps": 2_000,
    "training_steps": 3_000,
    "translator_blocks": 4,
    "width": 0.5,
    "zoom": 2,
}

DEMO = Demo(
    "cifar10_zoom",
    "Enlarged photographs look more like real ones than those of bicubic interpolation, or of pixels alone.",
    options=OPTIONS,
    controls={
        "pixels": {"pixel_steps": OPTIONS["training_steps"]},
        "baseline": baseline(OPTIONS, evaluated_abilities="upscale_bicubic"),
    },
    metrics="fid,psnr_rgb",
    numbers=(
        Number("upscale/fid", control="baseline/upscale_bicubic/fid", expected="below bicubic", most_more=0.0),
        Number("upscale/fid", control="pixels/upscale/fid", expected="below the first stage alone", most_more=0.0),
        Number("upscale/psnr_rgb", control="baseline/upscale_bicubic/psnr_rgb"),
        Number("upscale/psnr_rgb", control="pixels/upscale/psnr_rgb"),
    ),
)
