"""CycleGAN on emoji, from one maker's style to another's and back; true partners are read by the scores alone.

The data are made of npm packages that a user has (`prepare_datasets.sh emoji --archives DIR`); their pictures are not
part of this project, only these numbers.
"""

from __future__ import annotations

from benchmarks.translation_demos import Demo, Number, baseline

OPTIONS = {
    "batch_size": 4,
    "d_learning_rate": 4e-4,
    "dataset": "emoji:noto-twemoji",
    "ema_decay": 0.99,
    "g_learning_rate": 4e-4,
    "gan": "cyclegan",
    "learning_rate_decay": 0.5,
    "patch_layers": 2,
    "training_steps": 2_500,
    "translator_blocks": 4,
    "width": 0.375,
}

DEMO = Demo(
    "emoji_styles",
    "Emoji change their style, though no emoji was ever seen in both.",
    options=OPTIONS,
    controls={
        "baseline": baseline(OPTIONS, evaluated_abilities="translate_ab_unchanged,translate_nearest_neighbor"),
    },
    metrics="fid,l1",
    numbers=(
        Number("translate_ab/l1", control="baseline/translate_ab_unchanged/l1"),
        Number(
            "translate_ab/l1",
            control="baseline/translate_nearest_neighbor/l1",
            expected="reported without an expectation",
        ),
        Number(
            "translate_ab/fid",
            control="baseline/translate_ab_unchanged/fid",
            expected="reported without an expectation",
        ),
    ),
    minutes=40,
)
