"""Whole curves of precision and recall, beside the scores that a row has of them: curves/*.json (no TensorFlow).

A file for each checkpoint, metric and protocol, written before the row. Tasks of older versions have none.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from compare_gan_tf2.files import checked_json, from_checked_json, replace_file
from compare_gan_tf2.task_folder.protocol import Protocol

CURVES_FOLDER = "curves"
_DIGITS = 8


class DamagedCurveError(Exception):
    """Which file holds no curve, and why."""


@dataclasses.dataclass(frozen=True)
class Curve:
    """A curve of precision and recall, from its end of least precision to that of least recall.

    Attributes:
        recall: N numbers in [0, 1].
        precision: as many.
    """

    recall: Sequence[float]
    precision: Sequence[float]


def mean(curves: Sequence[Curve]) -> Curve:
    """The mean over repeats of an evaluation, point by point; all have as many points."""

    def means(axes: Iterable[Sequence[float]]) -> tuple[float, ...]:
        return tuple(math.fsum(values) / len(values) for values in zip(*axes, strict=True))

    return Curve(means(each.recall for each in curves), means(each.precision for each in curves))


def write(folder: pathlib.Path, step: int, protocol: Protocol, curves: Mapping[str, Curve]) -> None:
    """Writes what an evaluation of a checkpoint found, each file whole or not at all.

    Args:
        folder: of the task.
        step: of the checkpoint.
        protocol: of the row.
        curves: by the metric's name with the extractor's id behind it, as a column has it.

    Raises:
        UserError: if the place cannot be written.
    """
    for name, curve in curves.items():
        own = _of_metric(protocol, name)
        content = {"step": step, "curve": name, "protocol": str(own), **dataclasses.asdict(curve)}
        with replace_file(_path(folder, step, name, own)) as file:
            file.write(checked_json(content))


def read(folder: pathlib.Path, step: int, protocol: Protocol, name: str) -> Curve | None:
    """The curve that was measured under a protocol.

    Args:
        folder: of the task.
        step: of the checkpoint.
        protocol: of the row, or of several that agree.
        name: of the metric, with the extractor's id behind it, as a column has it.

    Returns:
        The curve; None if there is none.

    Raises:
        DamagedCurveError: if its file cannot be read.
    """
    path = _path(folder, step, name, _of_metric(protocol, name))
    try:
        return _curve(from_checked_json(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DamagedCurveError(f"{path} holds no curve: {error}") from error


def files(folder: pathlib.Path) -> list[pathlib.Path]:
    """All files of curves of a task, sorted."""
    found = (folder / CURVES_FOLDER).glob("step-*.json")
    return sorted(each for each in found if each.is_file() and not each.is_symlink())


def _curve(content: Mapping[str, Any]) -> Curve:
    curve = Curve(*(tuple(map(float, content[name])) for name in ("recall", "precision")))
    if not len(curve.recall) == len(curve.precision) > 0:
        raise ValueError("recall and precision have different lengths, or none")
    if not all(0.0 <= value <= 1.0 for value in (*curve.recall, *curve.precision)):
        raise ValueError("it has numbers outside [0, 1]")
    return curve


def _of_metric(protocol: Protocol, name: str) -> Protocol:
    """What a metric's own numbers depend on: all facts, and what is said of it alone."""
    metrics = protocol.by_metric()
    own = max((each for each in metrics if name == each or name.startswith(f"{each}_")), key=len, default="")
    return dataclasses.replace(protocol, metrics=(metrics[own],) if own else ())


def _path(folder: pathlib.Path, step: int, name: str, own: Protocol) -> pathlib.Path:
    """A protocol is too long for a file's name, and a digest of it is not."""
    digest = hashlib.sha256(f"{name}\n{own}".encode()).hexdigest()[:_DIGITS]
    return folder / CURVES_FOLDER / f"step-{step:08d}-{digest}.json"
