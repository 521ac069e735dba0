"""Scores what the abilities of a trained model give, and shows outputs to paired metrics as they go by."""

from __future__ import annotations

import dataclasses
import functools
import logging
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets.catalog import Places
from compare_gan_tf2.evaluation import abilities, ability_rows
from compare_gan_tf2.evaluation.generated_images import Batches
from compare_gan_tf2.evaluation.scorer import Curves, Scorer, summary
from compare_gan_tf2.extractors import attribute_judge, caption_matcher
from compare_gan_tf2.gans import Ability, ability_inputs
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.gans.random_inputs import SEED
from compare_gan_tf2.options import Options
from compare_gan_tf2.paired_metrics import RULES, Batch, Setup
from compare_gan_tf2.paired_metrics.panel import Panel
from compare_gan_tf2.task_folder.grids import to_uint8
from compare_gan_tf2.task_folder.protocol import Protocol

_log = logging.getLogger(__name__)


class AbilityScorer:
    """Scores abilities on the first rows of the evaluation split, in stored order.

    Args:
        gan: of the task, which is given the weights of the checkpoints.
        places: where the data and the cache are.
        of_task: gives what scores images that are compared with those of the task's data set.
    """

    def __init__(self, gan: BaseGan, places: Places, of_task: Callable[[], Scorer]):
        self._gan, self._places, self._of_task = gan, places, of_task
        self._abilities = gan.abilities(gan.evaluated())
        self._calls: dict[tuple[str, bool], Callable[..., dict[str, tf.Tensor]]] = {}
        self._of_streams: dict[str, Scorer] = {}

    def scorer_of(self, name: str) -> Scorer:
        """What scores the outputs of an ability: the task's own scorer, or one of another stream's images.

        Raises:
            UserError: if the data set has no images to compare with.
        """
        gan, (_, gives) = self._gan, ability_inputs.output_compared(self._abilities[name])
        dataset = ability_inputs.dataset_of(gan.dataset, gives, gan.streams[gives])
        if dataset is gan.dataset:
            return self._of_task()
        if gives not in self._of_streams:
            self._of_streams[gives] = Scorer(gan.options, dataset, self._places, training=dataset, model=False)
        return self._of_streams[gives]

    def score(self, step: int, name: str, curves: Curves | None = None) -> tuple[str, dict[str, float], Protocol]:
        """Scores an ability with the weights that the GAN has now.

        Args:
            step: of the checkpoint that they are of, for people.
            name: one of `abilities.scored`, but not `generate`.
            curves: is given the curves of the metrics that have one, as by `Scorer.scores`.

        Returns:
            status: "ok", or "diverged" if a pixel is not finite.
            scores: by column; none if it diverged.
            protocol: how they were measured.

        Raises:
            UserError: if the data set has not what the ability takes.
        """
        options, ability, of_stream = self._gan.options, self._abilities[name], self.scorer_of(name)
        judge = functools.partial(attribute_judge.load, self._gan.dataset, self._places)
        matcher = functools.partial(caption_matcher.load, self._gan.dataset, self._places)
        shown = panel(options, name, of_stream, self._input_shape(name), judge, matcher)
        call, draws = functools.partial(self._call, name), shown.draws
        beside = shown.reads
        rows = ability_rows.Rows(self._gan, name, ability, call, self._places, of_stream.count, draws, beside)
        found = of_stream.collect(_judged_rows(rows, shown), f"evaluating step {step}, {name}", rows.number)
        protocol = of_stream.protocol(
            generated=rows.number,
            paired=shown.protocol(),
            weights=options.generator_weights,
            statistics=ability_inputs.statistics(self._gan),
            ability=name,
            **({"random_layers": "off"} if SEED in ability.takes else {}),
        )
        if found is None:
            return "diverged", {}, protocol
        seeds = range(options.evaluation_seed, options.evaluation_seed + options.evaluation_repeats)
        repeats = [of_stream.scores(found, seed, functools.partial(warn, step), curves) for seed in seeds]
        # Outputs are the same in every repeat, so that paired metrics have no deviation.
        return "ok", summary(repeats, of_stream.extractor.id) | columns(shown, step), protocol

    def _input_shape(self, name: str) -> tuple[int, int, int] | None:
        """Of the first of an ability's inputs that are pictures; None if none are."""
        streams = [self._gan.streams[each] for each in self._abilities[name].takes]
        shapes = [each.spec.shape[1:] for each in streams if each.draw is None and each.spec.shape.rank == 4]
        height, width, channels = shapes[0] if shapes else (0, 0, 0)
        return (height, width, channels) if shapes else None

    def _call(self, name: str, optional: bool) -> Callable[..., dict[str, tf.Tensor]]:
        if (name, optional) not in self._calls:
            ability: Ability = self._abilities[name]
            self._calls[name, optional] = ability_inputs.called(ability, self._gan, optional=optional)
        return self._calls[name, optional]


def panel(
    options: Options,
    ability: str,
    of_stream: Scorer,
    input_shape: tuple[int, int, int] | None = None,
    judge: Callable[[], attribute_judge.Judge] | None = None,
    matcher: Callable[[], caption_matcher.Matcher] | None = None,
) -> Panel:
    """The paired metrics that an ability is scored with, at their beginning.

    Args:
        options: of the evaluation.
        ability: one of `abilities.scored`.
        of_stream: scores the outputs.
        input_shape: (h, w, c) of the ability's inputs; None if they are no pictures.
        judge: loads the judge of attributes.
        matcher: loads the judge of captions.
    """
    there, shape = abilities.has(options, ability), of_stream.image_shape
    setup = Setup(
        shape,
        truths="truths" in there,
        input_shape=input_shape if "inputs" in there else None,
        labels="labels" in there,
        draws=abilities.DRAWS if "draws" in there else 0,
        extractor=of_stream.extractor,
        lpips_folder=of_stream.lpips_folder,
        judge=judge if "attributes" in there else None,
        matcher=matcher if "captions" in there else None,
        rules=there & {*RULES},
    )
    names = abilities.paired(options, of_stream.dataset, ability, setup.has)
    if not abilities.wants_draws(names):
        setup = dataclasses.replace(setup, draws=0)
    return Panel(names, setup)


def judged(batches: Batches, shown: Panel, count: int) -> Batches:
    """Generated images, the first `count` of which a panel sees as they go by; not batches that are not finite."""
    done = 0
    for images, labels in batches:
        number = min(len(images), count - done)
        if number and shown.protocol() and np.isfinite(images).all():
            shown.update(Batch(to_uint8(images[:number]), labels=None if labels is None else labels[:number]))
        done += number
        yield images, labels


def _judged_rows(rows: ability_rows.Rows, shown: Panel) -> Batches:
    """Outputs of an ability, which a panel sees as they go by; not those that are not finite."""
    for each in rows:
        if shown.protocol() and np.isfinite(each.outputs).all():
            shown.update(each.pairs())
        yield each.outputs, each.labels


def columns(shown: Panel, step: int) -> dict[str, float]:
    """The scores of a panel; none where these images do not allow one."""
    if not shown.protocol():
        return {}
    try:
        return shown.columns()
    except ValueError as error:
        warn(step, str(error))
        return {}


def warn(step: int, line: str) -> None:
    """Says that a checkpoint has no score, and why."""
    _log.warning("step %d: no %s", step, line)
