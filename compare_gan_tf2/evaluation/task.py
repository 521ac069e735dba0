"""Evaluates checkpoints: samples, features, metrics, one row of scores.csv each."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import pathlib
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.claims import Watch, claim, remove_dead
from compare_gan_tf2.compat import custom_gradients
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.datasets.places import places as given_places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation import abilities, ability_scorer, scorer
from compare_gan_tf2.evaluation.ability_scorer import AbilityScorer
from compare_gan_tf2.evaluation.generated_images import Batches, generated_images
from compare_gan_tf2.evaluation.unscored import Asked, metric_names, unscored, unscored_abilities
from compare_gan_tf2.evaluation.whole_model import WholeModel
from compare_gan_tf2.gans import standing_statistics
from compare_gan_tf2.gans.base import BaseGan, build
from compare_gan_tf2.hub_export import styles
from compare_gan_tf2.metrics import Samples
from compare_gan_tf2.model_metrics import TrainedModel
from compare_gan_tf2.options import EVALUATION, Options
from compare_gan_tf2.paired_metrics.panel import Panel
from compare_gan_tf2.progress import Progress
from compare_gan_tf2.task_folder import (
    checkpoints,
    collapse,
    count_tables,
    curves,
    flags,
    networks_from,
    provenance,
    score_table,
)
from compare_gan_tf2.task_folder.column_names import COLLAPSE, FLAGS
from compare_gan_tf2.task_folder.protocol import Protocol
from compare_gan_tf2.task_folder.status import read_status

_SECONDS_BETWEEN_LOOKS = 5.0

_log = logging.getLogger(__name__)


def evaluate(
    workdir: str | os.PathLike,
    *,
    dataset_root: str | os.PathLike | None = None,
    cache_dir: str | os.PathLike | None = None,
    changes: Mapping[str, Any] | None = None,
    every: int = 1,
    since: int = 0,
    watch: bool = False,
    scorer_for: Callable[[Options], CheckpointScorer] | None = None,
) -> list[dict[str, str]]:
    """Scores every checkpoint of a task that has no row yet with these metrics under this protocol.

    Args:
        workdir: the task's own folder.
        dataset_root: folder of the prepared data sets; TFDS's default if None.
        cache_dir: where reference features, and classifiers that had to be trained, are kept; ~/.cache/compare_gan_tf2
            if None.
        changes: options of the evaluation in place of the task's, by name. Metrics that a row lacks are added to it
            where the rest of the protocol is the same; another protocol gives rows of its own.
        every: only every N-th checkpoint that the options ask for, counted from the first, and the last one.
        since: only checkpoints of this step and later.
        watch: go on until the training is over, or nobody is at it any more, scoring checkpoints as they come.
        scorer_for: gives what scores checkpoints of these options, with the same places, such as
            `kept_scorers.KeptScorers.take`; no score depends on it.

    Returns:
        All rows of the task's scores.csv, as text by column.

    Raises:
        UserError: if the data set is not prepared, an option is none of the evaluation, or another process evaluates
            the task.
    """
    folder = pathlib.Path(workdir)
    places = given_places(dataset_root, cache_dir)
    checkpoints.sweep_abandoned(folder)
    checkpoints.warn_of_incomplete(folder)
    asked = Asked(changed(changes), every, since)

    if scorer_for is None:  # what is loaded for one checkpoint serves the others
        scorer_for = functools.lru_cache(maxsize=1)(lambda options: CheckpointScorer(options, places))

    damaged: dict[int, str] = {}
    trainer = Watch(folder, "train")
    while True:
        over = not watch or _is_over(folder, trainer)
        try:
            damaged |= score_missing(folder, asked, scorer_for, damaged)
        finally:
            custom_gradients.release()
        if over:
            break
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    if damaged:
        raise UserError("; ".join(damaged.values()))
    return score_table.read_rows(folder)


def score_missing(
    folder: pathlib.Path,
    asked: Asked,
    scorer_for: Callable[[Options], CheckpointScorer],
    passed_over: Collection[int] = (),
) -> dict[int, str]:
    """Adds the rows that a task's scores.csv lacks now.

    Args:
        folder: of the task.
        asked: for what.
        scorer_for: gives what scores checkpoints of these options.
        passed_over: steps that are not looked at, because their checkpoints are damaged.

    Returns:
        What is wrong with checkpoints that could not be read, by step.
    """

    def measured() -> Protocol | None:
        return _measured(folder, asked, scorer_for, passed_over)

    def missing() -> list[int]:
        steps = unscored(folder, asked, measured())
        return [step for step in steps if step not in passed_over]

    damaged: dict[int, str] = {}
    if not (missing() or _diverged_step(folder)):
        remove_dead(folder, "evaluate")
        return damaged
    with claim(folder, "evaluate") as still_held:
        for step in missing():
            try:
                options = asked.options_for(folder, step)
                _add_rows(folder, step, options, scorer_for(options), measured(), still_held)
            except checkpoints.GoneError:  # the training deleted it in the meantime
                continue
            except checkpoints.DamagedError as error:
                _log.warning("%s", error)
                damaged[step] = str(error)
                continue
            checkpoints.prune(folder, options.keep_checkpoints)
        _add_diverged_row(folder)
    return damaged


def _add_rows(
    folder: pathlib.Path,
    step: int,
    options: Options,
    of_checkpoint: CheckpointScorer,
    measured: Protocol | None,
    still_held: Callable[[], None],
) -> None:
    """A row for every ability of a checkpoint that has none yet; of a model that diverged only the first."""
    for ability in unscored_abilities(folder, step, options, measured):
        start = time.monotonic()
        status, scores, protocol = of_checkpoint.score(folder, step, ability)
        made = provenance.of_row(folder, time.monotonic() - start) | of_checkpoint.images_seen(step)
        metrics, said = metric_names(options, ability), abilities.in_row(ability)
        row = score_table.new_row(step, status, scores, protocol, options, metrics, made, said)
        row[COLLAPSE] = collapse.of_new_row(folder, row, of_checkpoint.spread)
        if flagged := flags.of_new_row(folder, row, of_checkpoint.spread):
            row[FLAGS] = flagged
        row |= of_checkpoint.tables
        still_held()
        curves.write(folder, step, protocol, of_checkpoint.curves)
        score_table.add_row(folder, row)
        if status == "diverged":
            return


def _measured(
    folder: pathlib.Path,
    asked: Asked,
    scorer_for: Callable[[Options], CheckpointScorer],
    passed_over: Collection[int],
) -> Protocol | None:
    """The protocol that scores would have, where options do not say it: the contents of a file of weights may change.

    Of the first checkpoint that can be read, and without what is said of the model, whose networks are not built.
    """
    for step in checkpoints.steps(folder):
        if step not in passed_over:
            with contextlib.suppress(checkpoints.DamagedError):
                options = asked.options_for(folder, step)
                if options.extractor_weights or components.facts("extractors", options.extractor)["READS_FILE"]:
                    return scorer_for(options).measured.without_metrics()
                return None
    return None


def changed(changes: Mapping[str, Any] | None) -> dict[str, Any]:
    """The changes as a dict; UserError unless all are options of the evaluation."""
    for name in changes or {}:
        if name not in EVALUATION:
            raise UserError(
                f"option {name} is not one of the evaluation, and fixed by the training; those of the evaluation: "
                f"{', '.join(EVALUATION)}"
            )
    return dict(changes or {})


def check_scores(options: Options, places: Places) -> None:
    """Raises UserError if the extractor or a metric that the options name cannot be used on the data set."""
    abilities.check_asked(options)
    compared = [abilities.dataset_of(options, ability) for ability in abilities.scored(options)]
    for dataset in {each.name: each for each in compared}.values():
        scorer.check(options, dataset, places, labeled=options.conditional)


def _is_over(folder: pathlib.Path, trainer: Watch) -> bool:
    """Whether no more checkpoints will come: the training ended, or began and nobody is at it any more."""
    state = read_status(folder).get("state")
    # Asked again afterwards: it may just have ended.
    if state in ("training", "paused") and not trainer.is_held() and read_status(folder).get("state") == state:
        _log.warning("nobody is training the task in %s any more; scoring what is there", folder)
        return True
    return state in ("done", "diverged")


def _diverged_step(folder: pathlib.Path) -> int | None:
    """Step at which the training diverged, unless its row is there."""
    status = read_status(folder)
    scored = {int(row["step"]) for row in score_table.sound(score_table.read_rows(folder))}
    return status["step"] if status.get("state") == "diverged" and status["step"] not in scored else None


def _add_diverged_row(folder: pathlib.Path) -> None:
    """A training that ended in losses that are not finite says so in a row of its own, without scores."""
    step = _diverged_step(folder)
    if step is not None:
        options, protocol = Options.from_file(read_status(folder)["options"]), Protocol.parse("not scored")
        made = provenance.of_row(folder)
        names = metric_names(options, abilities.scored(options)[0])
        row = score_table.new_row(step, "diverged", {}, protocol, options, names, made)
        score_table.add_row(folder, row)


def new_scorer(options: Options, dataset: Dataset, places: Places) -> scorer.Scorer:
    """What scores images that are compared with those of a data set."""
    return scorer.Scorer(options, dataset, places, training=dataset)


class CheckpointScorer:
    """Scores checkpoints of one task: its networks, the extractor and the reference, loaded once for all of them.

    Args:
        options: of the task, with those of the evaluation.
        places: where the data and the cache are.
        scorer_of: gives what scores images that are compared with those of a data set; a new one if None.

    Attributes:
        spread: of the generated images that were scored last, as `Scorer.spread` has it; None of other abilities.
        tables: of the model that was scored last, by column, as cells hold them; see `TrainedModel.tables`.
        curves: of what was scored last, by the metric's name with the extractor's id behind it; means over repeats.

    Raises:
        UserError: if the extractor or a metric cannot be used on the data set.
    """

    def __init__(
        self,
        options: Options,
        places: Places,
        scorer_of: Callable[[Options, Dataset], scorer.Scorer] | None = None,
    ):
        self.options = options
        self.spread: float | None = None
        self.tables: dict[str, str] = {}
        self.curves: dict[str, curves.Curve] = {}
        self._dataset = catalog.of(options)
        self._places = places
        self._scorer_of = scorer_of or functools.partial(new_scorer, places=places)
        check_scores(options, places)

    def become(self, options: Options) -> None:
        """Scores checkpoints of another task from now on, whose networks and evaluation have the same traces.

        Raises:
            UserError: as when it is made.
        """
        check_scores(options, self._places)
        self.options = options
        if "_gan" in self.__dict__:
            self._gan.options = options

    @functools.cached_property
    def _scorer(self) -> scorer.Scorer:
        """Of images that are compared with those of the task's data set, or of the first ability's stream."""
        dataset = abilities.dataset_of(self.options, abilities.scored(self.options)[0])
        return self._scorer_of(self.options, dataset)

    @functools.cached_property
    def _gan(self) -> BaseGan:
        return build(self.options, trains=False)

    @functools.cached_property
    def _generate(self) -> Callable[..., tf.Tensor]:
        return tf.function(self._gan.evaluated_generator)

    def score(
        self, folder: pathlib.Path, step: int, ability: str = abilities.GENERATE
    ) -> tuple[str, dict[str, float], Protocol]:
        """Scores an ability of a checkpoint.

        Args:
            folder: of the task.
            step: of the checkpoint.
            ability: one of `abilities.scored`.

        Returns:
            status: "ok", or "diverged" if a pixel is not finite.
            scores: by column; none if it diverged.
            protocol: all that they depend on beside the checkpoint.

        Raises:
            DamagedError: if the checkpoint cannot be read.
        """
        self.spread, self.tables, self.curves = None, {}, {}
        found: scorer.Curves = {}
        status, scores, protocol = self._score(folder, step, ability, found)
        if status == "ok":
            self.curves = {name: curves.mean(repeats) for name, repeats in found.items()}
        return status, scores, protocol

    def _score(
        self, folder: pathlib.Path, step: int, ability: str, found: scorer.Curves
    ) -> tuple[str, dict[str, float], Protocol]:
        """Status, scores and protocol of a checkpoint; curves are added to `found`."""
        networks_from.restore_evaluated(folder, step, self._gan)
        if ability != abilities.GENERATE or not abilities.draws_images(self.options):
            return self._ability_scorer.score(step, ability, found)
        standing_statistics.fill(self._gan)
        repeats, first = [], None
        for repeat in range(self.options.evaluation_repeats):
            panel = ability_scorer.panel(self.options, ability, self._scorer)
            images = ability_scorer.judged(self._images(repeat), panel, self._scorer.count)
            generated = self._scorer.collect(images, self._title(step, repeat))
            if generated is None:
                return "diverged", {}, self._protocol(panel)
            first = first or generated
            seed = self.options.evaluation_seed + repeat
            scores = self._scorer.scores(generated, seed, functools.partial(ability_scorer.warn, step), found)
            repeats.append(scores | ability_scorer.columns(panel, step))
        assert first is not None
        self.spread = self._scorer.spread(first)
        scores = scorer.summary(repeats, self._scorer.extractor.id)
        if self._scorer.model_metrics:
            model = self._model(folder, first)
            scores |= self._scores_of_model(step, model)
            self.tables = {
                name: cell for name, counts in model.tables.items() if (cell := count_tables.text(counts.tolist()))
            }
        return "ok", scores, self._protocol(panel)

    def _scores_of_model(self, step: int, model: TrainedModel) -> dict[str, float]:
        scores: dict[str, float] = {}
        modules = self._scorer.model_metrics
        with Progress("scoring the model", len(modules), unit="metric") as progress:
            for done, module in enumerate(modules, 1):
                progress.doing(scorer.name_of(module))
                try:
                    scores |= module.metric(model)
                except (ValueError, FloatingPointError) as error:  # of a network that is about to diverge
                    ability_scorer.warn(step, f"{scorer.name_of(module)}: {error}")
                progress.advance(done)
        return scores

    def images_seen(self, step: int) -> dict[str, int]:
        """Columns with the rows that training read until a step, of every source but the task's own data set."""
        engine = self._gan.engine
        plan = engine.plan()
        return {f"images_seen_{name}": plan.rows_before(name, step + 1) for name in engine.columns() if name}

    @functools.cached_property
    def _ability_scorer(self) -> AbilityScorer:
        return AbilityScorer(self._gan, self._places, lambda: self._scorer)

    def _title(self, step: int, repeat: int) -> str:
        repeats = self.options.evaluation_repeats
        return f"evaluating step {step}" + (f", {repeat + 1} of {repeats}" if repeats > 1 else "")

    def _images(self, repeat: int) -> Batches:
        """Endless generated images with their labels; other ones in every repeat."""
        generate = functools.partial(self._generate, training=False)
        seed = self.options.evaluation_seed
        shape = self._gan.dataset.image_shape
        return generated_images(generate, self._gan.prior, self._gan.num_classes, shape, seed=seed, repeat=repeat)

    def _model(self, folder: pathlib.Path, generated: Samples) -> TrainedModel:
        of_images = self._scorer
        return self._whole_model.scored(folder, self._gan, self.options, of_images.real, generated, of_images.extractor)

    @functools.cached_property
    def _whole_model(self) -> WholeModel:
        return WholeModel(self._dataset, self._places)

    @property
    def measured(self) -> Protocol:
        """The protocol without what it says of the model; no network but the extractor's is built for it."""
        return self._scorer.protocol()

    def _protocol(self, panel: Panel) -> Protocol:
        standing = self.options.standing_batches if standing_statistics.applies(self._gan) else 0
        return self._scorer.protocol(
            paired=panel.protocol(),
            weights=self.options.generator_weights,
            statistics=f"standing over {standing} batches" if standing else "moving",
            **_truncation_said(self.options),
        )


def _truncation_said(options: Options) -> dict[str, Any]:
    """The fact of a protocol that says how w was truncated; none where it was not."""
    if options.truncation_psi == 1.0:
        return {}
    return {"truncation": styles.Truncation(options.truncation_psi, options.truncation_cutoff).said()}
