"""What an ability is scored on: rows of the evaluation split through the ability, with their truths."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Collection, Iterator, Mapping

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets import column_set, sources
from compare_gan_tf2.datasets.catalog import Places
from compare_gan_tf2.evaluation.abilities import TARGET_LABELS
from compare_gan_tf2.gans import Ability, ability_inputs
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.paired_metrics import ATTRIBUTES, Batch
from compare_gan_tf2.task_folder.grids import to_uint8

# Numbers of one call's inputs, and rows.
_MOST_NUMBERS, _MOST_ROWS = 2**22, 500


@dataclasses.dataclass(frozen=True, eq=False)
class Scored:
    """Some rows of an ability.

    Attributes:
        outputs: float32 [B, H, W, C] in [0, 1], as the ability gives them.
        inputs: uint8 or uint16 [B, h, w, c] as stored, the first of the ability's inputs that are images, or None.
        truths: uint8 or uint16 [B, H, W, C] as stored, what the outputs should be, or None.
        labels: int32 [B], -1 where a row has none, or those that the outputs were made for; or None.
        draws: uint8 [B, K, H, W, C], outputs for other random inputs beside the same ones; or None.
        beside: other columns of the same rows [B, ...], by name.
        is_labels_target: whether the outputs were made for the labels.
    """

    outputs: np.ndarray
    inputs: np.ndarray | None
    truths: np.ndarray | None
    labels: np.ndarray | None
    draws: np.ndarray | None = None
    beside: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    is_labels_target: bool = False

    def pairs(self) -> Batch:
        """As paired metrics take them."""
        truths, inputs = _bytes(self.truths), _bytes(self.inputs)
        labels = self.labels if self.is_labels_target else None
        outputs = to_uint8(self.outputs)
        return Batch(outputs, truths=truths, inputs=inputs, labels=labels, draws=self.draws, beside=self.beside)


class Rows:
    """Rows of the evaluation split that an ability is scored on; iterating puts them through it, part by part.

    Attributes:
        number: how many.

    Args:
        gan: of the task.
        name: of the ability.
        ability: one that gives a stream.
        call: gives what `ability_inputs.called` does, without the optional inputs or with them.
        places: where the data set is.
        count: of images that the outputs are compared with.
        draws: how many outputs each input gets beside the one without optional inputs.
        beside: columns of the data set that paired metrics read.

    Raises:
        UserError: as `ability_inputs.read`.
    """

    def __init__(
        self,
        gan: BaseGan,
        name: str,
        ability: Ability,
        call: Callable[[bool], Callable[..., dict[str, tf.Tensor]]],
        places: Places,
        count: int,
        draws: int = 0,
        beside: Collection[str] = (),
    ):
        self._gan, self._name, self._ability, self._call, self._draws = gan, name, ability, call, draws
        self._output, self._gives = ability_inputs.output_compared(ability)
        streams = {each: gan.streams[each] for each in ability.takes if ability_inputs.is_read(gan, each)}
        own, others = gan.streams[self._gives].source, {stream.source for stream in streams.values()}
        # Of streams of two sources nobody knows which rows belong together, unless the data set says so.
        self._is_known = own in others or (gan.dataset.has_partners and {own, *others} == {*column_set.UNPAIRED})
        # Then all inputs are taken, unless it is said how many.
        most = count if self._is_known else gan.options.evaluation_samples or None
        truths = {self._gives: gan.streams[self._gives]} if self._is_known else {}
        self._data = ability_inputs.read(gan.dataset, streams | truths, places, most)
        # What the last outputs were made for.
        self._targets: dict[str, np.ndarray] = {}
        self._truth = gan.dataset.truth_of_labels if TARGET_LABELS in ability.takes else ""
        of_rows = next((stream.source for stream in streams.values()), "")
        self._beside = self._columns({*beside, *filter(None, [self._truth])}, of_rows, places, most)
        self._pictures = next((each for each in streams if self._data[each].ndim == 4), "")
        # Of what is drawn alone as many as there are images to compare with.
        self.number = min((len(self._data[each]) for each in streams), default=count)

    def __iter__(self) -> Iterator[Scored]:
        gan = self._gan
        size = max(1, min(_MOST_ROWS, _MOST_NUMBERS // math.prod(gan.dataset.image_shape)))
        for number, start in enumerate(range(0, self.number, size)):
            rows = min(size, self.number - start)
            part = {each: found[start : start + rows] for each, found in self._data.items()}
            truths = part.get(self._gives) if self._is_known else None
            outputs = self._outputs(f"evaluation/{self._name}", part, rows, number)
            labels = part.get(ability_inputs.LABELS)
            if {TARGET_LABELS, ATTRIBUTES} & self._targets.keys():
                truths = None  # an output is no longer to be the picture of its row
            if is_target := TARGET_LABELS in self._targets:
                labels = self._targets[TARGET_LABELS]
            columns = {each: found[start : start + rows] for each, found in self._beside.items()}
            if self._truth:
                truths = columns.pop(self._truth)[np.arange(rows), labels]
            columns |= {name: each for name, each in self._targets.items() if name == ATTRIBUTES}
            draws = [
                self._outputs(f"evaluation/{self._name}/{draw}", part, rows, number, optional=True)
                for draw in range(self._draws)
            ]
            if not all(np.isfinite(each).all() for each in draws):
                # A model that diverged, whatever it gives without.
                outputs, draws = np.full_like(outputs, np.nan), []
            yield Scored(
                outputs,
                part.get(self._pictures),
                truths,
                labels,
                np.stack([to_uint8(each) for each in draws], axis=1) if draws else None,
                columns,
                is_target,
            )

    def _columns(self, names: Collection[str], source: str, places: Places, most: int | None) -> dict[str, np.ndarray]:
        """Columns of the rows that are read, by name."""
        if not names:
            return {}
        wanted = {source: {name: name for name in names}}
        return sources.stored_rows(self._gan.dataset, wanted, places, count=most)[source]

    def _outputs(
        self, purpose: str, part: Mapping[str, np.ndarray], rows: int, number: int, *, optional: bool = False
    ) -> np.ndarray:
        names = ability_inputs.given(self._ability, self._gan, optional=optional)
        inputs = [ability_inputs.as_called(self._gan, purpose, each, part, rows, number) for each in names]
        for name, rows_of in zip(names, inputs, strict=True):
            if name in (TARGET_LABELS, ATTRIBUTES):
                self._targets[name] = np.asarray(rows_of)
        made: np.ndarray = self._call(optional)(*inputs)[self._output].numpy()
        return made


def _bytes(images: np.ndarray | None) -> np.ndarray | None:
    """Images as they are written to disk, 8 bits a channel."""
    return images if images is None or images.dtype == np.uint8 else np.round(images / 257.0).astype(np.uint8)
