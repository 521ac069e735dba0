"""Levels of detail, batch sizes and rates by images seen: part "schedules" of case style_formulas."""

from __future__ import annotations

import re

from benchmarks.oracle_cases import Case, Comparison
from compare_gan_tf2.options import growing

# A schedule of the case, by the beginning of its name -> side it starts with, batch sizes, factors on a rate of 0.001,
# as options growing_from, growing_batch_sizes and growing_rates say them.
_SCHEDULES = {
    "pggan_preset_v2_1gpu": (4, "4:128,32:64,64:32,128:16,256:8,512:4", "1024:1.5"),
    "pggan_preset_v2_8gpus": (4, "4:512,8:256,16:128,32:64,64:32", "128:1.5,256:2,512:3"),
    "stylegan1_8gpu": (8, "8:256,16:128,32:64,64:32", "128:1.5,256:2,512:3"),
    "stylegan2_config_a_to_d": (8, "8:256,16:128,32:64,64:32", "128:1.5,256:2,512:3"),
}
_RATE = 0.001
_IMAGES = 600_000


def compare(case: Case, comparison: Comparison) -> None:
    """Every row of every schedule."""
    for name, rows in case.said["schedules"].items():
        preset, side = re.fullmatch(r"(\w+)_final(\d+)", name).groups()
        first, batches, rates = _SCHEDULES[preset]
        sides = growing.sides(first, int(side))
        # One image a step, so that every number of images stands before some step.
        schedule = growing.schedule_of(
            int(side), first, stable=_IMAGES, fade=_IMAGES, batches=dict.fromkeys(sides, 1),
            rates={each: growing.held(growing.entries(rates), each, 1.0) for each in sides},
        )  # fmt: skip
        for row in rows:
            where, step = f"{name}/{row['nimg']}", row["nimg"] + 1
            level = schedule.at(step)
            comparison.close(f"{where}/lod", schedule.lod(step), row["lod"], atol=1e-9)
            comparison.close(f"{where}/resolution", level.side, row["resolution"])
            batch = growing.held(growing.entries(batches), level.side, 0)
            comparison.close(f"{where}/minibatch", batch, row["minibatch"])
            comparison.close(f"{where}/lr", _RATE * level.rate, row["lr"], rtol=1e-12)
