"""Flags of a row of scores: what to know of a model before one believes its scores (no TensorFlow).

A flag takes nothing away: the status stays what it is, and the row can still be the best. Of the first 200 steps only
the last flag is said. There are four:

* code ignored: of a code in the latents (InfoGAN) the images tell less than 0.1 nats, by the bound that training
  measures: E[log Q(c | G(z, c))] + H(c), the mean of the last ten lines. Beside that of classes stands the most that it
  can be, log K; numbers have no such end. Where Q's deviation is fixed at 1 the bound of a number is low however well
  it is guessed (-0.23 at most of a uniform one), so that it is computed for the deviation that fits the guesses best.
* classes permuted: the best one-to-one assignment of the classes asked for to the classes that a classifier sees is
  right in 0.1 more of the samples than the classes asked for are, as if labels were swapped on the way (scores
  class_accuracy_assigned and class_accuracy, of metric class_samples).
* augmentation at its limit: adaptive augmentation has come to the probability that it may not go beyond, and the
  discriminator still tells the training images: there are too few, and generated images may begin to show transforms
  (Karras et al. 2020, figure 3, for probabilities above 0.8).
* samples alike, at the end of a training of less than 200 steps: by the signs of `collapse`, which says nothing of so
  short a training, for networks start with images that are all alike.
"""

from __future__ import annotations

import math
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compare_gan_tf2 import components
from compare_gan_tf2.options import latent_codes
from compare_gan_tf2.task_folder import collapse, loss_log, score_table
from compare_gan_tf2.task_folder.column_names import DAMAGED, FLAGS, STATUS, STEP

_FIRST_STEPS, _LEAST_NATS, _LEAST_GAP = 200, 0.1, 0.1
# Lines of measurements whose mean is taken.
_LINES = 10
# Where a training measures the bound of a code: in the generator's update, or in one of its own.
_BOUNDS = ("information/g_", "information/")
_PROBABILITY = "augmentation/probability"
_LOG_TWO_PI = math.log(2.0 * math.pi)
_LOG_TWO_PI_E = _LOG_TWO_PI + 1.0


def of_row(row: Mapping[str, str]) -> str:
    """The flags of a row of scores.csv in one line; "" without any, and of a damaged row."""
    return "" if row.get(STATUS) == DAMAGED else row.get(FLAGS, "")


def of_new_row(folder: pathlib.Path, row: Mapping[str, Any], spread: float | None = None) -> str:
    """The same of a row that is made now.

    Args:
        folder: of the task.
        row: as `score_table.new_row` gives it.
        spread: as of `collapse.reason`.
    """
    cells = {name: score_table.text(value) for name, value in row.items()}
    is_measured = cells.get("codes") or _adapts(cells)
    return found(cells, loss_log.measured(folder, row[STEP]) if is_measured else (), spread)


def found(row: Mapping[str, str], measured: Sequence[Mapping[str, float]] = (), spread: float | None = None) -> str:
    """The flags of a row, in one line.

    Args:
        row: as text by column.
        measured: what the training measured until its step, by name, in the order of steps.
        spread: as of `collapse.reason`.
    """
    if row.get(STATUS, "ok") != "ok":
        return ""
    if int(row[STEP]) < _FIRST_STEPS:
        alike = collapse.likeness(row, spread) if row.get("training_steps") == row[STEP] else ""
        return f"samples alike after a short training: {alike}" if alike else ""
    return "; ".join([
        *_ignored_codes(row, measured[-_LINES:]), *_permuted_classes(row), *_limited_augmentation(row, measured)
    ])  # fmt: skip


def _ignored_codes(row: Mapping[str, str], lines: Sequence[Mapping[str, float]]) -> Iterator[str]:
    is_fixed = row.get("learned_deviation") != "true"
    for name, kind, size in latent_codes.parsed(row.get("codes", "")):
        bound = _mean_bound(lines, name)
        if bound is None:
            continue
        entropy = _entropy(kind, size)
        if is_fixed and kind != "categorical":
            bound = _of_best_deviation(bound, entropy, size)
        if bound < _LEAST_NATS:
            most = f" of {entropy:.2f}" if kind == "categorical" else ""
            yield f"code ignored: {name} {bound:.2f}{most} nats"


def _mean_bound(lines: Sequence[Mapping[str, float]], code: str) -> float | None:
    for start in _BOUNDS:
        values = [line[f"{start}{code}"] for line in lines if f"{start}{code}" in line]
        if values:
            return math.fsum(values) / len(values)
    return None


def _entropy(kind: str, size: int) -> float:
    if kind == "categorical":
        return math.log(size)
    return size * (math.log(2.0) if kind == "uniform" else 0.5 * _LOG_TWO_PI_E)


def _of_best_deviation(bound: float, entropy: float, size: int) -> float:
    """The bound of `size` numbers for the deviation that fits best, from that for a deviation of 1."""
    squares = 2.0 * (entropy - bound) / size - _LOG_TWO_PI  # mean squared error of a number
    return entropy - 0.5 * size * (_LOG_TWO_PI_E + math.log(squares)) if squares > 0 else math.inf


def _permuted_classes(row: Mapping[str, str]) -> Iterator[str]:
    texts = row.get("class_accuracy", ""), row.get("class_accuracy_assigned", "")
    if all(texts):
        right, assigned = map(float, texts)
        if assigned >= right + _LEAST_GAP:
            yield f"classes permuted: {right:.2f} of the samples show the class asked for, {assigned:.2f} by assignment"


def _adapts(row: Mapping[str, str]) -> bool:
    """Whether the augmentation of a row's task moves its own probability."""
    name, gan = row.get("augmentation", ""), row.get("gan", "")
    is_scheduled = gan in components.names("gans") and components.facts("gans", gan)["SCHEDULES_AUGMENTATION"]
    known = name in components.names("augmentations")
    return known and not is_scheduled and bool(components.facts("augmentations", name)["ADAPTS"])


def _limited_augmentation(row: Mapping[str, str], measured: Sequence[Mapping[str, float]]) -> Iterator[str]:
    limit = float(row.get("augmentation_limit") or 1.0)
    if measured and _adapts(row) and measured[-1].get(_PROBABILITY, 0.0) >= limit * (1.0 - 1e-6) > 0.0:
        yield f"augmentation at its limit: probability {limit:g}; collect more images, or leave out color or rotation"
