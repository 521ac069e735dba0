"""Whether the samples of a checkpoint count as collapsed: a flag with its reason, and not a state (no TensorFlow).

A collapsed generator makes a few images again and again. FID hardly tells: a few good ones can score better than many
fair ones. What tells is variety, by these signs, each with its reason:

* recall below 0.1: of ten real images not one has a generated one near (Kynkaanniemi et al. 2019). A second set of real
  images has 0.7 to 0.9, so this is about a tenth of what can be had.
* coverage below 0.05 where density is 0.1 or more (Naeem et al. 2020): samples lie where real images do, but in few
  places. A second set of real images has about 0.97. Where density is lower the samples are far from all real images,
  as those of a blurry model are, and coverage is small whatever their variety.
* MS-SSIM of 0.95 or more between samples (Odena et al. 2017), and a Vendi score below a tenth of the real images': both
  say that nearly all samples are one image.
* a spread below 0.2: the distance between samples, in the extractor's features, relative to that between real images.
  One class out of ten with all its variety has about 0.4.
* losses that exploded: over 1000 and over 100 times what they were at the start. Losses bounded by their nature do not
  get there, and sums over pixels, as of a VAE, are large at the start already.

An early checkpoint shows the same signs and is no collapse: networks start with images that are all alike, and variety
comes later (tried on CIFAR-10: BigGAN-deep's coverage was 0.005 before the first step and 0.23 after 250; StyleGAN2's
recall 0.03 after 300 steps and 0.11 after 1200). So nothing is said of the first 200 steps, nor of recall and coverage
in the first half of a training; of a long one this is a twentieth, or 2000 steps. The thresholds are a choice: small
recall in the second half of a training that was too short is flagged, too.
"""

from __future__ import annotations

import math
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compare_gan_tf2.task_folder import column_names, loss_log, score_table
from compare_gan_tf2.task_folder.column_names import COLLAPSE, DAMAGED, STATUS, STEP

_LEAST_RECALL, _LEAST_COVERAGE, _FAITHFUL_DENSITY = 0.1, 0.05, 0.1
_MOST_MS_SSIM, _LEAST_VENDI, _LEAST_SPREAD = 0.95, 0.1, 0.2
_LARGE_LOSS, _GROWTH = 1e3, 1e2
# Lines of measurements that stand for the start of a training, and for a checkpoint.
_LINES = 10
_LOSS = "loss/"
_FIRST_STEPS, _HALF, _LONG, _TWENTIETH = 200, 0.5, 2000, 0.05


def of_row(row: Mapping[str, str]) -> str:
    """Why the samples of a row count as collapsed, in one line; "" if they do not.

    It is what the evaluation wrote; of rows without that, as older versions made them, what their scores say.

    Args:
        row: of scores.csv, as text by column.
    """
    if row.get(STATUS) == DAMAGED:
        return ""
    return row.get(COLLAPSE) or reason(row)


def of_new_row(folder: pathlib.Path, row: Mapping[str, Any], spread: float | None) -> str:
    """The same of a row that is made now, with what its training measured.

    Args:
        folder: of the task.
        row: as `score_table.new_row` gives it.
        spread: as of `reason`.
    """
    cells = {name: score_table.text(value) for name, value in row.items()}
    return reason(cells, spread=spread, losses=loss_log.measured(folder, row[STEP]))


def reason(row: Mapping[str, str], *, spread: float | None = None, losses: Sequence[Mapping[str, float]] = ()) -> str:
    """Why the samples of a row count as collapsed, in one line; "" if they do not.

    Args:
        row: of scores.csv, as text by column; what has other columns than step and status is looked at where it is
            there.
        spread: root of the mean squared distance between samples over that between real images; None if not known.
        losses: what the training measured until this step, by name, in the order of steps.
    """
    step = int(row[STEP])
    if row.get(STATUS, "ok") != "ok" or step < _FIRST_STEPS:
        return ""
    scores = _scores(row)
    found = [] if step < _early(row, step) else list(_of_few_places(scores))
    found += _of_likeness(scores, spread)
    found += _of_losses(losses)
    return "; ".join(found)


def likeness(row: Mapping[str, str], spread: float | None) -> str:
    """By which sign the samples of a row are alike, whatever its step; "" if they are not.

    Args:
        row: of scores.csv, as text by column.
        spread: as of `reason`.
    """
    return next(_of_likeness(_scores(row), spread), "").partition(": ")[2]


def _early(row: Mapping[str, str], step: int) -> float:
    """The step until which little variety means nothing."""
    said = row.get("training_steps", "")
    steps = int(said) if said.isdecimal() else step
    return min(_HALF * steps, max(_LONG, _TWENTIETH * steps))


def _scores(row: Mapping[str, str]) -> dict[str, float]:
    """The first finite number of each score, by its name, whatever the extractor."""
    found: dict[str, float] = {}
    wanted = ("recall", "coverage", "density", "ms_ssim", "vendi_score", "vendi_score_real")
    for name, cell in row.items():
        if cell and name.startswith(wanted):
            score = column_names.score_of(name)
            value = float(cell)
            if score in wanted and math.isfinite(value):
                found.setdefault(score, value)
    return found


def _of_few_places(scores: Mapping[str, float]) -> Iterator[str]:
    if scores.get("recall", 1.0) < _LEAST_RECALL:
        yield f"recall {scores['recall']:.2g}"
    if scores.get("coverage", 1.0) < _LEAST_COVERAGE and scores.get("density", 1.0) >= _FAITHFUL_DENSITY:
        yield f"coverage {scores['coverage']:.2g}"


def _of_likeness(scores: Mapping[str, float], spread: float | None) -> Iterator[str]:
    if scores.get("ms_ssim", 0.0) >= _MOST_MS_SSIM:
        yield f"samples are alike: MS-SSIM {scores['ms_ssim']:.2g}"
    real, generated = scores.get("vendi_score_real", 0.0), scores.get("vendi_score", math.inf)
    if generated < _LEAST_VENDI * real:
        yield f"samples are alike: Vendi score {generated:.3g}, of real images {real:.3g}"
    if spread is not None and spread < _LEAST_SPREAD:
        yield f"samples hardly differ: their distances are {spread:.2g} of those of real images"


def _of_losses(lines: Sequence[Mapping[str, float]]) -> Iterator[str]:
    first, last = lines[:_LINES], lines[_LINES:][-_LINES:]
    for name in sorted({name for line in last for name in line if name.startswith(_LOSS)}):
        start, now = (_middle([abs(line[name]) for line in part if name in line]) for part in (first, last))
        if now > _LARGE_LOSS and now > _GROWTH * start:
            yield f"{name} exploded: from {start:.2g} at the start to {now:.2g}"


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0
