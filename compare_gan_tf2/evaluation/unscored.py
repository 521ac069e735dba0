"""Which checkpoints of a task have no scores yet under what is asked for; decided by values, without any network."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation import scorer
from compare_gan_tf2.options import EVALUATION, Options, parse
from compare_gan_tf2.task_folder import checkpoints, score_table
from compare_gan_tf2.task_folder.column_names import METRICS, PROTOCOL, STEP
from compare_gan_tf2.task_folder.protocol import Protocol
from compare_gan_tf2.task_folder.status import read_status

# Options of the evaluation that a row has to share. Which weights is in the protocol, and two options may ask for the
# same; a row may have more metrics than are asked for.
_SHARED = tuple(name for name in EVALUATION if name not in (METRICS, "evaluated_weights"))


@dataclasses.dataclass(frozen=True)
class Asked:
    """What an evaluation is asked for.

    Attributes:
        changes: options of the evaluation in place of the task's, by name.
        every: only every N-th checkpoint that the options ask for, and the last one.
        since: only checkpoints of this step and later.
    """

    changes: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    every: int = 1
    since: int = 0

    def includes(self, step: int, options: Options) -> bool:
        """Whether a checkpoint of this step is meant."""
        if step < self.since:
            return False
        return step == options.training_steps or step // options.save_every_steps % self.every == 0

    def options_for(self, folder: pathlib.Path, step: int) -> Options:
        """The options of a checkpoint, with the changes to its evaluation.

        Raises:
            DamagedError: if the checkpoint's own cannot be read.
        """
        options = checkpoints.options_of(folder, step)
        return options.replace(**self.changes) if self.changes else options


def unscored(folder: pathlib.Path, asked: Asked, measured: Protocol | None = None) -> list[int]:
    """Steps whose checkpoint an evaluation would score, ascending; damaged ones among them, to be reported.

    Args:
        folder: of the task.
        asked: for what.
        measured: facts that a row's protocol must have besides what the options say, where those are known.
    """
    rows, status = _by_step(score_table.sound(score_table.read_rows(folder))), read_status(folder)
    there = [s for s in checkpoints.steps(folder) if s >= asked.since and not checkpoints.is_interim(folder, s)]
    found = []
    for step in there:
        try:
            options = asked.options_for(folder, step)
        except checkpoints.GoneError:  # the training deleted it in the meantime
            continue
        except checkpoints.DamagedError:
            found.append(step)
            continue
        diverged = step == there[-1] and status.get("state") == "diverged"
        if (diverged or asked.includes(step, options)) and not any(
            _has_scores(row, options, measured) for row in rows.get(step, ())
        ):
            found.append(step)
    return found


def metric_names(options: Options) -> list[str]:
    """Names of the metrics that the options ask for, the standard panel spelled out."""
    both = scorer.chosen_metrics(options, catalog.of(options))
    return sorted(scorer.name_of(module) for kind in both for module in kind)


def _by_step(rows: Iterable[dict[str, str]]) -> dict[int, list[dict[str, str]]]:
    found: dict[int, list[dict[str, str]]] = {}
    for row in rows:
        found.setdefault(int(row[STEP]), []).append(row)
    return found


def _has_scores(row: Mapping[str, str], options: Options, measured: Protocol | None) -> bool:
    """Whether a row was made with these options of the evaluation, and has at least these metrics."""
    protocol = Protocol.parse(row[PROTOCOL])
    return (
        protocol.includes(measured or Protocol())
        and protocol.weights in ("", options.generator_weights)
        and _evaluation_of(row) == {name: getattr(options, name) for name in _SHARED}
        and set(metric_names(options)) <= set(row.get(METRICS, "").split(","))
    )


def _evaluation_of(row: Mapping[str, str]) -> dict[str, Any]:
    """The values of the options that rows have to share; the default of one that an older version did not know.

    Nothing of a row whose cells are no such values, because a newer version made them, or somebody edited them.
    """
    defaults = {field.name: field.default for field in dataclasses.fields(Options) if field.name in _SHARED}
    try:
        return defaults | parse({name: row[name] for name in _SHARED if row.get(name)})
    except UserError:
        return {}
