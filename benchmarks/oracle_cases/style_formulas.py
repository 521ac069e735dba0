"""Rules of style-based systems that are no networks: the case style_formulas of oracle/style_based.

Compared are the decay of averages by images, the automatic configuration of StyleGAN2-ADA, when networks grow, and the
paths and the mean of perceptual path lengths.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison, growing_schedules
from compare_gan_tf2.gans import moving_average
from compare_gan_tf2.model_metrics import _path_lengths
from compare_gan_tf2.options import style_settings

# The case's names of settings, and the product's options.
_SETTINGS = {
    "batch": "batch_size", "mbstd_group": "deviation_group", "channel_base": "channel_base", "lr": "g_learning_rate",
    "r1_gamma": "r1_gamma", "ema_kimg": "ema_kimg",
}  # fmt: skip
# What is computed in double precision, and what in a step, in single precision.
_RTOL, _RTOL_OF_STEPS = 1e-12, 1e-5
# Of what is stored in single precision.
_RTOL_STORED = 1e-5


def compare(case: Case, comparison: Comparison) -> None:
    """All rows of all tables; a small copy may lack schedules."""
    if "schedules" in case.said:
        growing_schedules.compare(case, comparison)
    for i, row in enumerate(case.said["ema_beta"]["rows"]):
        decay = moving_average.decay_of_images(row["ema_kimg"], row["rampup"] or 0.0, row["batch"])
        if not isinstance(decay, float):
            decay = decay(tf.constant(row["nimg"] // row["batch"] + 1, tf.int64))
        comparison.close(f"ema_beta/{i}", decay, row["beta"], rtol=_RTOL_OF_STEPS, atol=1e-12)
    for i, row in enumerate(case.said["auto_config_of_ada"]):
        found = style_settings.auto(row["resolution"], devices=row["gpus"])
        for theirs, ours in _SETTINGS.items():
            comparison.close(f"auto_config_of_ada/{i}/{theirs}", found[ours], row[theirs], rtol=_RTOL)
        is_known = style_settings.auto(row["resolution"], row["batch"])
        comparison.close(f"auto_config_of_ada/{i}/r1_gamma", is_known["r1_gamma"], row["r1_gamma"], rtol=_RTOL)
    if "slerp/out" in case.arrays:
        a, b, t = (case.arrays[f"slerp/{name}"].astype(np.float64) for name in "abt")
        along = _path_lengths.on_sphere(a, b, t)
        found = along / np.linalg.norm(along, axis=1, keepdims=True)
        comparison.close("slerp/out", found, case.arrays["slerp/out"], rtol=_RTOL_STORED, atol=1e-6)
    if "ppl/result" in case.arrays:
        mean = _path_lengths.trimmed_mean(case.arrays["ppl/distances"].astype(np.float64))
        comparison.close("ppl/result", mean, case.arrays["ppl/result"], rtol=_RTOL_STORED)
