"""pix2pix on emoji, black drawings to colored ones, without flags: real pictures with true partners.

The data are made of npm packages that a user has (`prepare_datasets.sh emoji --archives DIR`); their pictures are not
part of this project, only these numbers.
"""

from __future__ import annotations

from benchmarks.translation_demos import Demo, Number, baseline

OPTIONS = {
    "batch_size": 16,
    "d_learning_rate": 4e-4,
    "dataset": "emoji:openmoji_black-openmoji_color",
    "ema_decay": 0.99,
    "g_learning_rate": 4e-4,
    "gan": "pix2pix",
    "learning_rate_decay": 0.5,
    "training_steps": 3_000,
    "width": 0.5,
}

DEMO = Demo(
    "emoji",
    "Black drawings are colored nearer to the truth than with the colors of the most similar drawing.",
    options=OPTIONS,
    seeds=(0, 1, 2),
    controls={
        "baseline": baseline(OPTIONS, evaluated_abilities="translate_nearest_neighbor,translate_unchanged"),
    },
    metrics="fid,l1,psnr_rgb",
    numbers=(
        Number(
            "translate/l1",
            control="baseline/translate_nearest_neighbor/l1",
            expected="below the nearest neighbor, about .117",
            most_more=0.0,
        ),
        Number(
            "translate/l1",
            control="baseline/translate_unchanged/l1",
            expected="below the unchanged drawing, about .073",
            most_more=0.0,
        ),
        Number(
            "translate/fid",
            control="baseline/translate_nearest_neighbor/fid",
            expected="below the nearest neighbor",
            most_more=0.0,
        ),
        Number("translate/psnr_rgb", control="baseline/translate_nearest_neighbor/psnr_rgb"),
    ),
)
