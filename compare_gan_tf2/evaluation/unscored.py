"""Which checkpoints of a task have no scores yet under what is asked for; decided by values, without any network."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation import abilities, scorer
from compare_gan_tf2.options import EVALUATION, Options, parse
from compare_gan_tf2.task_folder import checkpoints, score_table
from compare_gan_tf2.task_folder.column_names import ABILITY, METRICS, PROTOCOL, STEP
from compare_gan_tf2.task_folder.protocol import Protocol
from compare_gan_tf2.task_folder.status import read_status

# Options of the evaluation that a row has to share. Which weights is in the protocol, and two options may ask for the
# same; a row may have more metrics than are asked for.
_SHARED = tuple(name for name in EVALUATION if name not in (METRICS, "evaluated_weights", "evaluated_abilities"))
# Facts of a protocol that depend on the stream that outputs are compared with.
_OF_STREAM = ("data", "real_files", "extractor", "real", "generated")


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
        if (diverged or asked.includes(step, options)) and _lacking(rows.get(step, ()), options, measured):
            found.append(step)
    return found


def unscored_abilities(
    folder: pathlib.Path, step: int, options: Options, measured: Protocol | None = None
) -> list[str]:
    """Abilities of a checkpoint that an evaluation with these options would score; arguments as of `unscored`."""
    rows = _by_step(score_table.sound(score_table.read_rows(folder)))
    return _lacking(rows.get(step, ()), options, measured)


def metric_names(options: Options, ability: str = abilities.GENERATE) -> list[str]:
    """Names of the metrics that an ability is scored with, the standard panel spelled out."""
    dataset = catalog.of(options)
    on_samples, on_model = scorer.chosen_metrics(options, dataset)
    # `scorer.check` refuses what the extractor does not give.
    there = abilities.has(options, ability) | {"features", "logits"}
    paired = abilities.paired(options, dataset, ability, there)
    modules = [*on_samples, *on_model] if ability == abilities.GENERATE else on_samples
    return sorted([*map(scorer.name_of, modules), *paired])


def _lacking(rows: Iterable[Mapping[str, str]], options: Options, measured: Protocol | None) -> list[str]:
    """Abilities that no row of a step has the scores of."""
    rows = list(rows)
    if any(row["status"] == "diverged" and _is_asked_for(row, options, measured) for row in rows):
        return []
    return [
        ability
        for ability in abilities.scored(options)
        if not any(_has_scores(row, options, measured, ability) for row in rows)
    ]


def _by_step(rows: Iterable[dict[str, str]]) -> dict[int, list[dict[str, str]]]:
    found: dict[int, list[dict[str, str]]] = {}
    for row in rows:
        found.setdefault(int(row[STEP]), []).append(row)
    return found


def _has_scores(row: Mapping[str, str], options: Options, measured: Protocol | None, ability: str) -> bool:
    """Whether a row of this ability was made with these options of the evaluation, and has at least these metrics."""
    is_asked_for = row.get(ABILITY, "") == abilities.in_row(ability) and _is_asked_for(row, options, measured)
    return is_asked_for and set(metric_names(options, ability)) <= set(row.get(METRICS, "").split(","))


def _is_asked_for(row: Mapping[str, str], options: Options, measured: Protocol | None) -> bool:
    """Whether a row was made with these options of the evaluation."""
    protocol = Protocol.parse(row[PROTOCOL])
    _, stream = abilities.stated(options).get(row.get(ABILITY) or abilities.GENERATE, ((), ""))
    if measured and stream != abilities.IMAGES:
        facts = tuple((name, value) for name, value in measured.facts if name not in _OF_STREAM)
        measured = dataclasses.replace(measured, facts=facts)
    return (
        protocol.includes(measured or Protocol())
        and protocol.weights in ("", options.generator_weights)
        and _evaluation_of(row) == {name: getattr(options, name) for name in _SHARED}
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
