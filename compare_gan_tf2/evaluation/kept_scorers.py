"""What a process keeps from the evaluation of one task for the next: extractor, reference, networks, compiled calls."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Callable, Hashable
from typing import TypeVar

from compare_gan_tf2 import components
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.evaluation import scorer
from compare_gan_tf2.evaluation.task import CheckpointScorer, new_scorer
from compare_gan_tf2.options import EVALUATION, Options
from compare_gan_tf2.training.untraced import FREE

_Kept = TypeVar("_Kept")
# Options of the training alone that no network depends on; standing statistics take the seed when they are filled.
_FREE = FREE - {*EVALUATION}
# Options that decide what images are compared with, and how.
_OF_SCORES = tuple(
    field.name
    for field in dataclasses.fields(Options)
    if field.name in EVALUATION or field.metadata["section"] == "data"
)


class KeptScorers:
    """Scorers of tasks, to be used again for tasks that differ in nothing that these depend on.

    A score is that of an evaluation in a process of its own, to the bit.

    Args:
        places: where the data and the cache are.
        most: networks that are kept at a time, and data sets with their references likewise.
    """

    def __init__(self, places: Places, most: int = 2):
        self._places, self._most = places, most
        self._of_tasks: collections.OrderedDict[Hashable, CheckpointScorer] = collections.OrderedDict()
        self._of_images: collections.OrderedDict[Hashable, scorer.Scorer] = collections.OrderedDict()

    def take(self, options: Options) -> CheckpointScorer:
        """What scores checkpoints of a task with these options.

        Raises:
            UserError: if the extractor or a metric cannot be used on the data set.
        """
        if _reads_file(options):  # whose contents may change
            return CheckpointScorer(options, self._places)
        described = tuple((name, value) for name, value in options.to_dict().items() if name not in _FREE)
        key = (described, catalog.of(options).identity(self._places))
        found = self._taken(
            self._of_tasks, key, lambda: CheckpointScorer(options, self._places, scorer_of=self._scorer_of)
        )
        if found.options != options:
            found.become(options)
        return found

    def _scorer_of(self, options: Options, dataset: Dataset) -> scorer.Scorer:
        metrics = tuple(tuple(map(scorer.name_of, modules)) for modules in scorer.chosen_metrics(options, dataset))
        said = tuple(getattr(options, name) for name in _OF_SCORES)
        key = (dataset.name, dataset.image_shape, dataset.identity(self._places), metrics, said)
        return self._taken(self._of_images, key, lambda: new_scorer(options, dataset, self._places))

    def _taken(self, kept: collections.OrderedDict[Hashable, _Kept], key: Hashable, make: Callable[[], _Kept]) -> _Kept:
        """What is kept under a key, made if it is not there; the one that was used longest ago goes first."""
        if key not in kept:
            kept[key] = make()
        kept.move_to_end(key)
        while len(kept) > self._most:
            kept.popitem(last=False)
        return kept[key]


def _reads_file(options: Options) -> bool:
    return bool(options.extractor_weights or components.facts("extractors", options.extractor)["READS_FILE"])
